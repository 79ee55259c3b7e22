package copper.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import copper.model.Errno;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Set;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whether storage gives bytes of the state of a file that is meant, and of no other. */
@Timeout(120)
class FileVersionTest {
  private static final byte[] OLD = "content of before".getBytes(US_ASCII);
  private static final byte[] NEW = "content of after!".getBytes(US_ASCII);
  private static final long EXT4 = 0xef53;
  private static final FileTime TIME = FileTime.fromMillis(1_700_000_000_000L);

  private final RawFiles files = new RawFiles();
  private final RawPath file = files.file("file", OLD);
  private Runnable beforeRead = () -> {};

  @AfterEach
  void removeFiles() {
    files.close();
  }

  private PosixStorage storage(WatchedLibC libc) {
    return new PosixStorage(PathWalk.following(new Posix(libc, LinuxAbi.current())));
  }

  /** The C library, which runs what a test wants before each read. */
  private class Interfering extends WatchedLibC {
    @Override
    public long pread(int fd, long buffer, long length, long offset) {
      beforeRead.run();
      return super.pread(fd, buffer, length, offset);
    }
  }

  /** A file system of another type. */
  private class OfType extends Interfering {
    private final long type;

    OfType(long type) {
      this.type = type;
    }

    @Override
    public int fstatfs(int fd, long result) {
      at(result).putLong(0, type);
      return 0;
    }

    Pointer at(long address) {
      return Pointer.wrap(Runtime.getSystemRuntime(), address);
    }
  }

  /** One that gives a file another inode number each time it is looked up by path. */
  private final class Renumbering extends OfType {
    private long number;

    Renumbering(long type) {
      super(type);
    }

    @Override
    public int statx(int directory, long path, int flags, int mask, long result) {
      number += directory < 0 ? 1 : 0;
      int status = super.statx(directory, path, flags, mask, result);
      at(result).putLong(32, number);
      return status;
    }
  }

  /** Returns storage on which the file is as it was in the beginning. */
  private PosixStorage onOldFile(WatchedLibC libc) {
    files.write(file, OLD);
    setTime();
    return storage(libc);
  }

  private static FileVersion version(Storage storage, RawPath path) {
    return FileVersion.of(storage.lstat(path).value());
  }

  private static Reply<ByteBuffer> read(Storage storage, RawPath path, FileVersion version) {
    return storage.read(path, 0, 100, version);
  }

  private void setTime() {
    try {
      Files.setLastModifiedTime(Path.of(file.toString()), TIME);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Puts another file in the place, of the same length and time of modification. */
  private void replace() {
    waitForClock(version(new PosixStorage(), file));
    files.rename(files.file("new", NEW), file);
    setTime();
  }

  /** Waits until what changes now changes at another time, as the file system has it. */
  private void waitForClock(FileVersion before) {
    Storage storage = new PosixStorage();
    while (version(storage, files.file("clock", OLD)).hasChangeTimeOf(before)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void readsAFileWhoseNumberAProgramChanges() {
    WatchedLibC libc = new Renumbering(LinuxAbi.FUSE);
    Storage storage = storage(libc);
    FileVersion version = version(storage, file);
    assertNotEquals(version, version(storage, file));
    assertEquals(ByteBuffer.wrap(OLD), read(storage, file, version).value());
    assertEquals(Set.of(), libc.open());
  }

  @Test
  void doesNotTrustANumberOfAFuseProgram() {
    setTime();
    Storage storage = storage(new OfType(LinuxAbi.FUSE));
    FileVersion before = version(storage, file);
    waitForClock(before);
    files.write(file, NEW);
    setTime();
    assertEquals(before.ino(), version(storage, file).ino());
    assertEquals(Errno.ESTALE, read(storage, file, before).errno());
  }

  @Test
  void takesAnotherNumberForAnotherFileElsewhere() {
    WatchedLibC libc = new Renumbering(EXT4);
    Storage storage = storage(libc);
    assertEquals(Errno.ESTALE, read(storage, file, version(storage, file)).errno());
    assertEquals(Set.of(), libc.open());
  }

  @Test
  void noticesAFileOfTheSameLengthAndTimeInItsPlace() {
    for (WatchedLibC libc : List.of(new Interfering(), new Renumbering(LinuxAbi.FUSE))) {
      Storage storage = onOldFile(libc);
      FileVersion version = version(storage, file);
      replace();
      assertEquals(Errno.ESTALE, read(storage, file, version).errno());
      assertEquals(ByteBuffer.wrap(NEW), read(storage, file, version(storage, file)).value());
      assertEquals(Set.of(), libc.open());
    }
  }

  @Test
  void readsOneFileToItsEndWhenItIsReplacedMeanwhile() {
    for (WatchedLibC libc : List.of(new Interfering(), new Renumbering(LinuxAbi.FUSE))) {
      Storage storage = onOldFile(libc);
      FileVersion version = version(storage, file);
      beforeRead = this::replace;
      assertEquals(ByteBuffer.wrap(OLD), read(storage, file, version).value());
      beforeRead = () -> {};
      assertEquals(Errno.ESTALE, read(storage, file, version).errno());
    }
  }

  @Test
  void refusesAFileThatIsWrittenMeanwhile() {
    for (WatchedLibC libc : List.of(new Interfering(), new Renumbering(LinuxAbi.FUSE))) {
      Storage storage = onOldFile(libc);
      beforeRead = () -> files.write(file, NEW);
      assertEquals(Errno.ESTALE, read(storage, file, version(storage, file)).errno());
      assertEquals(Set.of(), libc.open());
      beforeRead = () -> {};
    }
  }

  @Test
  void readsOnWhenOnlyTheModeHasChanged() {
    Storage storage = new PosixStorage();
    FileVersion version = version(storage, file);
    waitForClock(version);
    files.chmod(file, 0600);
    assertNotEquals(version, version(storage, file));
    assertEquals(ByteBuffer.wrap(OLD), read(storage, file, version).value());
  }
}
