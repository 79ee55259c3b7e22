package copper.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The mounts this process sees (proc(5), /proc/self/mountinfo), as text whose chars are the bytes.
 */
final class MountTable {
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private MountTable() {}

  /**
   * Returns the type of the file system mounted last at {@code mountPoint}, such as "fuse.copper",
   * or nothing if none is mounted there.
   */
  static Optional<String> typeAt(Path mountPoint) throws IOException {
    return typeAt(table(), real(mountPoint));
  }

  /** Returns where file systems of this type are mounted, as far as that is text. */
  static List<Path> ofType(String type) throws IOException {
    return Stream.of(table().split("\n"))
        .map(line -> line.split(" "))
        .filter(fields -> fields.length > 6 && type(fields).equals(type))
        .map(fields -> Path.of(text(fields[4])))
        .distinct()
        .toList();
  }

  /** Undoes {@link #escape}. */
  private static String text(String escaped) {
    byte[] bytes = new byte[escaped.length()];
    int length = 0;
    for (int i = 0; i < escaped.length(); i++) {
      boolean octal = escaped.charAt(i) == '\\' && i + 3 < escaped.length();
      bytes[length++] =
          (byte) (octal ? Integer.parseInt(escaped.substring(i + 1, i + 4), 8) : escaped.charAt(i));
      i += octal ? 3 : 0;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** Returns the device number of that file system as the kernel writes it, such as "0:52". */
  static Optional<String> deviceAt(Path mountPoint) throws IOException {
    return fieldsAt(table(), real(mountPoint)).map(fields -> fields[2]);
  }

  /** Returns {@code mountPoint} as the kernel writes it into the table. */
  static String placeOf(Path mountPoint) {
    byte[] escaped = escape(bytes(real(mountPoint))).getBytes(StandardCharsets.ISO_8859_1);
    return new String(escaped, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String table() throws IOException {
    return Files.readString(MOUNTINFO, StandardCharsets.ISO_8859_1);
  }

  /**
   * Returns {@code path} as the kernel has it: without symbolic links on the way to it. The mount
   * point itself is not looked at, because a mount that is dead or busy would fail or wait.
   */
  private static Path real(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      return path;
    }
    try {
      return parent.toRealPath().resolve(path.getFileName());
    } catch (IOException e) {
      // What cannot be resolved is looked for as it was given.
      return path;
    }
  }

  static Optional<String> typeAt(String mountinfo, Path mountPoint) {
    return fieldsAt(mountinfo, mountPoint).map(MountTable::type);
  }

  private static Optional<String[]> fieldsAt(String mountinfo, Path mountPoint) {
    String escaped = escape(bytes(mountPoint));
    // Not lines(): a path may hold a carriage return, which the kernel does not escape.
    return Stream.of(mountinfo.split("\n"))
        .map(line -> line.split(" "))
        .filter(fields -> fields.length > 6 && fields[4].equals(escaped))
        .reduce((first, last) -> last);
  }

  /** The type stands after the "-" that ends the optional fields. */
  private static String type(String[] fields) {
    int i = 6;
    while (i < fields.length - 1 && !fields[i].equals("-")) {
      i++;
    }
    return i + 1 < fields.length ? fields[i + 1] : "";
  }

  /** Writes space, tab, newline and backslash as the kernel does, in three octal digits. */
  private static String escape(byte[] path) {
    StringBuilder text = new StringBuilder();
    for (byte b : path) {
      if (b == ' ' || b == '\t' || b == '\n' || b == '\\') {
        text.append(String.format("\\%03o", (int) b));
      } else {
        text.append((char) (b & 0xff));
      }
    }
    return text.toString();
  }
}
