package copper.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiscoveryTest {
  @TempDir Path cards;

  private void card(String name, String mac) throws Exception {
    Files.writeString(Files.createDirectory(cards.resolve(name)).resolve("address"), mac + "\n");
  }

  @Test
  void aHostIsOneLineWithThreeColumnsForEachCard() throws Exception {
    card("hsn0", "02:00:00:00:48:b3");
    card("hsn2", "02:00:00:00:48:f2");
    card("eth0", "52:54:00:12:34:56");
    card("hsnx", "52:54:00:12:34:57");
    Discovery discovery =
        new Discovery(cards, card -> card == 2 ? "NA" : "ofi+cxi://0x0091660" + card);

    assertEquals(
        "hostname | hsn0 | mac0 | cxi0 | hsn1 | mac1 | cxi1 | hsn2 | mac2 | cxi2",
        discovery.header());
    assertEquals(
        "x4000c0s0b0n0 | NA | 02:00:00:00:48:b3 | ofi+cxi://0x00916600"
            + " | NA | NA | ofi+cxi://0x00916601 | NA | 02:00:00:00:48:f2 | NA",
        discovery.line("x4000c0s0b0n0"));
  }

  @Test
  void aHostWithoutCardsHasOneOfEachColumn() {
    Discovery discovery = new Discovery(cards.resolve("missing"), card -> "NA");

    assertEquals("hostname | hsn0 | mac0 | cxi0", discovery.header());
    assertEquals("here | NA | NA | NA", discovery.line("here"));
  }
}
