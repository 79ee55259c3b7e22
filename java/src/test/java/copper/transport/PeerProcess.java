package copper.transport;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A running {@link PeerMain}, which closing kills. */
public final class PeerProcess implements AutoCloseable {
  private final Process process;
  private final String address;

  private PeerProcess(Process process, String address) {
    this.process = process;
    this.address = address;
  }

  /** Starts one and waits until it says its address. */
  public static PeerProcess start(List<String> jvmArguments, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g"));
    command.addAll(jvmArguments);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(PeerMain.class.getName());
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    String line = output.readLine();
    if (line == null || !line.startsWith("address ")) {
      process.destroyForcibly();
      throw new IOException("the peer process said " + line);
    }
    return new PeerProcess(process, line.substring("address ".length()));
  }

  /** Returns where it can be called. */
  public String address() {
    return address;
  }

  /** Stops it in its tracks, as SIGSTOP does. */
  public void pause() throws Exception {
    signal("STOP");
    // The signal reaches one thread after the other.
    Eventually.until("every thread of the peer has stopped", this::isPaused);
  }

  private boolean isPaused() throws IOException {
    Path tasks = Path.of("/proc", Long.toString(process.pid()), "task");
    try (Stream<Path> threads = Files.list(tasks)) {
      for (Path thread : threads.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
    }
    return true;
  }

  /** Lets it go on after {@link #pause}. */
  public void resume() throws Exception {
    signal("CONT");
  }

  private void signal(String name) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -" + name + " failed");
    }
  }

  @Override
  public void close() {
    kill();
  }

  /** Kills it, as SIGKILL does, and waits for its end. */
  public void kill() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the peer process does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
