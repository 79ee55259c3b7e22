package copper.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths people would write down. */
class RawPathTest {
  @ParameterizedTest
  @CsvSource({
    "/, /",
    "///, /",
    "/a, /a",
    "/a/, /a",
    "/a//, /a",
    "/a//b, /a//b",
    "/a/../b, /a/../b",
  })
  void onlySlashesAtTheEndAreDropped(String given, String kept) {
    assertEquals(kept, RawPath.of(given).toString());
    assertEquals(RawPath.of(kept), RawPath.of(given));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a/b", "./a", "../a", " /a"})
  void relativePathsAreRefused(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> RawPath.of(text));
    assertEquals("not an absolute path: '" + text + "'", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"/, /, ''", "/a, /, a", "/a/b, /a, b", "/a//b, /a, b", "//a, /, a"})
  void parentAndName(String path, String parent, String name) {
    assertEquals(RawPath.of(parent), RawPath.of(path).parent());
    assertArrayEquals(name.getBytes(StandardCharsets.US_ASCII), RawPath.of(path).name());
  }

  @ParameterizedTest
  @CsvSource({
    "/a/./b, /a/b",
    "/a//b, /a/b",
    "/a/../b, /b",
    "/a/b/../.., /",
    "/../../a, /a",
    "/.., /",
    "/.../..a, /.../..a",
  })
  void normalize(String path, String normal) {
    assertEquals(normal, RawPath.of(path).normalize().toString());
  }

  @Test
  void belowIsWhatAppendAdds() {
    RawPath target = RawPath.of("/a/b");
    assertEquals(RawPath.of("/c"), RawPath.of("/a/b/c").below(target));
    assertEquals(RawPath.ROOT, target.below(target));
    assertEquals(target, target.below(RawPath.ROOT));
    assertThrows(IllegalArgumentException.class, () -> RawPath.of("/a/bc").below(target));
  }

  @Test
  void textIsUtf8AndPrintedInHex() {
    RawPath path = RawPath.of("/caf\u00e9 \\\n");
    assertArrayEquals(
        new byte[] {'/', 'c', 'a', 'f', (byte) 0xc3, (byte) 0xa9, ' ', '\\', '\n'}, path.toBytes());
    assertEquals("/caf\\xc3\\xa9 \\x5c\\x0a", path.toString());
  }

  @Test
  void arraysAreCopied() {
    byte[] bytes = {'/', 'a'};
    RawPath path = RawPath.of(bytes);
    bytes[1] = 'b';
    path.toBytes()[1] = 'c';
    path.name()[0] = 'd';
    assertEquals(RawPath.of("/a"), path);
    assertNotEquals(path, (Object) "/a");
  }

  @Test
  void highBytesSortAfterAscii() {
    assertTrue(RawPath.of(new byte[] {'/', (byte) 0x80}).compareTo(RawPath.of("/z")) > 0);
  }
}
