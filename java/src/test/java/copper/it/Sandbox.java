package copper.it;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A temporary directory that owns the nodes, processes and mounts of a test.
 *
 * <p>Closing it ends all of them, removes the directory, and fails the test if a node did not end
 * by itself when asked to, or anything was left that no test had ended. It does so too when the JVM
 * is told to end. Any thread.
 */
final class Sandbox implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /**
   * Below Linux' own choice for outgoing connections (32768 on), so that none of these is taken.
   */
  private static final int FIRST_PORT = 20000;

  private static final int PORTS = 12000;

  private final MountedBy mountedBy;
  private final Path directory;
  private final List<Process> processes = new ArrayList<>();
  private final ConcurrentLinkedQueue<Node> nodes = new ConcurrentLinkedQueue<>();
  private final Set<Integer> ports = new HashSet<>();
  private final AtomicInteger files = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread onExit = new Thread(this::closeAtExit, "sandbox-exit");

  Sandbox() {
    this(MountedBy.KERNEL);
  }

  /** Makes a sandbox whose nodes are mounted so. */
  Sandbox(MountedBy mountedBy) {
    this.mountedBy = mountedBy;
    try {
      directory = Files.createTempDirectory("copper-it-").toRealPath();
      // Other users look at what lies in here.
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(onExit);
  }

  MountedBy mountedBy() {
    return mountedBy;
  }

  Path directory() {
    return directory;
  }

  /** Returns the path of a file or directory of the sandbox, which need not exist. */
  Path path(String name) {
    return directory.resolve(name);
  }

  /** Makes a directory. */
  Path newDirectory(String name) {
    try {
      return Files.createDirectories(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a path that nothing uses. */
  Path newFile(String kind) {
    return newDirectory("scratch").resolve(kind + "-" + files.incrementAndGet());
  }

  /** Writes a file, and the directories above it. */
  Path write(String name, String text) {
    try {
      Path file = path(name);
      Files.createDirectories(file.getParent());
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a secret that a node accepts. */
  Path secret(String name, String text) {
    try {
      Path file = write(name, text);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies a program of the test resources here, where every user may read it. */
  Path script(String name) {
    Path copy = path(name);
    if (Files.exists(copy)) {
      return copy;
    }
    try (InputStream in = Sandbox.class.getResourceAsStream(name)) {
      Files.copy(in, copy);
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a command in this sandbox. */
  Command command(String... words) {
    return new Command(this, List.of(words));
  }

  /** Returns a command of {@code copper}, which finds the nodes of this sandbox alone. */
  Command copper(String... words) {
    List<String> all =
        new ArrayList<>(List.of(Machine.cuFuse().resolveSibling("copper").toString()));
    all.addAll(List.of(words));
    return new Command(this, all).with("COPPER_RUN_DIR", path("run").toString());
  }

  /** Returns a command that runs a Python program of the test resources. */
  Command python(String script, String... arguments) {
    List<String> words =
        new ArrayList<>(List.of(Machine.python(), "-B", script(script).toString()));
    words.addAll(List.of(arguments));
    return new Command(this, words);
  }

  /** Takes the ownership of a process. */
  synchronized Process own(Process process) {
    processes.add(process);
    return process;
  }

  /** Takes the ownership of a node. */
  Node own(Node node) {
    nodes.add(node);
    return node;
  }

  /** Returns a TCP port that nothing listens on, another each time. */
  synchronized int freePort() {
    for (int tries = 0; tries < 1000; tries++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      if (ports.contains(port)) {
        continue;
      }
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        ports.add(probe.getLocalPort());
        return port;
      } catch (IOException e) {
        // Taken: try another.
      }
    }
    throw new IllegalStateException("no free port in 1000 tries");
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    Runtime.getRuntime().removeShutdownHook(onExit);
    List<String> problems = cleanUp();
    if (!problems.isEmpty()) {
      fail("left behind:\n" + String.join("\n", problems));
    }
  }

  private void closeAtExit() {
    if (closed.compareAndSet(false, true)) {
      cleanUp();
    }
  }

  private List<String> cleanUp() {
    List<String> problems = new ArrayList<>();
    nodes.forEach(Node::terminate);
    for (Node node : nodes) {
      if (!Wait.until(PATIENCE, () -> node.findPid().isEmpty())) {
        problems.add("a node that SIGTERM did not end: " + node);
      }
    }
    endOwnProcesses();
    List<Path> mounts = Processes.mountsBelow(directory);
    mounts.forEach(mount -> problems.add("a mount: " + mount));
    List<Long> left = Processes.naming(directory.toString());
    left.forEach(
        pid ->
            problems.add("process " + pid + ": " + Processes.commandLine(pid).replace('\0', ' ')));
    left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    mounts.forEach(Sandbox::unmount);
    if (Processes.mountsBelow(directory).isEmpty()) {
      removeDirectory(problems);
    }
    return problems;
  }

  private synchronized void endOwnProcesses() {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    for (Process process : processes) {
      quietly(() -> process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }
  }

  /** Detaches a mount whose node is gone, at once and even if something still uses it. */
  static void unmount(Path mount) {
    List<List<String>> ways =
        List.of(
            List.of("umount", "-l", mount.toString()),
            List.of("fusermount3", "-uz", mount.toString()),
            List.of("fusermount", "-uz", mount.toString()));
    for (List<String> way : ways) {
      if (Processes.isMounted(mount)) {
        quietly(() -> external(way));
      }
    }
  }

  private void removeDirectory(List<String> problems) {
    // Not by this JVM, which cannot name files whose names are not text of its locale.
    quietly(() -> external(List.of("rm", "-rf", "--one-file-system", directory.toString())));
    if (Files.exists(directory)) {
      problems.add("the directory " + directory);
    }
  }

  private static boolean external(List<String> words) throws IOException, InterruptedException {
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private interface Step {
    boolean run() throws IOException, InterruptedException;
  }

  /** One step that fails must not keep the later ones from running; what it left is found later. */
  private static void quietly(Step step) {
    try {
      step.run();
    } catch (IOException e) {
      System.err.println("while cleaning up: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
