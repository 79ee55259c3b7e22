package copper.it;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program to run to its end, with a deadline.
 *
 * <p>Its output goes to files of the sandbox, so that a process which it leaves in the background
 * cannot hold us by an open pipe. It belongs to the sandbox, which kills what is left of it.
 */
final class Command {
  /** Long enough for every honest answer on a busy machine; only a hang takes longer. */
  static final Duration DEADLINE = Duration.ofSeconds(60);

  private static final int NOBODY = 65534;

  /**
   * A namespace that had them too would keep the mounts of tests that run beside this one alive.
   */
  private static final String FORGET_MOUNTS =
      """
      while read -r _ mount type _; do
        case $type in fuse.copper*) umount -lc "$(printf '%b' "$mount")" 2>/dev/null || : ;; esac
      done </proc/self/mounts
      """;

  private final Sandbox sandbox;
  private final List<String> words = new ArrayList<>();
  private final ProcessBuilder builder = new ProcessBuilder();
  private Duration deadline = DEADLINE;

  Command(Sandbox sandbox, List<String> words) {
    this.sandbox = sandbox;
    this.words.addAll(words);
    builder.directory(sandbox.directory().toFile());
  }

  /** Adds words at the end. */
  Command more(String... further) {
    words.addAll(List.of(further));
    return this;
  }

  Command in(Path directory) {
    // Not ProcessBuilder.directory: that looks at the directory from this JVM.
    words.addAll(0, List.of("/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory.toString()));
    return this;
  }

  /** Has another program run it, whose words come first. */
  Command by(String... program) {
    words.addAll(0, List.of(program));
    return this;
  }

  Command with(String variable, String value) {
    builder.environment().put(variable, value);
    return this;
  }

  Command with(Map<String, String> variables) {
    builder.environment().putAll(variables);
    return this;
  }

  /** Runs it without any environment variable. */
  Command withoutEnvironment() {
    builder.environment().clear();
    return this;
  }

  /** Runs it as a user who owns nothing and is in no group; needs root. */
  Command asNobody() {
    String id = Integer.toString(NOBODY);
    words.addAll(
        0, List.of(Machine.program("setpriv"), "--reuid", id, "--regid", id, "--clear-groups"));
    return this;
  }

  /**
   * Runs it in a mount namespace of its own, as the shell's line {@code change} leaves it; needs
   * root.
   */
  Command where(String change) {
    String script = "set -e\n" + FORGET_MOUNTS + change + "; exec \"$@\"";
    words.addAll(0, List.of(Machine.program("unshare"), "-m", "/bin/sh", "-c", script, "sh"));
    return this;
  }

  /**
   * Runs it where everybody may open /dev/fuse, and as {@link #where} does; some systems let only
   * root.
   */
  Command whereFuseIsOpen(String change) {
    Path device = sandbox.newFile("fuse");
    return where(
        "mknod -m 666 '%1$s' c 10 229; mount --bind '%1$s' /dev/fuse; ".formatted(device) + change);
  }

  Command within(Duration limit) {
    deadline = limit;
    return this;
  }

  /** Starts it and returns at once. */
  Process start(Path out, Path err) {
    builder
        .command(words)
        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    try {
      return sandbox.own(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs it to its end.
   *
   * @throws AssertionError if it has not ended at the deadline; it is killed then
   */
  Result run() {
    Path out = sandbox.newFile("out");
    Path err = sandbox.newFile("err");
    Process process = start(out, err);
    try {
      if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        fail(words + " has not ended after " + deadline + "\n" + Files.readString(err));
      }
      return new Result(words, process.exitValue(), Files.readAllBytes(out), text(err));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
      throw new IllegalStateException(e);
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /**
   * What a program did.
   *
   * @param exit its exit code, 128 and the signal's number if a signal ended it
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Result(List<String> words, int exit, byte[] bytes, String err) {
    /** Returns the standard output as text, a character for each byte. */
    String out() {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Fails unless the program ended with 0. */
    Result expectSuccess() {
      if (exit != 0) {
        fail(words + " ended with " + exit + "\n" + out() + err);
      }
      return this;
    }
  }
}
