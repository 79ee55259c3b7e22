package copper.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import copper.config.CommandLine;
import copper.config.CopperConfig;
import copper.config.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node leaves of its job's address book in the directory of logs. */
final class OverlayTest {
  private static final String BOOK = "alpha copper+tcp://a:1\n\nbeta copper+tcp://b:1\n";

  @TempDir private Path dir;

  private CopperConfig config(Path book, String... more) throws UsageException {
    List<String> words =
        new ArrayList<>(List.of("-vpath", "/mnt/x", "-log_output_dir", dir.toString()));
    words.addAll(List.of("-net_type", "copper+tcp://b:1"));
    words.addAll(List.of("-facility_address_book", book.toString()));
    words.addAll(List.of(more));
    return CommandLine.parse(words.toArray(String[]::new), null);
  }

  @Test
  void aBookFromElsewhereIsKeptBesideTheLogs() throws IOException, UsageException {
    Path book = Files.writeString(dir.resolve("book"), BOOK);
    CopperConfig config = config(book, "-prefiltered_address_book", "1");
    assertFalse(Overlay.place(config, "copper+tcp://b:1", "x").position().isRoot());
    assertEquals(
        BOOK.replace("\n\n", "\n"),
        Files.readString(dir.resolve("logs").resolve("copper_address_book.txt")));
  }

  @Test
  void theBookThatLiesThereIsLeftAlone() throws IOException, UsageException {
    Path logs = Files.createDirectory(dir.resolve("logs"));
    Path book = Files.writeString(logs.resolve("copper_address_book.txt"), BOOK);
    CopperConfig config = config(book, "-prefiltered_address_book", "1");
    assertFalse(Overlay.place(config, "copper+tcp://b:1", "x").position().isRoot());
    assertEquals(BOOK, Files.readString(book));
  }

  @Test
  void aSelectionIsKeptThereAsWell() throws IOException, UsageException {
    Path logs = Files.createDirectory(dir.resolve("logs"));
    Path book = Files.writeString(logs.resolve("copper_address_book.txt"), BOOK);
    Path nodes = Files.writeString(dir.resolve("nodes"), "beta\n");
    Overlay.place(config(book, "-nf", nodes.toString()), "copper+tcp://b:1", "x");
    assertEquals("beta copper+tcp://b:1\n", Files.readString(book));
  }
}
