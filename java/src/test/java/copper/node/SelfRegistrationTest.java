package copper.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.config.CommandLine;
import copper.config.CopperConfig;
import copper.config.UsageException;
import copper.tree.AddressBook;
import copper.tree.AddressBook.Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which nodes write themselves into the job's book, and what that comes to. */
class SelfRegistrationTest {
  /** A card whose number is 0x048b3, and what Mercury says on it, in the facility books' form. */
  private static final String MAC = "02:00:00:00:48:b3\n";

  private static final String ADDRESS = "ofi+cxi://0x00916600";

  @TempDir Path directory;

  private CopperConfig config(String network, String... more) throws UsageException {
    List<String> words =
        new ArrayList<>(List.of("-vpath", "/view", "-net_type", network, "-log_output_dir"));
    words.add(directory.toString());
    words.addAll(List.of("-addr_write_sync_time", "0"));
    words.addAll(List.of(more));
    return CommandLine.parse(words.toArray(String[]::new), null);
  }

  private Path book() {
    return directory.resolve("logs").resolve(AddressBook.FILE_NAME);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cxi", "cxi://cxi1", "ofi+cxi", "na+sm", "tcp"})
  void aNodeThatNobodyHasListedRegisters(String network) throws Exception {
    assertEquals(book(), SelfRegistration.of(config(network), directory).orElseThrow().book());
    String same = directory + "/logs/../logs/" + AddressBook.FILE_NAME;
    CopperConfig named = config(network, "-facility_address_book", same);
    assertTrue(SelfRegistration.of(named, directory).isPresent());
  }

  @Test
  void aNodeThatIsListedOrAloneDoesNot() throws Exception {
    List<CopperConfig> others =
        List.of(
            config("na+sm", "-facility_address_book", "/a/book"),
            config("cxi", "-nf", "/a/node/file", "-facility_address_book", "/a/book"),
            config("copper+tcp://127.0.0.1:7001"),
            config("ofi+tcp://127.0.0.1:7001"),
            CommandLine.parse(new String[] {"-vpath", "/view", "-net_type", "na+sm"}, null));
    for (CopperConfig other : others) {
      assertTrue(SelfRegistration.of(other, directory).isEmpty(), other.toString());
    }
  }

  @Test
  void everyNodeStandsInTheBookOnce() throws Exception {
    SelfRegistration registration = SelfRegistration.of(config("na+sm"), directory).orElseThrow();

    registration.register("one", "na+sm://1-0");
    registration.register("two", "na+sm://2-0");
    registration.register("one", "na+sm://1-0");

    assertEquals(
        List.of(new Entry("one", "na+sm://1-0"), new Entry("two", "na+sm://2-0")),
        AddressBook.read(book()).entries());
  }

  @Test
  void theCardIsComparedWithWhatMercurySays() throws Exception {
    Files.createDirectory(directory.resolve("hsn0"));
    Path address = Files.writeString(directory.resolve("hsn0").resolve("address"), MAC);
    SelfRegistration registration = SelfRegistration.of(config("cxi"), directory).orElseThrow();

    assertEquals(List.of(), warnings(registration));
    Files.writeString(address, "02:00:00:00:48:b4\n");
    assertTrue(warnings(registration).get(0).contains(ADDRESS));
    assertEquals(List.of(new Entry("host", ADDRESS)), AddressBook.read(book()).entries());
  }

  private static List<String> warnings(SelfRegistration registration) throws Exception {
    List<String> warnings = new ArrayList<>();
    Logger logger = Logger.getLogger(SelfRegistration.class.getName());
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            if (record.getLevel().equals(java.util.logging.Level.WARNING)) {
              warnings.add(record.getMessage());
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    try {
      registration.register("host", ADDRESS);
    } finally {
      logger.removeHandler(handler);
    }
    return warnings;
  }
}
