package copper.transport.margo;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is said where the shim is missing or too old, and which addresses are TCP's; needs no Margo.
 */
class NativeLibraryTest {
  @TempDir Path empty;

  private IOException loadFrom(Path directory) {
    String before = System.getProperty(NativeLibrary.DIRECTORY);
    System.setProperty(NativeLibrary.DIRECTORY, directory.toString());
    try {
      return assertThrows(IOException.class, () -> MargoTransport.open(MargoOptions.of("na+sm")));
    } finally {
      if (before == null) {
        System.clearProperty(NativeLibrary.DIRECTORY);
      } else {
        System.setProperty(NativeLibrary.DIRECTORY, before);
      }
    }
  }

  @Test
  void sayingWhatToDoWithoutALibrary() {
    String message = loadFrom(empty).getMessage();

    assertTrue(message.startsWith("the Margo transport needs Mercury and Margo"), message);
    assertTrue(message.contains("spack install"), message);
    assertTrue(message.contains("-net_type copper+tcp://HOST:PORT"), message);
    assertEquals(1, message.lines().count());
  }

  @Test
  void sayingWhatToDoWithABrokenLibrary() throws Exception {
    Files.writeString(empty.resolve("libcopper_margo.so"), "not a library");
    Files.writeString(empty.resolve("libcopper_margo_loader.so"), "not a library");

    String message = loadFrom(empty).getMessage();

    assertTrue(message.contains("cannot be loaded"), message);
    assertTrue(message.contains("-net_type copper+tcp://HOST:PORT"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0.20.0 2.4.0", "0.24.0 2.4.1", "1.0.0 3.0.0", "0.20 2.4", "0.20.1-rc1 2.10.0"})
  void newEnough(String versions) {
    assertDoesNotThrow(() -> NativeLibrary.checkVersions(versions));
  }

  @ParameterizedTest
  @CsvSource({
    "0.19.5 2.4.1,Margo 0.19.5",
    "0.24.0 2.3.9,Mercury 2.3.9",
    "0.24.0 1.10.0,Mercury 1.10.0"
  })
  void tooOld(String versions, String named) {
    IOException e = assertThrows(IOException.class, () -> NativeLibrary.checkVersions(versions));

    assertTrue(e.getMessage().startsWith(named), e.getMessage());
    assertTrue(e.getMessage().contains("or newer"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ofi+tcp://127.0.0.1:7101",
        "ofi+tcp;ofi_rxm://127.0.0.1:7101",
        "tcp://127.0.0.1:7101",
        "ofi+sockets://127.0.0.1:7101"
      })
  void addressesOnTcp(String address) {
    assertEquals(new InetSocketAddress("127.0.0.1", 7101), ConnectCheck.socketAddress(address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "na+sm://12-0",
        "ofi+cxi://0x00012345",
        "ofi+verbs://10.0.0.1:7101",
        "ofi+tcp://127.0.0.1",
        "ofi+tcp://127.0.0.1:99999",
        "ofi+tcp://999.0.0.1:1",
        "ofi+tcp://a-host:7101",
        "nonsense"
      })
  void addressesThatAreNotCheckedByConnecting(String address) {
    assertNull(ConnectCheck.socketAddress(address));
  }
}
