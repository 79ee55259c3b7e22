package copper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import copper.config.CommandLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** That the bash completions offer what the programs take, no more and no less. */
class CompletionTest {
  private static final Path COMPLETIONS =
      Path.of(System.getProperty("copper.source", "."), "scripts/completions").toAbsolutePath();

  /** Returns what bash offers for the last of the words of a command line. */
  private static Set<String> offered(String program, String... words)
      throws IOException, InterruptedException {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "this machine has no bash");
    String quoted =
        List.of(words).stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    String script =
        """
        . '%s/%s'
        COMP_WORDS=(%s %s) COMP_CWORD=%d
        _%s
        printf '%%s\\n' "${COMPREPLY[@]}"
        """
            .formatted(COMPLETIONS, program, program, quoted, words.length, program);
    Process bash =
        new ProcessBuilder("/bin/bash", "-euc", script)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, bash.waitFor());
    return new TreeSet<>(out.lines().filter(line -> !line.isEmpty()).toList());
  }

  @Test
  void everyOptionOfEachCommand() throws IOException, InterruptedException {
    for (Subcommand command : Copper.commands()) {
      Set<String> options =
          command.options().getOptions().stream()
              .map(option -> "--" + option.getLongOpt())
              .collect(Collectors.toCollection(TreeSet::new));
      assertEquals(options, offered("copper", command.name(), "-"), command.name());
    }
  }

  @Test
  void everyCommand() throws IOException, InterruptedException {
    Set<String> commands = offered("copper", "");
    Path launcher = COMPLETIONS.resolveSibling("bin/copper");
    Set<String> listed =
        Pattern.compile("(?m)^  ([a-z]+)   +[a-z]")
            .matcher(Files.readString(launcher))
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    listed.add("--help");
    assertEquals(listed, commands);
    Set<String> ours = new TreeSet<>();
    Copper.commands().forEach(command -> ours.add(command.name()));
    ours.removeAll(commands);
    assertEquals(Set.of(), ours);
    assertEquals(Set.of("stats"), offered("copper", "st"));
  }

  @Test
  void everyFlagOfTheNode() throws IOException, InterruptedException {
    Set<String> flags =
        CommandLine.help()
            .lines()
            .filter(line -> line.startsWith("  -"))
            .map(line -> line.strip().split("[ ,]", 2)[0])
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(flags, offered("cu_fuse", "-"));
    assertEquals(Set.of("auto", "jnr", "kernel"), offered("cu_fuse", "-fuse", ""));
  }
}
