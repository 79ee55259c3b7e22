package copper.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import copper.model.RawPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Runtime;

/**
 * A temporary directory in which files may have any name the kernel allows; closing it removes it.
 *
 * <p>Names are given as strings of bytes: one character, U+0000 to U+00FF, for each byte.
 */
final class RawFiles implements AutoCloseable {
  private static final LibC LIBC =
      LibraryLoader.create(LibC.class).load(Platform.getNativePlatform().getStandardCLibraryName());

  private final Path directory;

  RawFiles() {
    try {
      directory = Files.createTempDirectory("copper-storage");
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path directory() {
    return directory;
  }

  RawPath root() {
    return RawPath.of(directory.toString());
  }

  RawPath path(String name) {
    return root().resolve(name.getBytes(ISO_8859_1));
  }

  RawPath file(String name, byte[] content) {
    RawPath path = path(name);
    write(path, content);
    return path;
  }

  void write(RawPath path, byte[] content) {
    int fd = check(LIBC.creat(path.toCString(), 0644), "creat");
    try {
      assertEquals(content.length, LIBC.write(fd, content, content.length));
    } finally {
      check(LIBC.close(fd), "close");
    }
  }

  RawPath directory(String name) {
    RawPath path = path(name);
    check(LIBC.mkdir(path.toCString(), 0755), "mkdir");
    return path;
  }

  RawPath link(String name, String target) {
    RawPath path = path(name);
    byte[] text = (target + "\0").getBytes(ISO_8859_1);
    check(LIBC.symlink(text, path.toCString()), "symlink");
    return path;
  }

  RawPath fifo(String name) {
    RawPath path = path(name);
    check(LIBC.mkfifo(path.toCString(), 0644), "mkfifo");
    return path;
  }

  void chmod(RawPath path, int mode) {
    check(LIBC.chmod(path.toCString(), mode), "chmod");
  }

  void truncate(RawPath path, long length) {
    check(LIBC.truncate(path.toCString(), length), "truncate");
  }

  void rename(RawPath from, RawPath to) {
    check(LIBC.rename(from.toCString(), to.toCString()), "rename");
  }

  /** Runs {@code action} on a thread that the kernel denies what permission bits deny. */
  static void unprivileged(Runnable action) throws InterruptedException {
    Throwable[] failure = new Throwable[1];
    Thread thread =
        new Thread(
            () -> {
              // The file system's user id belongs to the thread; elsewhere nothing changes.
              int before = LIBC.geteuid() == 0 ? LIBC.setfsuid(65534) : -1;
              try {
                action.run();
              } catch (Throwable e) {
                failure[0] = e;
              } finally {
                if (before == 0) {
                  LIBC.setfsuid(0);
                }
              }
            });
    thread.start();
    thread.join();
    if (failure[0] != null) {
      throw new AssertionError(failure[0]);
    }
  }

  private static int check(int result, String function) {
    if (result < 0) {
      throw new IllegalStateException(
          function + " failed: errno " + LastError.getLastError(Runtime.getSystemRuntime()));
    }
    return result;
  }

  @Override
  public void close() {
    try {
      Process remove = new ProcessBuilder("rm", "-rf", "--", directory.toString()).start();
      if (!remove.waitFor(60, TimeUnit.SECONDS) || remove.exitValue() != 0) {
        throw new IllegalStateException("could not remove " + directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What the tests need of the C library, by raw byte paths. */
  public interface LibC {
    int creat(byte[] path, int mode);

    long write(int fd, byte[] data, long length);

    int close(int fd);

    int mkdir(byte[] path, int mode);

    int symlink(byte[] target, byte[] path);

    int mkfifo(byte[] path, int mode);

    int chmod(byte[] path, int mode);

    int truncate(byte[] path, long length);

    int rename(byte[] from, byte[] to);

    int geteuid();

    int setfsuid(int user);
  }
}
