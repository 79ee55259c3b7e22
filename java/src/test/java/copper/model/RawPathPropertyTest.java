package copper.model;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds of every path, whatever its bytes. */
class RawPathPropertyTest {
  private static final byte[] SLASH = {'/'};

  @Provide
  Arbitrary<byte[]> names() {
    return Arbitraries.bytes()
        .filter(b -> b != 0 && b != '/')
        .array(byte[].class)
        .ofMinSize(1)
        .ofMaxSize(20);
  }

  @Provide
  Arbitrary<List<byte[]>> lists() {
    return names().list().ofMaxSize(6);
  }

  @Provide
  Arbitrary<RawPath> paths() {
    return lists().map(RawPathPropertyTest::path);
  }

  private static RawPath path(List<byte[]> names) {
    RawPath path = RawPath.ROOT;
    for (byte[] name : names) {
      path = path.resolve(name);
    }
    return path;
  }

  /** Paths with many slashes and dots in all places, as people and configurations write them. */
  @Provide
  Arbitrary<String> untidy() {
    return Arbitraries.of("/", "//", ".", "..", "a", "b", "...", ".a", "a.")
        .list()
        .ofMaxSize(12)
        .map(parts -> "/" + String.join("", parts));
  }

  /** Paths with a component between every two slashes, often a dot or two. */
  @Provide
  Arbitrary<String> dotted() {
    return Arbitraries.of("a", "b", ".", "..", "", "...")
        .list()
        .ofMaxSize(10)
        .map(parts -> "/" + String.join("/", parts));
  }

  @Property
  void bytesAreKept(@ForAll("lists") List<byte[]> names) {
    RawPath path = path(names);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (byte[] name : names) {
      expected.writeBytes(SLASH);
      expected.writeBytes(name);
    }
    byte[] bytes = names.isEmpty() ? SLASH : expected.toByteArray();
    assertArrayEquals(bytes, path.toBytes());
    assertEquals(bytes.length, path.length());
    assertEquals(path, RawPath.of(bytes));
    assertArrayEquals(Arrays.copyOf(bytes, bytes.length + 1), path.toCString());
    assertEquals(names.isEmpty(), path.isRoot());
  }

  @Property
  void parentAndNameUndoResolve(@ForAll("paths") RawPath path, @ForAll("names") byte[] name) {
    RawPath child = path.resolve(name);
    assertEquals(path, child.parent());
    assertEquals(path.hashCode(), child.parent().hashCode());
    assertArrayEquals(name, child.name());
    assertNotEquals(path, child);
    assertFalse(child.isRoot());
  }

  @Property
  void everyAncestorAndNoOtherIsOne(
      @ForAll("paths") RawPath path,
      @ForAll("names") byte[] name,
      @ForAll("names") byte[] more,
      @ForAll("paths") RawPath tail) {
    RawPath child = path.resolve(name);
    assertTrue(child.startsWith(path));
    assertTrue(child.startsWith(child));
    assertTrue(child.append(tail).startsWith(child));
    assertFalse(path.startsWith(child));
    // A name that only begins alike is another directory.
    byte[] longer = Arrays.copyOf(name, name.length + more.length);
    System.arraycopy(more, 0, longer, name.length, more.length);
    assertFalse(path.resolve(longer).startsWith(child));
    assertFalse(child.startsWith(path.resolve(longer)));
  }

  @Property
  void appendJoins(
      @ForAll("paths") RawPath first,
      @ForAll("lists") List<byte[]> second,
      @ForAll("paths") RawPath third) {
    RawPath expected = first;
    for (byte[] name : second) {
      expected = expected.resolve(name);
    }
    assertEquals(expected, first.append(path(second)));
    assertEquals(first.append(path(second).append(third)), expected.append(third));
    assertEquals(first, first.append(RawPath.ROOT));
    assertEquals(first, RawPath.ROOT.append(first));
  }

  @Property
  void parentsAreTidyWhateverThePath(@ForAll("untidy") String text) {
    RawPath path = RawPath.of(text);
    RawPath parent = path.parent();
    assertEquals(parent, RawPath.of(parent.toBytes()), "a trailing slash");
    assertTrue(path.startsWith(parent));
    assertTrue(path.isRoot() ? parent.isRoot() : parent.length() < path.length());
    assertFalse(new String(path.name(), US_ASCII).contains("/"));
    assertEquals(path.isRoot(), path.name().length == 0);
  }

  @Property
  void normalizeAgreesWithJavasOwn(@ForAll("untidy") String text, @ForAll("dotted") String dots) {
    for (String path : List.of(text, dots)) {
      RawPath normal = RawPath.of(path).normalize();
      assertEquals(Path.of(path).normalize().toString(), normal.toString());
      assertEquals(normal, normal.normalize());
    }
  }

  @Property
  void normalizeTakesAwayDetoursOnly(
      @ForAll("paths") RawPath start,
      @ForAll("names") byte[] detour,
      @ForAll("paths") RawPath end) {
    RawPath plain = start.append(end).normalize();
    RawPath here = start.resolve(new byte[] {'.'}).append(end);
    assertEquals(plain, here.normalize());
    if (!Arrays.equals(detour, new byte[] {'.'}) && !Arrays.equals(detour, new byte[] {'.', '.'})) {
      RawPath there = start.resolve(detour).resolve(new byte[] {'.', '.'}).append(end);
      assertEquals(plain, there.normalize());
    }
  }

  @Property
  void orderIsThatOfTheBytes(@ForAll("paths") RawPath first, @ForAll("paths") RawPath second) {
    int order = first.compareTo(second);
    assertEquals(
        Integer.signum(Arrays.compareUnsigned(first.toBytes(), second.toBytes())),
        Integer.signum(order));
    assertEquals(Integer.signum(order), -Integer.signum(second.compareTo(first)));
    assertEquals(order == 0, first.equals(second));
  }

  @Property
  void thePrintedPathIsAsciiAndTellsEveryByte(@ForAll("paths") RawPath path) {
    String text = path.toString();
    assertTrue(text.chars().allMatch(c -> c >= ' ' && c < 0x7f), text);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        assertEquals('x', text.charAt(i + 1));
        bytes.write(Integer.parseInt(text.substring(i + 2, i + 4), 16));
        i += 3;
      } else {
        bytes.write(text.charAt(i));
      }
    }
    assertArrayEquals(path.toBytes(), bytes.toByteArray());
  }

  @Provide
  Arbitrary<byte[]> withNul() {
    return Combinators.combine(paths(), paths())
        .as(
            (first, second) -> {
              byte[] bytes = first.append(second).toBytes();
              byte[] nul = Arrays.copyOf(bytes, bytes.length + 1);
              System.arraycopy(nul, first.length(), nul, first.length() + 1, tail(nul, first));
              nul[first.length()] = 0;
              return nul;
            });
  }

  private static int tail(byte[] bytes, RawPath head) {
    return bytes.length - head.length() - 1;
  }

  @Property
  void aNulIsRefusedAnywhere(@ForAll("withNul") byte[] bytes) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> RawPath.of(bytes));
    assertTrue(e.getMessage().contains("\\x00"), e.getMessage());
  }
}
