package copper.cli;

import copper.config.CommandLine;
import copper.config.CopperConfig;
import copper.config.UsageException;
import copper.fuse.MountException;
import copper.node.CopperNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * Starts a node, looks through its mount, and ends it, so that the JVM can archive the classes a
 * start needs (-XX:ArchiveClassesAtExit). Run when Copper is built; needs /dev/fuse.
 */
public final class Training {
  private Training() {}

  /** Runs the program; exits with 1 if the node could not be mounted here. */
  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) throws IOException {
    Path scratch = Files.createTempDirectory("copper-training");
    try {
      Path target = Files.createDirectory(scratch.resolve("target"));
      Path view = Files.createDirectory(scratch.resolve("view"));
      Files.writeString(target.resolve("file"), "content");
      train(target, view, scratch.resolve("run"));
    } catch (UsageException | MountException | InterruptedException e) {
      System.err.println("no training: " + e.getMessage());
      System.exit(1);
    } finally {
      try (var paths = Files.walk(scratch)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private static void train(Path target, Path view, Path run)
      throws UsageException, MountException, IOException, InterruptedException {
    String[] flags = {
      "-tpath",
      target.toString(),
      "-vpath",
      view.toString(),
      "-net_type",
      "copper+tcp://127.0.0.1:0",
      "-log_output_dir",
      run.toString(),
      "-log_level",
      "4",
      "-log_type",
      "file",
      "-profile_top_n",
      "20",
      view.toString()
    };
    CopperConfig config = CommandLine.parse(flags, null);
    try (CopperNode node = new CopperNode(config)) {
      node.start();
      try (var names = Files.list(view)) {
        for (Path name : names.toList()) {
          Files.readAllBytes(name);
        }
      }
      command("stats", "--tree", "--mount", view.toString());
      command("stats", "--json", "--mount", view.toString());
      command("prefetch", view.toString());
      command("reset", "--mount", view.toString());
      command("tree", "--mount", view.toString());
      command("reset", "--help");
      node.awaitRehearsal();
    }
  }

  private static void command(String... words) {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Copper.run(words, new Subcommand.Streams(nowhere, nowhere, true));
  }
}
