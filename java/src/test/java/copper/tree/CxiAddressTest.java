package copper.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Addresses of Slingshot cards, as address books and hardware addresses give them. */
class CxiAddressTest {
  @TempDir Path directory;

  @Test
  void readsTheLinesOfAnAddressBook() throws Exception {
    Path file = directory.resolve("book");
    Files.writeString(
        file,
        """
        x4000c0s0b0n0 ofi+cxi://0x00916600
        x4000c0s1b0n0 ofi+cxi://0x00914600
        x4720c7s7b0n0 ofi+cxi://0x0aef0400
        """);
    List<CxiAddress> addresses =
        AddressBook.read(file).entries().stream()
            .map(entry -> CxiAddress.parse(entry.address()).orElseThrow())
            .toList();
    assertEquals(
        List.of(
            new CxiAddress(0, 0x48b3, 0),
            new CxiAddress(0, 0x48a3, 0),
            new CxiAddress(0, 0x57782, 0)),
        addresses);
    assertEquals("ofi+cxi://0x00916600", addresses.get(0).toString());
    assertEquals("ofi+cxi://0x0aef0400", addresses.get(2).toString());
  }

  @Test
  void computesTheAddressOfAHardwareAddress() {
    CxiAddress own = CxiAddress.ofMac("02:00:00:00:48:b3");
    // 001, then 0100 1000 1011 0011 in 20 bits, then nine zeros.
    assertEquals("001" + "00000100100010110011" + "000000000", bits(own));
    assertEquals("ofi+cxi://0x20916600", own.toString());
    assertEquals(
        CxiAddress.parse("ofi+cxi://0x00916600").orElseThrow().nic(), own.nic(), "the same card");
    assertEquals("ofi+cxi://0x3ffffe00", CxiAddress.ofMac("FF:FF:FF:FF:FF:FF").toString());
    assertEquals("ofi+cxi://0x20000000", CxiAddress.ofMac("02:00:00:f0:00:00").toString());
  }

  private static String bits(CxiAddress address) {
    long value = Long.parseLong(address.toString().substring("ofi+cxi://0x".length()), 16);
    return String.format("%32s", Long.toBinaryString(value)).replace(' ', '0');
  }

  @Test
  void readsTheHardwareAddressFromAFile() throws Exception {
    Path file = directory.resolve("address");
    Files.writeString(file, "02:00:00:00:48:b3\n");
    assertEquals(new CxiAddress(1, 0x48b3, 0), CxiAddress.read(file));
    for (String text : List.of("", "\n", "02:00:00:00:48\n", "02-00-00-00-48-b3", "zz\0")) {
      assertRefused(file, text);
    }
    Path missing = directory.resolve("missing");
    AddressBookException e =
        assertThrows(AddressBookException.class, () -> CxiAddress.read(missing));
    assertTrue(e.getMessage().startsWith(missing + " does not exist"), e.getMessage());
  }

  private static void assertRefused(Path file, String text) throws IOException {
    Files.writeString(file, text);
    AddressBookException e = assertThrows(AddressBookException.class, () -> CxiAddress.read(file));
    assertTrue(e.getMessage().startsWith(file + ": not a hardware address: '"), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void leavesOtherNetworksAlone() {
    for (String text :
        List.of(
            "",
            "na+sm://1-0",
            "ofi+tcp;ofi_rxm://1.2.3.4:5",
            "cxi://0x00916600",
            "ofi+cxi://00916600",
            "ofi+cxi://0x",
            "ofi+cxi://0x123456789",
            "ofi+cxi://0x00916600 ")) {
      assertEquals(Optional.empty(), CxiAddress.parse(text), text);
    }
  }

  @Property(tries = 500)
  void everyAddressSurvivesItsText(
      @ForAll @IntRange(max = 7) int valid,
      @ForAll @IntRange(max = 0xfffff) int nic,
      @ForAll @IntRange(max = 511) int pid) {
    CxiAddress address = new CxiAddress(valid, nic, pid);
    assertEquals(Optional.of(address), CxiAddress.parse(address.toString()));
  }

  @Test
  void refusesPartsThatDoNotFit() {
    assertThrows(IllegalArgumentException.class, () -> new CxiAddress(8, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new CxiAddress(0, 1 << 20, 0));
    assertThrows(IllegalArgumentException.class, () -> new CxiAddress(0, 0, 512));
    assertThrows(IllegalArgumentException.class, () -> new CxiAddress(-1, 0, 0));
  }
}
