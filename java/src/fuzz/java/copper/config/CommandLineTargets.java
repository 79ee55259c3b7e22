package copper.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;

/** The flags of cu_fuse, as words with a NUL after each. */
public final class CommandLineTargets {
  private CommandLineTargets() {}

  /** Reads them: the mistakes of a user are one line. */
  public static void flags(byte[] input) {
    String[] words = new String(input, StandardCharsets.UTF_8).split("\0", -1);
    CommandLine.asksForHelp(words);
    CommandLine.asksForVersion(words);
    try {
      CopperConfig config = CommandLine.parse(words, words[0]);
      if (!config.target().isNormal() || !config.view().isNormal() || config.trees() < 1) {
        throw new AssertionError(config.toString());
      }
    } catch (UsageException e) {
      if (e.getMessage().isEmpty()) {
        throw new AssertionError("a mistake without a word", e);
      }
    } catch (InvalidPathException e) {
      throw new AssertionError("not told as a mistake of the user", e);
    }
  }
}
