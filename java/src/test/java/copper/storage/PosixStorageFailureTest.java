package copper.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.Errno;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What storage makes of system calls that fail, fall short, or see a file change under them. */
@Timeout(120)
class PosixStorageFailureTest {
  private final RawFiles files = new RawFiles();

  @AfterEach
  void removeFiles() {
    files.close();
  }

  private static Storage storage(WatchedLibC libc) {
    return new PosixStorage(PathWalk.following(new Posix(libc, LinuxAbi.current())));
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @Test
  void repeatsInterruptedCalls() {
    class Interrupted extends WatchedLibC {
      private boolean next = true;

      private boolean interrupt() {
        boolean now = next;
        next = !now;
        return now;
      }

      @Override
      public int statx(int directory, long path, int flags, int mask, long result) {
        return interrupt() ? fail(Errno.EINTR) : super.statx(directory, path, flags, mask, result);
      }

      @Override
      public int open(long path, int flags) {
        return interrupt() ? fail(Errno.EINTR) : super.open(path, flags);
      }

      @Override
      public long pread(int fd, long buffer, long length, long offset) {
        return interrupt() ? fail(Errno.EINTR) : super.pread(fd, buffer, length, offset);
      }

      @Override
      public long readlink(long path, long buffer, long length) {
        return interrupt() ? fail(Errno.EINTR) : super.readlink(path, buffer, length);
      }

      @Override
      public int fstatvfs(int fd, long result) {
        return interrupt() ? fail(Errno.EINTR) : super.fstatvfs(fd, result);
      }

      @Override
      public long syscall(long number, long first, long second, long third) {
        return interrupt() ? fail(Errno.EINTR) : super.syscall(number, first, second, third);
      }
    }
    Interrupted libc = new Interrupted();
    Storage storage = storage(libc);
    Storage calm = new PosixStorage();
    byte[] content = bytes(100_000);
    RawPath file = files.file("file", content);
    RawPath link = files.link("link", "target");
    assertEquals(calm.lstat(file), storage.lstat(file));
    assertEquals(ByteBuffer.wrap(content), storage.readFile(file, 100_000).value().data());
    assertEquals(4, storage.list(files.root()).value().entries().size());
    assertArrayEquals("target".getBytes(US_ASCII), storage.readlink(link).value());
    assertEquals(calm.statfs(file).value().blocks(), storage.statfs(file).value().blocks());
    assertEquals(Set.of(), libc.open());
  }

  @Test
  void waitsForADescriptor() {
    class Exhausted extends WatchedLibC {
      private int left = 5;

      @Override
      public int open(long path, int flags) {
        return left-- > 0 ? fail(Errno.EMFILE) : super.open(path, flags);
      }
    }
    Exhausted libc = new Exhausted();
    RawPath file = files.file("file", bytes(1000));
    assertEquals(ByteBuffer.wrap(bytes(1000)), storage(libc).readFile(file, 2000).value().data());
    libc.left = Integer.MAX_VALUE;
    assertEquals(Errno.EMFILE, storage(libc).readFile(file, 2000).errno(), "but not for ever");
    assertEquals(Set.of(), libc.open());
  }

  @Test
  void putsShortReadsTogether() {
    WatchedLibC libc =
        new WatchedLibC() {
          @Override
          public long pread(int fd, long buffer, long length, long offset) {
            return super.pread(fd, buffer, Math.min(length, 7), offset);
          }
        };
    byte[] content = bytes(1000);
    RawPath file = files.file("file", content);
    assertEquals(ByteBuffer.wrap(content), storage(libc).readFile(file, 2000).value().data());
    assertEquals(ByteBuffer.wrap(content, 13, 30), storage(libc).read(file, 13, 30).value());
    assertEquals(Set.of(), libc.open());
  }

  /** Runs an action before the first read of a file. */
  private static WatchedLibC beforeFirstRead(Runnable action) {
    return new WatchedLibC() {
      private boolean done;

      @Override
      public long pread(int fd, long buffer, long length, long offset) {
        if (!done) {
          done = true;
          action.run();
        }
        return super.pread(fd, buffer, length, offset);
      }
    };
  }

  @Test
  void readsAGrowingFileToItsEnd() {
    for (int grown : new int[] {1001, 1999, 2001, 70_000, 1_000_000}) {
      byte[] content = bytes(grown);
      RawPath file = files.file("file", new byte[1000]);
      WatchedLibC libc = beforeFirstRead(() -> files.write(file, content));
      Reply<WholeFile> reply = storage(libc).readFile(file, grown);
      assertEquals(0, reply.errno());
      ByteBuffer read = reply.value().data();
      assertEquals(ByteBuffer.wrap(content), read);
      assertEquals(WholeFile.CHANGING, reply.value().mtime());
      assertEquals(grown, read.capacity());
      assertEquals(Set.of(), libc.open());
    }
  }

  @Test
  void refusesAFileThatGrowsBeyondTheLimit() {
    RawPath file = files.file("file", new byte[1000]);
    WatchedLibC libc = beforeFirstRead(() -> files.write(file, new byte[5001]));
    assertEquals(Errno.EFBIG, storage(libc).readFile(file, 5000).errno());
    assertEquals(Set.of(), libc.open());
  }

  @Test
  void answersAShrinkingFileAsLongAsItWasRead() {
    for (int left : new int[] {0, 10, 999}) {
      RawPath file = files.file("file", bytes(1000));
      WatchedLibC libc = beforeFirstRead(() -> files.truncate(file, left));
      ByteBuffer read = storage(libc).readFile(file, 1000).value().data();
      assertEquals(ByteBuffer.wrap(bytes(1000), 0, left), read);
      assertEquals(left, read.capacity());
      assertEquals(Set.of(), libc.open());
    }
  }

  @Test
  void closesTheFileWhenReadingFails() {
    RawPath file = files.file("file", new byte[100_000]);
    WatchedLibC libc =
        new WatchedLibC() {
          @Override
          public long pread(int fd, long buffer, long length, long offset) {
            return offset > 0 ? fail(Errno.EIO) : super.pread(fd, buffer, 1000, offset);
          }
        };
    assertEquals(Errno.EIO, storage(libc).readFile(file, 1 << 20).errno());
    assertEquals(Errno.EIO, storage(libc).read(file, 5, 10).errno());
    assertEquals(Set.of(), libc.open());
  }

  @Test
  void closesTheFileWhenTheSecondLookFails() {
    RawPath file = files.file("file", new byte[10]);
    WatchedLibC libc =
        new WatchedLibC() {
          @Override
          public int statx(int directory, long path, int flags, int mask, long result) {
            return directory >= 0
                ? fail(Errno.ESTALE)
                : super.statx(directory, path, flags, mask, result);
          }
        };
    assertEquals(Errno.ESTALE, storage(libc).readFile(file, 100).errno());
    assertEquals(Set.of(), libc.open());
  }

  @Test
  void closesTheDirectoryWhenListingFails() {
    for (int i = 0; i < 3000; i++) {
      files.file("a rather long name that fills the memory sooner " + i, new byte[0]);
    }
    WatchedLibC libc =
        new WatchedLibC() {
          private int calls;

          @Override
          public long syscall(long number, long first, long second, long third) {
            return ++calls == 2 ? fail(Errno.EIO) : super.syscall(number, first, second, third);
          }

          @Override
          public int fstatvfs(int fd, long result) {
            return fail(Errno.EIO);
          }
        };
    assertEquals(Errno.EIO, storage(libc).list(files.root()).errno());
    assertEquals(Errno.EIO, storage(libc).statfs(files.root()).errno());
    assertEquals(Set.of(), libc.open());
  }

  @Test
  void neverOpensAFifo() {
    RawPath fifo = files.fifo("fifo");
    List<Integer> opened = new ArrayList<>();
    WatchedLibC libc =
        new WatchedLibC() {
          @Override
          public int open(long path, int flags) {
            opened.add(flags);
            return super.open(path, flags);
          }
        };
    assertEquals(Errno.EINVAL, storage(libc).readFile(fifo, 100).errno());
    assertEquals(Errno.EINVAL, storage(libc).read(fifo, 0, 100).errno());
    assertEquals(List.of(), opened);
  }

  @Test
  void closesAFifoThatTookTheFilesPlace() {
    RawPath file = files.file("file", new byte[10]);
    RawPath fifo = files.fifo("fifo");
    WatchedLibC libc =
        new WatchedLibC() {
          @Override
          public int open(long path, int flags) {
            files.rename(fifo, file);
            return super.open(path, flags);
          }
        };
    assertEquals(Errno.EINVAL, storage(libc).readFile(file, 100).errno());
    assertEquals(Set.of(), libc.open());
  }

  @Test
  void waitsForALeaseAsAnyReaderWould() {
    RawPath file = files.file("file", new byte[10]);
    WatchedLibC libc =
        new WatchedLibC() {
          @Override
          public int open(long path, int flags) {
            return (flags & LinuxAbi.O_NONBLOCK) != 0
                ? fail(Errno.EAGAIN)
                : super.open(path, flags);
          }
        };
    assertEquals(10, storage(libc).readFile(file, 100).value().data().remaining());
    assertEquals(Set.of(), libc.open());
  }

  @Test
  void takesAnImpossibleErrnoForEio() {
    for (int errno : new int[] {0, -5, 5000}) {
      WatchedLibC libc =
          new WatchedLibC() {
            @Override
            public int statx(int directory, long path, int flags, int mask, long result) {
              return fail(errno);
            }
          };
      assertEquals(Errno.EIO, storage(libc).lstat(files.root()).errno());
    }
  }

  @Test
  void refusesALinkTooLongForItsMemory() {
    WatchedLibC libc =
        new WatchedLibC() {
          @Override
          public long readlink(long path, long buffer, long length) {
            return length;
          }
        };
    RawPath link = files.link("link", "target");
    assertEquals(Errno.ENAMETOOLONG, storage(libc).readlink(link).errno());
  }

  @Test
  void refusesUseAfterClose() throws ErrnoException {
    WatchedLibC libc = new WatchedLibC();
    Posix posix = new Posix(libc, LinuxAbi.current());
    RawPath path = files.file("file", new byte[10]);
    OpenFile file = OpenFile.regular(PathWalk.following(posix), new Scratch(posix), path);
    assertEquals(1, libc.open().size());
    file.close();
    file.close();
    assertTrue(libc.open().isEmpty());
    assertThrows(IllegalStateException.class, () -> file.pread(0, 0, 0));
    assertThrows(IllegalStateException.class, file::getdents);
    assertThrows(IllegalStateException.class, file::statvfs);
  }
}
