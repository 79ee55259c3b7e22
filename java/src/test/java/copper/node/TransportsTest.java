package copper.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransportsTest {
  @ParameterizedTest
  @CsvSource({
    "ofi+tcp;ofi_rxm://127.0.0.1:7101, ofi+tcp://127.0.0.1",
    "ofi+tcp;ofi_rxm://10.1.2.3:7101, ofi+tcp",
    "ofi+tcp://10.127.0.1:7101, ofi+tcp",
    "ofi+cxi://0x00916600, ofi+cxi",
    "na+sm://123-0, na+sm",
    "copper+tcp://node7:7001, copper+tcp://127.0.0.1:0"
  })
  void anAddressOfABookIsCalledFromItsNetwork(String address, String network) {
    assertEquals(network, Transports.network(address));
  }

  @ParameterizedTest
  @CsvSource({
    "ofi+tcp;ofi_rxm://127.0.0.1:7101, ofi+tcp://127.0.0.1:7101, true",
    "ofi+tcp;ofi_rxm://127.0.0.1:7101, ofi+tcp://127.0.0.1:7102, false",
    "ofi+cxi://0x00916600, ofi+cxi://0x20916600, true",
    "ofi+cxi://0x00916600, ofi+cxi://0x00926600, false",
    "na+sm://123-0, na+sm://123-1, false"
  })
  void theTextsForOneNodeAreKnown(String one, String other, boolean same) {
    assertEquals(same, Transports.identity(one).equals(Transports.identity(other)));
  }
}
