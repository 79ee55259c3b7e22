package copper.cache.spill;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A node's own directory for spilled data: {@code copper-HOST-PID-RANDOM}, mode 0700, removed when
 * it is closed.
 *
 * <p>A lock on a file in it tells that its node lives: the system takes the lock away with the
 * process, however that ends. Those of this user's nodes on this host that have ended otherwise are
 * removed when the next one starts. Blocks.
 */
public final class SpillDirectory implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(SpillDirectory.class.getName());

  private static final FileAttribute<?> OWNERS_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private static final FileAttribute<?> OWNERS_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final String PREFIX = "copper-";

  /** Before its lock is held a directory has another name, by which nobody takes it for dead. */
  private static final String UNLOCKED = ".copper-new-";

  private static final String LOCK = "lock";

  private final Path path;
  private final FileChannel lock;

  private SpillDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Removes what dead nodes have left in {@code parent}, which is made if it is missing, and makes
   * a directory there.
   *
   * @param host this host's name
   * @throws IOException if nothing can be written there
   */
  public static SpillDirectory open(Path parent, String host) throws IOException {
    Files.createDirectories(parent);
    String name = host.replaceAll("[^A-Za-z0-9._]", "_") + "-";
    long pid = ProcessHandle.current().pid();
    Path fresh = Files.createTempDirectory(parent, UNLOCKED + name + pid + "-", OWNERS_DIRECTORY);
    try {
      removeLeftOver(parent, name, Files.getOwner(fresh, NOFOLLOW_LINKS));
      FileChannel lock =
          FileChannel.open(fresh.resolve(LOCK), EnumSet.of(CREATE_NEW, WRITE), OWNERS_FILE);
      // Never null: the file was made a moment ago.
      FileLock held = lock.lock();
      Path path =
          parent.resolve(PREFIX + fresh.getFileName().toString().substring(UNLOCKED.length()));
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
      LOG.fine(() -> "spilling to " + path + ", " + held);
      return new SpillDirectory(path, lock);
    } catch (IOException | RuntimeException e) {
      remove(fresh);
      throw e;
    }
  }

  private static void removeLeftOver(Path parent, String name, UserPrincipal me) {
    Pattern ours = Pattern.compile("(copper|\\.copper-new)-" + Pattern.quote(name) + "(\\d+)-\\d+");
    try (DirectoryStream<Path> all = Files.newDirectoryStream(parent)) {
      for (Path each : all) {
        Matcher matcher = ours.matcher(each.getFileName().toString());
        if (matcher.matches()
            && Files.isDirectory(each, NOFOLLOW_LINKS)
            && Files.getOwner(each, NOFOLLOW_LINKS).equals(me)
            && isDead(each, Long.parseLong(matcher.group(2)), matcher.group(1))) {
          LOG.info(() -> "removing " + each + ", which a node left that was killed");
          remove(each);
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.WARNING, "-cache_dir " + parent + " cannot be tidied up: " + e);
    }
  }

  private static boolean isDead(Path directory, long pid, String kind) throws IOException {
    if (!kind.equals("copper")) {
      return ProcessHandle.of(pid).isEmpty();
    }
    if (isOpenHere(directory.resolve(LOCK))) {
      // Of another node in this process, whose lock would go if the file were closed (fcntl(2)).
      return false;
    }
    try (FileChannel channel =
            FileChannel.open(directory.resolve(LOCK), Set.of(WRITE, NOFOLLOW_LINKS));
        FileLock free = channel.tryLock()) {
      return free != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (NoSuchFileException e) {
      // Somebody else is removing it, or was and has been killed.
      return ProcessHandle.of(pid).isEmpty();
    }
  }

  private static boolean isOpenHere(Path file) throws IOException {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        if (Files.exists(descriptor) && Files.isSameFile(descriptor, file)) {
          return true;
        }
      }
      return false;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Returns the directory. */
  public Path path() {
    return path;
  }

  /** Makes a file of mode 0600 to write and read. */
  FileChannel create(String name) throws IOException {
    return FileChannel.open(path.resolve(name), EnumSet.of(CREATE_NEW, READ, WRITE), OWNERS_FILE);
  }

  /** Removes a file. */
  void delete(String name) throws IOException {
    Files.deleteIfExists(path.resolve(name));
  }

  /** Returns the bytes that are free, as far as this user may have them. */
  public long free() throws IOException {
    return Files.getFileStore(path).getUsableSpace();
  }

  private static void remove(Path directory) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      LOG.log(Level.WARNING, directory + " cannot be removed: " + e);
    }
  }

  @Override
  public void close() {
    remove(path);
    try {
      lock.close();
    } catch (IOException e) {
      LOG.log(Level.FINE, "closing the lock of " + path, e);
    }
  }
}
