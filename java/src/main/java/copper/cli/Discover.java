package copper.cli;

import copper.node.Discovery;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * {@code copper discover}: prints this machine's line of the table that C++ Copper's
 * list_cxi_hsn_thallium prints, and above it, on one machine of a job, the header.
 */
public final class Discover {
  /** Where launchers of parallel programs tell a process its number. */
  private static final List<String> RANKS =
      List.of("PMI_RANK", "PMIX_RANK", "PALS_RANKID", "SLURM_PROCID");

  private static final String USAGE =
      """
      usage: copper discover [--header | --no-header]

      Prints one line: this host's name and, of each Slingshot card hsnN, its IPv4 address, its hardware
      address and the address Mercury has on it; NA where there is none. The header stands above it
      where the job's launcher says that this is rank 0, or says nothing. Start it once on each host,
      and sort what it prints.
      """;

  private Discover() {}

  /** Runs the program and ends the process: 0, 1 if Mercury cannot be asked, 2 on a wrong flag. */
  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) {
    List<String> words = List.of(arguments);
    if (words.contains("-h") || words.contains("--help")) {
      System.out.print(USAGE);
      return;
    }
    if (words.size() > 1 || !List.of("--header", "--no-header").containsAll(words)) {
      System.err.print(USAGE);
      System.exit(2);
    }
    try {
      Discovery discovery = Discovery.ofThisMachine();
      String header = hasHeader(words, System.getenv()) ? discovery.header() + "\n" : "";
      // In one piece, so that the lines of many hosts do not mix.
      System.out.print(header + discovery.line() + "\n");
      System.out.flush();
      System.exit(0);
    } catch (IOException e) {
      System.err.println("copper discover: " + e.getMessage());
      System.exit(1);
    }
  }

  /** Tells whether this process prints the header. */
  static boolean hasHeader(List<String> words, Map<String, String> environment) {
    if (!words.isEmpty()) {
      return words.contains("--header");
    }
    return RANKS.stream()
        .map(environment::get)
        .filter(Objects::nonNull)
        .findFirst()
        .map("0"::equals)
        .orElse(true);
  }
}
