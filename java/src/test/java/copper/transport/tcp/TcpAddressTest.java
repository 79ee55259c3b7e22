package copper.transport.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "copper+tcp://127.0.0.1:7101, 127.0.0.1, 7101",
    "copper+tcp://nid001234:0, nid001234, 0",
    "copper+tcp://a-b.c_d.example:65535, a-b.c_d.example, 65535",
    "copper+tcp://[::1]:7101, ::1, 7101",
    "copper+tcp://[fe80::1%eth0]:7101, fe80::1%eth0, 7101",
  })
  void readsAndPrints(String text, String host, int port) {
    TcpAddress address = TcpAddress.parse(text);

    assertEquals(new TcpAddress(host, port), address);
    assertEquals(text, address.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tcp://127.0.0.1:7101",
        "copper+tcp:127.0.0.1:7101",
        "COPPER+TCP://127.0.0.1:7101",
        "copper+tcp://",
        "copper+tcp://:7101",
        "copper+tcp://host",
        "copper+tcp://host:",
        "copper+tcp://host:port",
        "copper+tcp://host:-1",
        "copper+tcp://host:65536",
        "copper+tcp://host:123456",
        "copper+tcp://host:7101/path",
        "copper+tcp://user@host:7101",
        "copper+tcp://ho st:7101",
        "copper+tcp://-host:7101",
        "copper+tcp://::1:7101",
        "copper+tcp://[::1]",
        "copper+tcp://[::1]7101",
        "copper+tcp://[::1:7101",
        "copper+tcp://[127.0.0.1]:7101",
        "copper+tcp://[]:7101",
      })
  void saysWhatIsWrong(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> TcpAddress.parse(text));

    assertTrue(e.getMessage().startsWith("bad address '" + text + "': "), e.getMessage());
    assertTrue(e.getMessage().endsWith("copper+tcp://127.0.0.1:7101"), e.getMessage());
  }

  @Property
  void nothingElseEscapesTheParser(@ForAll String text) {
    try {
      TcpAddress.parse("copper+tcp://" + text);
    } catch (IllegalArgumentException e) {
      assertTrue(e.getMessage().startsWith("bad address"), e.getMessage());
    }
  }

  @Property(tries = 100)
  void everyIpv4AddressReadsAsItPrints(
      @ForAll @IntRange(max = 255) int a, @ForAll @IntRange(max = 65535) int port) {
    TcpAddress address = new TcpAddress("10." + a + ".0." + a, port);

    assertEquals(address, TcpAddress.parse(address.toString()));
  }
}
