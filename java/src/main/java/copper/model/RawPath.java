package copper.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * An absolute path of the mirrored file system as the bytes the kernel uses.
 *
 * <p>File names on Linux are bytes, not text: this class never decodes them, so that names which
 * are not UTF-8 work whatever the locale. A path starts with '/', has no NUL and no trailing '/'
 * (but for the root itself); it is otherwise taken as it comes: "." and ".." are not resolved.
 * Immutable, and usable as a map key.
 */
public final class RawPath implements Comparable<RawPath> {
  /** The path "/". */
  public static final RawPath ROOT = new RawPath(new byte[] {'/'});

  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final byte[] bytes;
  private final int hash;

  private RawPath(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /**
   * Makes a path of a copy of {@code bytes}; trailing slashes are dropped.
   *
   * @throws IllegalArgumentException if it is not absolute or holds a NUL
   */
  public static RawPath of(byte[] bytes) {
    if (bytes.length == 0 || bytes[0] != '/') {
      throw new IllegalArgumentException("not an absolute path: '" + printable(bytes) + "'");
    }
    for (byte b : bytes) {
      if (b == 0) {
        throw new IllegalArgumentException("a path cannot hold a NUL: '" + printable(bytes) + "'");
      }
    }
    int end = bytes.length;
    while (end > 1 && bytes[end - 1] == '/') {
      end--;
    }
    return new RawPath(Arrays.copyOf(bytes, end));
  }

  /** Makes a path of the UTF-8 bytes of {@code text}; errors as {@link #of(byte[])}. */
  public static RawPath of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns this path with {@code name} (no '/' in it) as a further component. */
  public RawPath resolve(byte[] name) {
    return append(name, bytes.length > 1);
  }

  /** Returns this path followed by {@code absolute}, itself a path that starts with '/'. */
  public RawPath append(RawPath absolute) {
    if (absolute.isRoot()) {
      return this;
    }
    return isRoot() ? absolute : append(absolute.bytes, false);
  }

  private RawPath append(byte[] tail, boolean slash) {
    int at = bytes.length + (slash ? 1 : 0);
    byte[] joined = Arrays.copyOf(bytes, at + tail.length);
    joined[at - 1] = slash ? (byte) '/' : joined[at - 1];
    System.arraycopy(tail, 0, joined, at, tail.length);
    return new RawPath(joined);
  }

  /** Returns the path without its last component; the root is its own parent. */
  public RawPath parent() {
    int end = lastSlash();
    // Several slashes may stand before the last component.
    while (end > 0 && bytes[end - 1] == '/') {
      end--;
    }
    return end == 0 ? ROOT : new RawPath(Arrays.copyOf(bytes, end));
  }

  /** Returns a copy of the last component; empty for the root. */
  public byte[] name() {
    return Arrays.copyOfRange(bytes, lastSlash() + 1, bytes.length);
  }

  /**
   * Returns the path without "." and empty components, and with each ".." resolved by its text
   * alone.
   *
   * <p>For paths people type; paths the kernel sends have none of these.
   */
  public RawPath normalize() {
    ArrayDeque<byte[]> parts = new ArrayDeque<>();
    int start = 1;
    for (int i = 1; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        byte[] part = Arrays.copyOfRange(bytes, start, i);
        start = i + 1;
        if (Arrays.equals(part, new byte[] {'.', '.'})) {
          parts.pollLast();
        } else if (part.length > 0 && !Arrays.equals(part, new byte[] {'.'})) {
          parts.addLast(part);
        }
      }
    }
    RawPath path = ROOT;
    for (byte[] part : parts) {
      path = path.resolve(part);
    }
    return path;
  }

  /** Tells whether {@link #normalize} would change nothing: no "", "." or ".." among the parts. */
  public boolean isNormal() {
    if (isRoot()) {
      return true;
    }
    int dots = 0;
    boolean other = false;
    for (int i = 1; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        if (!other && dots <= 2) {
          return false;
        }
        dots = 0;
        other = false;
      } else if (bytes[i] == '.') {
        dots++;
      } else {
        other = true;
      }
    }
    return true;
  }

  /** Tells whether this is {@code ancestor} or lies below it, component by component. */
  public boolean startsWith(RawPath ancestor) {
    int n = ancestor.bytes.length;
    if (ancestor.isRoot()) {
      return true;
    }
    return bytes.length >= n
        && Arrays.equals(bytes, 0, n, ancestor.bytes, 0, n)
        && (bytes.length == n || bytes[n] == '/');
  }

  /**
   * Returns what {@link #append} makes this of {@code ancestor}.
   *
   * @throws IllegalArgumentException if it is no ancestor
   */
  public RawPath below(RawPath ancestor) {
    if (!startsWith(ancestor)) {
      throw new IllegalArgumentException(this + " is not below " + ancestor);
    }
    if (ancestor.isRoot()) {
      return this;
    }
    return bytes.length == ancestor.bytes.length
        ? ROOT
        : new RawPath(Arrays.copyOfRange(bytes, ancestor.bytes.length, bytes.length));
  }

  /** Tells whether this is "/". */
  public boolean isRoot() {
    return bytes.length == 1;
  }

  /** Returns the number of bytes. */
  public int length() {
    return bytes.length;
  }

  /** Returns a copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Returns a copy of the bytes with a NUL after them, as C functions take it. */
  public byte[] toCString() {
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  private int lastSlash() {
    int i = bytes.length - 1;
    while (bytes[i] != '/') {
      i--;
    }
    return i;
  }

  @Override
  public int compareTo(RawPath other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RawPath path && hash == path.hash && Arrays.equals(bytes, path.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** Returns the path for people: printable ASCII as it is, every other byte as {@code \xHH}. */
  @Override
  public String toString() {
    return printable(bytes);
  }

  /**
   * Returns {@code bytes} for people: printable ASCII as it is, every other byte as {@code \xHH}.
   */
  public static String printable(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      if (b >= ' ' && b < 0x7f && b != '\\') {
        text.append((char) b);
      } else {
        text.append("\\x").append(HEX[(b >> 4) & 15]).append(HEX[b & 15]);
      }
    }
    return text.toString();
  }
}
