package copper.cli;

import copper.config.UsageException;
import copper.control.Commands;
import copper.control.ControlClient;
import copper.control.ControlClient.CommandException;
import copper.control.ControlRequest;
import copper.control.ControlSocket;
import copper.control.TreeCast;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** The options that say which node a command is for, and how long it may take. */
final class NodeOptions {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private NodeOptions() {}

  /** Adds the options. */
  static void addTo(Options options) {
    options.addOption(
        Subcommand.value("mount", "DIR", "the node's mount; need not be said where there is one"));
    options.addOption(Subcommand.flag("json", "print JSON"));
  }

  /** Adds the option for the time a command may take. */
  static void addTimeoutTo(Options options) {
    options.addOption(
        Subcommand.value("timeout", "S", "give up after so many seconds (default 120)"));
  }

  /** Returns the request of a command that goes down the tree. */
  static ByteBuffer request(CommandLine line, TreeCast.Scope scope) throws UsageException {
    long seconds = Subcommand.number(line, "timeout", 120, 1, 86_400);
    return new ControlRequest(scope, Duration.ofSeconds(seconds), NOTHING).encode();
  }

  /**
   * Finds the node that is meant: the one whose mount holds the directory --mount names, or the
   * only one of this user.
   *
   * @throws IOException with one line, if there is none, or several
   */
  static ControlClient find(CommandLine line, Map<String, String> environment) throws IOException {
    return find(Optional.ofNullable(line.getOptionValue("mount")), environment);
  }

  /** Finds the node whose mount holds the directory {@code mount}, as above. */
  static ControlClient find(Optional<String> mount, Map<String, String> environment)
      throws IOException {
    ControlSocket sockets = ControlSocket.of(environment);
    return mount.isEmpty() ? only(sockets) : at(sockets, Path.of(mount.get()));
  }

  private static ControlClient at(ControlSocket sockets, Path mount) throws IOException {
    return holding(sockets, mount)
        .orElseThrow(
            () ->
                new IOException(
                    "no node of this user is mounted at "
                        + mount
                        + " on this host; its mount point is wanted, and "
                        + sockets.directory()
                        + " must hold its socket"));
  }

  /** Finds the node whose mount holds {@code path}. */
  static Optional<ControlClient> holding(ControlSocket sockets, Path path) throws IOException {
    for (Path at = path.toAbsolutePath().normalize(); at != null; at = at.getParent()) {
      Path socket = sockets.socket(at);
      if (Files.exists(socket)) {
        sockets.check();
        ControlClient client = new ControlClient(socket);
        if (client.isAlive()) {
          return Optional.of(client);
        }
      }
    }
    return Optional.empty();
  }

  private static ControlClient only(ControlSocket sockets) throws IOException {
    List<ControlClient> alive = new ArrayList<>();
    List<Path> found = sockets.all();
    if (!found.isEmpty()) {
      sockets.check();
    }
    for (Path socket : found) {
      ControlClient client = new ControlClient(socket);
      if (client.isAlive()) {
        alive.add(client);
      }
    }
    if (alive.isEmpty()) {
      throw new IOException(
          "no node of this user runs on this host (none listens in " + sockets.directory() + ")");
    }
    if (alive.size() > 1) {
      throw new IOException(
          "several nodes run here; name one by --mount: " + String.join(", ", mounts(alive)));
    }
    return alive.get(0);
  }

  private static List<String> mounts(List<ControlClient> nodes) throws IOException {
    List<String> mounts = new ArrayList<>();
    for (ControlClient node : nodes) {
      try {
        ByteBuffer answer = node.run(Commands.MOUNT, NOTHING.duplicate(), progress -> {});
        mounts.add(StandardCharsets.UTF_8.decode(answer).toString());
      } catch (CommandException e) {
        mounts.add("(" + e.getMessage() + ")");
      }
    }
    return mounts.stream().sorted().toList();
  }
}
