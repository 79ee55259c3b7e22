package copper.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A file's attributes as the 144-byte image of {@code struct stat} on x86-64 Linux.
 *
 * <p>The image is what C++ Copper sends in rpc_lstat (the kernel's asm/stat.h, x86-64; little
 * endian), so it is kept as it travels, and on other architectures too. Offsets in bytes: dev 0,
 * ino 8, nlink 16, mode 24 (32 bit), uid 28 (32 bit), gid 32 (32 bit), rdev 40, size 48, blksize
 * 56, blocks 64 (512 B units), then seconds and nanoseconds of atime 72, mtime 88 and ctime 104;
 * the rest is zero. Immutable.
 */
public final class FileStat {
  /** Length of the image in bytes. */
  public static final int SIZE = 144;

  /** The bits of the mode that hold the file type (S_IFMT). */
  public static final int S_IFMT = 0170000;

  public static final int S_IFSOCK = 0140000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFBLK = 0060000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFIFO = 0010000;

  private final byte[] image;

  private FileStat(byte[] image) {
    this.image = image;
  }

  /**
   * Makes attributes of a copy of {@code image}.
   *
   * @throws IllegalArgumentException if it is not 144 bytes long
   */
  public static FileStat of(byte[] image) {
    if (image.length != SIZE) {
      throw new IllegalArgumentException("a stat image is 144 bytes, this has " + image.length);
    }
    return new FileStat(image.clone());
  }

  /** Returns a builder with every field zero. */
  public static Builder builder() {
    return new Builder();
  }

  public long dev() {
    return longAt(0);
  }

  public long ino() {
    return longAt(8);
  }

  public long nlink() {
    return longAt(16);
  }

  /** Returns type and permission bits. */
  public int mode() {
    return intAt(24);
  }

  public int uid() {
    return intAt(28);
  }

  public int gid() {
    return intAt(32);
  }

  public long rdev() {
    return longAt(40);
  }

  /** Returns the length in bytes. */
  public long size() {
    return longAt(48);
  }

  public long blksize() {
    return longAt(56);
  }

  /** Returns the space taken, in units of 512 bytes. */
  public long blocks() {
    return longAt(64);
  }

  public long atimeSeconds() {
    return longAt(72);
  }

  public long atimeNanos() {
    return longAt(80);
  }

  public long mtimeSeconds() {
    return longAt(88);
  }

  public long mtimeNanos() {
    return longAt(96);
  }

  /** Returns the time of last modification in nanoseconds since 1970, modulo 2^64. */
  public long mtime() {
    return FileVersion.nanos(mtimeSeconds(), mtimeNanos());
  }

  public long ctimeSeconds() {
    return longAt(104);
  }

  public long ctimeNanos() {
    return longAt(112);
  }

  public boolean isDirectory() {
    return type() == S_IFDIR;
  }

  public boolean isRegularFile() {
    return type() == S_IFREG;
  }

  public boolean isSymbolicLink() {
    return type() == S_IFLNK;
  }

  /** Returns the mode's file type bits, one of the S_IF constants. */
  public int type() {
    return mode() & S_IFMT;
  }

  /** Tells whether {@code type}, bits of a mode, is one of the seven types that files have. */
  public static boolean isType(int type) {
    return switch (type) {
      case S_IFSOCK, S_IFLNK, S_IFREG, S_IFBLK, S_IFDIR, S_IFCHR, S_IFIFO -> true;
      default -> false;
    };
  }

  /** Returns a copy of the image. */
  public byte[] toBytes() {
    return image.clone();
  }

  /** Little endian; without a view, since a mount asks for each field of each file. */
  private int intAt(int offset) {
    return (image[offset] & 0xff)
        | (image[offset + 1] & 0xff) << 8
        | (image[offset + 2] & 0xff) << 16
        | image[offset + 3] << 24;
  }

  private long longAt(int offset) {
    return Integer.toUnsignedLong(intAt(offset)) | (long) intAt(offset + 4) << 32;
  }

  /** Returns a read-only little-endian view of the image. */
  public ByteBuffer view() {
    return ByteBuffer.wrap(image).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Copies the image to {@code target} at {@code offset}. */
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(image, 0, target, offset, SIZE);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FileStat stat && Arrays.equals(image, stat.image);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(image);
  }

  @Override
  public String toString() {
    return String.format(
        "FileStat[mode=%o, size=%d, ino=%d, nlink=%d, uid=%d, gid=%d, mtime=%d.%09d]",
        mode(), size(), ino(), nlink(), uid(), gid(), mtimeSeconds(), mtimeNanos());
  }

  /** Collects the fields of a {@link FileStat}. */
  public static final class Builder {
    private final byte[] image = new byte[SIZE];
    private final ByteBuffer fields = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);

    private Builder() {}

    private Builder put(int offset, long value) {
      fields.putLong(offset, value);
      return this;
    }

    private Builder put(int offset, int value) {
      fields.putInt(offset, value);
      return this;
    }

    public Builder dev(long value) {
      return put(0, value);
    }

    public Builder ino(long value) {
      return put(8, value);
    }

    public Builder nlink(long value) {
      return put(16, value);
    }

    public Builder mode(int value) {
      return put(24, value);
    }

    public Builder uid(int value) {
      return put(28, value);
    }

    public Builder gid(int value) {
      return put(32, value);
    }

    public Builder rdev(long value) {
      return put(40, value);
    }

    public Builder size(long value) {
      return put(48, value);
    }

    public Builder blksize(long value) {
      return put(56, value);
    }

    public Builder blocks(long value) {
      return put(64, value);
    }

    public Builder atime(long seconds, long nanos) {
      return put(72, seconds).put(80, nanos);
    }

    public Builder mtime(long seconds, long nanos) {
      return put(88, seconds).put(96, nanos);
    }

    public Builder ctime(long seconds, long nanos) {
      return put(104, seconds).put(112, nanos);
    }

    /** Returns the attributes collected so far. */
    public FileStat build() {
      return new FileStat(image.clone());
    }
  }
}
