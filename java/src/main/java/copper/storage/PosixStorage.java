package copper.storage;

import copper.model.DirectoryListing;
import copper.model.DirectoryVersion;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Storage read by system calls on raw byte paths, through jnr-ffi.
 *
 * <p>Paths are never text here: java.io and java.nio cannot name a file whose name is not valid in
 * the locale's encoding, and job scripts often run without LANG. Safe on any thread; each thread
 * that calls keeps about 70 KB of native memory for its calls. A file is at most 2 GiB less two
 * bytes long, more is EFBIG; one for which the JVM has no memory is ENOMEM.
 */
public final class PosixStorage implements Storage {
  /** One byte more than this still fits a buffer, which is how a longer file is noticed. */
  private static final int MAX_FILE = Integer.MAX_VALUE - 1;

  /** Of the pauses of one call that lacks a descriptor, which double; a second together. */
  private static final int LONGEST_PAUSE_MILLIS = 512;

  /** How often a directory that keeps changing is read. */
  private static final int READINGS = 4;

  private final Posix posix;
  private final PathWalk walk;

  /** Belongs to this storage, not to the class: no state outlives it. */
  @SuppressWarnings("ThreadLocalUsage")
  private final ThreadLocal<Scratch> scratch;

  /**
   * Binds this machine's C library.
   *
   * @throws IllegalStateException if it is too old (glibc 2.28 is needed) or the processor is
   *     neither x86-64 nor aarch64; the message says so
   */
  public PosixStorage() {
    this(PathWalk.following(Posix.load()));
  }

  /**
   * As the constructor, but on the way to a file no symbolic link is followed: what lies behind one
   * is ENOENT. Each call costs two system calls more.
   */
  public static PosixStorage withoutLinks() {
    return new PosixStorage(PathWalk.withoutLinks(Posix.load()));
  }

  PosixStorage(PathWalk walk) {
    this.walk = walk;
    this.posix = walk.posix();
    this.scratch = ThreadLocal.withInitial(() -> new Scratch(posix));
  }

  @Override
  public Reply<FileStat> lstat(RawPath path) {
    return reply(
        memory -> {
          walk.lstatx(memory, path);
          return Statx.decode(memory.record());
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>A directory that changes while it is read is read anew, {@value #READINGS} times at most.
   * The last time its names are what readdir(3) gives: those that were there all the while are
   * among them, and those that came or went may be.
   */
  @Override
  public Reply<DirectoryListing> list(RawPath path) {
    return reply(
        memory -> {
          for (int left = READINGS - 1; ; left--) {
            try (OpenFile directory = OpenFile.directory(walk, memory, path)) {
              DirectoryVersion before = directory.directoryVersion();
              DirectoryListing listing = DirectoryReader.read(memory, directory);
              if (left == 0 || directory.directoryVersion().equals(before)) {
                return listing.with(before);
              }
            }
          }
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>A symbolic link is ELOOP. A file that changes its length meanwhile is answered as it was
   * read, from its start to where its end was met.
   */
  @Override
  public Reply<WholeFile> readFile(RawPath path, long limit) {
    return reply(
        memory -> {
          try (OpenFile file = OpenFile.regular(walk, memory, path)) {
            int most = (int) Math.min(limit, MAX_FILE);
            if (file.size() > most) {
              throw new ErrnoException(Errno.EFBIG);
            }
            ByteBuffer content = FileContent.read(posix, memory, file, 0, most + 1);
            if (content.limit() > most) {
              throw new ErrnoException(Errno.EFBIG);
            }
            return new WholeFile(content, file.isUnchanged() ? file.mtime() : WholeFile.CHANGING);
          }
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>A symbolic link is ELOOP, a negative offset or length EINVAL.
   */
  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length) {
    if (offset < 0 || length < 0) {
      return Reply.failure(Errno.EINVAL);
    }
    return reply(
        memory -> {
          try (OpenFile file = OpenFile.regular(walk, memory, path)) {
            return FileContent.read(posix, memory, file, offset, length);
          }
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>A symbolic link is ELOOP, a negative offset or length EINVAL. A file that is put in the
   * place of another one while that is read does no harm: what is read is all of the one that was
   * opened.
   */
  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length, FileVersion version) {
    if (offset < 0 || length < 0) {
      return Reply.failure(Errno.EINVAL);
    }
    return reply(
        memory -> {
          try (OpenFile file = OpenFile.regular(walk, memory, path)) {
            if (!file.is(version)) {
              throw new ErrnoException(Errno.ESTALE);
            }
            ByteBuffer data = FileContent.read(posix, memory, file, offset, length);
            if (!file.isUnchanged()) {
              throw new ErrnoException(Errno.ESTALE);
            }
            return data;
          }
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>The kernel lets no target be longer than a page, 64 KiB on the largest; a longer one is
   * ENAMETOOLONG, never cut.
   */
  @Override
  public Reply<byte[]> readlink(RawPath path) {
    return reply(
        memory -> {
          int length = walk.readlink(memory, path);
          if (length == Scratch.IO_SIZE) {
            throw new ErrnoException(Errno.ENAMETOOLONG);
          }
          byte[] target = new byte[length];
          memory.io().get(0, target);
          return target;
        });
  }

  @Override
  public Reply<FileSystemStat> statfs(RawPath path) {
    return reply(
        memory -> {
          try (OpenFile place = OpenFile.place(walk, memory, path)) {
            place.statvfs();
            return Statvfs.decode(memory.record());
          }
        });
  }

  /** Where no descriptor is left, one soon is: others read and close their files meanwhile. */
  private <T> Reply<T> reply(Operation<T> operation) {
    Reply<T> reply = tried(operation);
    for (int pause = 1; lacksDescriptor(reply) && pause <= LONGEST_PAUSE_MILLIS; pause *= 2) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pause));
      reply = tried(operation);
    }
    return reply;
  }

  private static boolean lacksDescriptor(Reply<?> reply) {
    return reply.errno() == Errno.EMFILE || reply.errno() == Errno.ENFILE;
  }

  private <T> Reply<T> tried(Operation<T> operation) {
    try {
      return Reply.of(operation.run(scratch.get()));
    } catch (ErrnoException e) {
      return Reply.failure(e.errno());
    } catch (OutOfMemoryError e) {
      // Most likely direct memory (-XX:MaxDirectMemorySize), asked for in one piece of a file's
      // size.
      return Reply.failure(Errno.ENOMEM);
    }
  }

  private interface Operation<T> {
    T run(Scratch memory) throws ErrnoException;
  }
}
