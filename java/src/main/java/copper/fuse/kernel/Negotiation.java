package copper.fuse.kernel;

import java.nio.ByteBuffer;

/**
 * What kernel and mount agreed on (struct fuse_init_in and fuse_init_out): every feature that both
 * know, and for each that an older kernel lacks what it does instead.
 *
 * @param minor the version both speak
 * @param kernelMinor the version the kernel speaks
 * @param flags the features in use, bits 0 to 63
 * @param skipsOpen whether the kernel opens files without us once told so; else each is answered
 * @param skipsOpendir the same for directories
 * @param expiresEntries whether entries can be expired; else they are dropped
 */
record Negotiation(
    int minor,
    int kernelMinor,
    long flags,
    boolean skipsOpen,
    boolean skipsOpendir,
    boolean expiresEntries) {
  static final long ASYNC_READ = 1L;
  static final long BIG_WRITES = 1L << 5;
  static final long DO_READDIRPLUS = 1L << 13;
  static final long READDIRPLUS_AUTO = 1L << 14;
  static final long NO_OPEN_SUPPORT = 1L << 17;
  static final long PARALLEL_DIROPS = 1L << 18;
  static final long MAX_PAGES = 1L << 22;
  static final long CACHE_SYMLINKS = 1L << 23;
  static final long NO_OPENDIR_SUPPORT = 1L << 24;
  static final long EXPLICIT_INVAL_DATA = 1L << 25;
  static final long INIT_EXT = 1L << 30;
  static final long HAS_EXPIRE_ONLY = 1L << 35;

  /** Pages of 4 KiB in a request of 1 MiB, the most the kernel allows by default. */
  private static final int PAGES = 256;

  /** We take no data; one page is the least the kernel allows. */
  static final int MAX_WRITE = 4096;

  private static final long WANTED =
      ASYNC_READ
          | BIG_WRITES
          | DO_READDIRPLUS
          | READDIRPLUS_AUTO
          | NO_OPEN_SUPPORT
          | PARALLEL_DIROPS
          | MAX_PAGES
          | CACHE_SYMLINKS
          | NO_OPENDIR_SUPPORT
          | EXPLICIT_INVAL_DATA
          | INIT_EXT
          | HAS_EXPIRE_ONLY;

  /** Length of the answer's body, struct fuse_init_out. */
  static final int ANSWER = 64;

  /** Length of a question that has the upper flags: INIT_EXT alone does not say so. */
  private static final int EXTENDED = 64;

  /**
   * Reads the kernel's question.
   *
   * @param request the whole request, header included
   * @param length its length
   * @param mostMinor what is newer than this version is left out, as an older kernel does
   * @return null if the kernel's protocol is not ours
   */
  static Negotiation read(ByteBuffer request, int length, int mostMinor) {
    int body = Fuse.IN_HEADER;
    if (length < body + 16 || request.getInt(body) != Fuse.MAJOR) {
      return null;
    }
    int kernelMinor = request.getInt(body + 4);
    if (kernelMinor < Fuse.OLDEST_MINOR) {
      return null;
    }
    long offered = Integer.toUnsignedLong(request.getInt(body + 12));
    if ((offered & INIT_EXT) != 0 && length >= body + EXTENDED) {
      offered |= Integer.toUnsignedLong(request.getInt(body + 16)) << 32;
    }
    int minor = Math.min(mostMinor, kernelMinor);
    long flags = offered & WANTED & known(minor);
    return new Negotiation(
        minor,
        kernelMinor,
        flags,
        (flags & NO_OPEN_SUPPORT) != 0,
        (flags & NO_OPENDIR_SUPPORT) != 0,
        (flags & HAS_EXPIRE_ONLY) != 0);
  }

  /** Returns the features that version {@code minor} knows, of those that came after 27. */
  private static long known(int minor) {
    return ~((minor < 28 ? MAX_PAGES | CACHE_SYMLINKS : 0)
        | (minor < 29 ? NO_OPENDIR_SUPPORT : 0)
        | (minor < 30 ? EXPLICIT_INVAL_DATA : 0)
        | (minor < 36 ? INIT_EXT : 0)
        | (minor < 38 ? HAS_EXPIRE_ONLY : 0));
  }

  /** Tells whether a feature is in use. */
  boolean has(long flag) {
    return (flags & flag) != 0;
  }

  /** Returns the pages in the largest request; 0 where the kernel does not let us choose. */
  int maxPages() {
    return has(MAX_PAGES) ? PAGES : 0;
  }
}
