package copper.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import copper.testing.QuietLog;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The inputs that a search has found worth keeping, and some made of them. */
@Timeout(120)
class FuzzCorpusTest {
  private static final Path CORPUS =
      Path.of(System.getProperty("copper.source", "."), "java/src/fuzz/corpus");

  private static final int VARIANTS = 20;

  @RegisterExtension final QuietLog quiet = new QuietLog("copper");

  @ParameterizedTest
  @EnumSource
  void everyInputIsTakenOrRefused(Parser parser) throws IOException {
    Path inputs = CORPUS.resolve(parser.name().toLowerCase(Locale.ROOT));
    int tried = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(inputs)) {
      for (Path file : files) {
        byte[] input = Files.readAllBytes(file);
        attempt(parser, file, input);
        SplittableRandom random = new SplittableRandom(input.length);
        for (int i = 0; i < VARIANTS; i++) {
          attempt(parser, file, varied(input.clone(), random));
        }
        tried++;
      }
    }
    assertTrue(tried > 0, "no inputs in " + inputs);
  }

  private static byte[] varied(byte[] input, SplittableRandom random) {
    for (int i = random.nextInt(4); i >= 0 && input.length > 0; i--) {
      input[random.nextInt(input.length)] = (byte) random.nextInt(256);
    }
    return input;
  }

  private static void attempt(Parser parser, Path file, byte[] input) {
    try {
      parser.accept(input);
    } catch (RuntimeException | AssertionError e) {
      fail(parser + ", " + file.getFileName() + ", " + input.length + " bytes", e);
    }
  }
}
