package copper.storage;

import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.nio.ByteBuffer;

/**
 * The file system below the cache, read only.
 *
 * <p>Every method blocks as long as the file system does, may be called from any number of threads,
 * and answers failures as errnos, never by exception. Paths are absolute and on the storage itself;
 * the last component is never followed if it is a symbolic link.
 */
public interface Storage {
  /** Returns the attributes of what is at {@code path}, as lstat(2). */
  Reply<FileStat> lstat(RawPath path);

  /**
   * Returns the names in the directory at {@code path}, with "." and "..", and their types, and the
   * state the directory was in.
   */
  Reply<DirectoryListing> list(RawPath path);

  /**
   * Returns the whole regular file at {@code path}; {@link WholeFile#CHANGING} if it was changed
   * meanwhile.
   *
   * <p>The buffer is direct, positioned at 0, and owned by the caller. A file longer than {@code
   * limit} bytes is EFBIG; what is no regular file is EISDIR or EINVAL; a fifo is never opened.
   */
  Reply<WholeFile> readFile(RawPath path, long limit);

  /**
   * Returns up to {@code length} bytes of the regular file at {@code path} from {@code offset} on.
   *
   * <p>Fewer only at the file's end. The buffer is direct, positioned at 0, owned by the caller.
   */
  Reply<ByteBuffer> read(RawPath path, long offset, int length);

  /**
   * As {@link #read(RawPath, long, int)}, if the file was in the state {@code version} before and
   * after it was read; otherwise ESTALE.
   */
  Reply<ByteBuffer> read(RawPath path, long offset, int length, FileVersion version);

  /**
   * Returns the target of the symbolic link at {@code path}, not NUL-terminated; owned by the
   * caller.
   */
  Reply<byte[]> readlink(RawPath path);

  /** Returns space and limits of the file system that holds {@code path}, as statvfs(3). */
  Reply<FileSystemStat> statfs(RawPath path);
}
