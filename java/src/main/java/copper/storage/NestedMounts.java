package copper.storage;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.model.RawPath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where on this machine a Copper, this one or the C++ one, shows a file system: a node that served
 * what lies there would ask another node, or itself, and a walk through two nodes that mirror "/"
 * would have no end.
 *
 * <p>What it says is at most a second old. Safe on any thread.
 */
public final class NestedMounts implements Supplier<Set<RawPath>> {
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");
  private static final long AGE_NANOS = Duration.ofSeconds(1).toNanos();

  private static final Pattern ESCAPE = Pattern.compile("\\\\(?!000)([0-3][0-7]{2})");

  private final Path table;
  private final Ticker ticker;
  private volatile Read last;

  private record Read(long time, Set<RawPath> points) {}

  /** Makes a view of this machine's mounts. */
  public NestedMounts(Ticker ticker) {
    this(MOUNTINFO, ticker);
  }

  NestedMounts(Path table, Ticker ticker) {
    this.table = table;
    this.ticker = ticker;
  }

  @Override
  public Set<RawPath> get() {
    Read known = last;
    long now = ticker.read();
    if (known == null || now - known.time() > AGE_NANOS) {
      known = new Read(now, read(known));
      last = known;
    }
    return known.points();
  }

  private Set<RawPath> read(Read known) {
    try {
      return points(Files.readString(table, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      // Without /proc no mount of ours can be seen; what is known stays true.
      return known == null ? Set.of() : known.points();
    }
  }

  /** Returns the mount points in a table as proc(5) describes it, its chars being bytes. */
  static Set<RawPath> points(String mountinfo) {
    Set<RawPath> points = new HashSet<>();
    for (String line : mountinfo.split("\n", -1)) {
      int type = line.indexOf(" - fuse");
      if (type >= 0 && isCopper(line.substring(type + 3).split(" ", -1))) {
        String[] fields = line.split(" ", -1);
        if (fields.length > 4 && fields[4].startsWith("/")) {
          points.add(RawPath.of(unescape(fields[4])));
        }
      }
    }
    return Set.copyOf(points);
  }

  /** The type of the file system and its source follow one another. */
  private static boolean isCopper(String[] fields) {
    return fields[0].equals("fuse.copper")
        || fields[0].equals("fuse.cu_fuse")
        || (fields.length > 1 && fields[1].startsWith("copper:"));
  }

  /** A backslash and three octal digits stand for a byte (but not for a NUL, which no path has). */
  private static byte[] unescape(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Matcher escape = ESCAPE.matcher(text);
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && escape.region(i, text.length()).lookingAt()) {
        bytes.write(Integer.parseInt(escape.group(1), 8));
        i += 3;
      } else {
        bytes.write(text.charAt(i) == 0 ? '?' : text.charAt(i));
      }
    }
    return bytes.toByteArray();
  }
}
