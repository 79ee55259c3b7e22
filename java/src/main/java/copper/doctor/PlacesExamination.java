package copper.doctor;

import copper.config.IoReason;
import copper.control.ControlSocket;
import copper.fuse.Libc;
import copper.fuse.MountPoint;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether the directories that a node uses can be used. */
public final class PlacesExamination implements Examination {
  private final Host host;
  private final Optional<Path> view;
  private final Optional<Path> logs;

  /**
   * Examines the directories that every node uses, and those that are named.
   *
   * @param view where Copper will be mounted
   * @param logs what {@code -log_output_dir} will be
   */
  public PlacesExamination(Host host, Optional<Path> view, Optional<Path> logs) {
    this.host = host;
    this.view = view.map(path -> path.toAbsolutePath().normalize());
    this.logs = logs.map(path -> path.toAbsolutePath().normalize());
  }

  @Override
  public String matter() {
    return "Directories";
  }

  @Override
  public List<Finding> findings() {
    List<Finding> found = new ArrayList<>();
    view.ifPresent(path -> found.add(mountPoint(path)));
    logs.ifPresent(path -> found.add(writable("logs", path, "name another by -log_output_dir")));
    String scratch = host.environment().getOrDefault("TMPDIR", "/tmp");
    found.add(writable("TMPDIR", Path.of(scratch), "set TMPDIR to a directory that exists"));
    found.add(sockets());
    return found;
  }

  private static Finding mountPoint(Path path) {
    MountPoint mountPoint = new MountPoint(path, Libc.load());
    try {
      Optional<String> type = mountPoint.mountedType();
      if (type.isPresent()) {
        boolean taken = !type.get().equals(MountPoint.TYPE) || !mountPoint.isDead();
        String said = "view: a file system of type " + type.get() + " is mounted at " + path;
        return taken
            ? Finding.problem(said, "fusermount3 -u " + path + ", or mount elsewhere")
            : Finding.note(said + ", and dead", "cu_fuse takes it away when it starts");
      } else if (!Files.isDirectory(path)) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
            ? Finding.problem("view: " + path + " is no directory", "mount at a directory")
            : Finding.problem("view: " + path + " does not exist", "mkdir -p " + path);
      }
      return empty(path);
    } catch (IOException e) {
      return Finding.problem("view: " + path + " cannot be looked at: " + e.getMessage(), "");
    }
  }

  private static Finding empty(Path path) throws IOException {
    try (DirectoryStream<Path> names = Files.newDirectoryStream(path)) {
      if (names.iterator().hasNext()) {
        return Finding.problem(
            "view: " + path + " is not empty", "empty it, or mount over it with -o nonempty");
      }
    }
    // Ordinary users may mount only where they may write.
    return Files.isWritable(path)
        ? Finding.fine("view: " + path + " is empty and this user's to mount at")
        : Finding.problem(
            "view: this user may not write to " + path, "mount at a directory of your own");
  }

  /**
   * Writes a file and removes it: permissions alone do not tell of a full disk or a file system for
   * reading only. Where the directory does not exist, the nearest above it that does is tried.
   */
  private static Finding writable(String name, Path path, String advice) {
    Path there = path;
    while (there.getParent() != null && !Files.exists(there)) {
      there = there.getParent();
    }
    try {
      Files.delete(Files.createTempFile(there, ".copper-doctor", null));
      return Finding.fine(
          name + ": " + path + (there.equals(path) ? " can be written" : " can be made"));
    } catch (IOException e) {
      return Finding.problem(name + ": " + there + " cannot be written: " + IoReason.of(e), advice);
    }
  }

  private Finding sockets() {
    try {
      ControlSocket sockets = ControlSocket.of(host.environment());
      if (Files.exists(sockets.directory(), LinkOption.NOFOLLOW_LINKS)) {
        sockets.check();
        return Finding.fine("commands: " + sockets.directory() + " is this user's alone");
      }
      return writable(
          "commands", sockets.directory(), "name another by $" + ControlSocket.VARIABLE);
    } catch (IOException e) {
      return Finding.problem("commands: copper stats and the like will not work", e.getMessage());
    }
  }
}
