package copper.fuzz;

import java.util.Locale;
import java.util.logging.LogManager;

/** What Jazzer calls: one parser, named by the first argument, with one input after another. */
public final class Fuzz {
  private static Parser parser;

  private Fuzz() {}

  /** Chooses the parser; called once. */
  public static void fuzzerInitialize(String[] arguments) {
    LogManager.getLogManager().reset();
    parser = Parser.valueOf(arguments[0].toUpperCase(Locale.ROOT));
  }

  /** Tries one input. */
  public static void fuzzerTestOneInput(byte[] input) {
    parser.accept(input);
  }

  /** Prints the names of all parsers. */
  public static void main(String[] arguments) {
    for (Parser each : Parser.values()) {
      System.out.println(each.name().toLowerCase(Locale.ROOT));
    }
  }
}
