package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * INIT as kernels of several versions send it: that of Linux 6.18 was recorded, the others are laid
 * out as their linux/fuse.h and fs/fuse/inode.c say.
 */
class NegotiationTest {
  private static final String HEADER =
      "1a000000" + "0200000000000000" + "00".repeat(24); // opcode 26, unique 2

  /** Linux 4.18, of RHEL 8. */
  private static final String V27 = "38000000" + HEADER + "070000001b00000000000200fbff3f00";

  /** Linux 5.4. */
  private static final String V31 = "38000000" + HEADER + "070000001f00000000000200fbffff03";

  /** Linux 5.14, of SLES 15. */
  private static final String V34 = "38000000" + HEADER + "070000002200000000000200fbffff3b";

  /** Linux 6.18. */
  private static final String V45 =
      "68000000" + HEADER + "070000002d00000000000200fbffff73fd050000" + "00".repeat(44);

  private static ByteBuffer bytes(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Negotiation read(String hex) {
    ByteBuffer request = bytes(hex);
    assertEquals(request.capacity(), request.getInt(Fuse.IN_LENGTH));
    return Negotiation.read(request, request.capacity(), Fuse.MINOR);
  }

  @Test
  void theNewestKernelGivesEveryFeature() {
    Negotiation features = read(V45);
    assertAll(
        () -> assertEquals(38, features.minor()),
        () -> assertEquals(45, features.kernelMinor()),
        () -> assertTrue(features.skipsOpen()),
        () -> assertTrue(features.skipsOpendir()),
        () -> assertTrue(features.expiresEntries()),
        () -> assertTrue(features.has(Negotiation.PARALLEL_DIROPS)),
        () -> assertTrue(features.has(Negotiation.DO_READDIRPLUS)),
        () -> assertTrue(features.has(Negotiation.CACHE_SYMLINKS)),
        () -> assertTrue(features.has(Negotiation.EXPLICIT_INVAL_DATA)),
        () -> assertEquals(256, features.maxPages()));
  }

  @Test
  void linux418OpensDirectoriesThroughUsAndReadsLess() {
    Negotiation features = read(V27);
    assertAll(
        () -> assertEquals(27, features.minor()),
        () -> assertTrue(features.skipsOpen()),
        () -> assertTrue(features.has(Negotiation.PARALLEL_DIROPS)),
        () -> assertFalse(features.skipsOpendir()),
        () -> assertFalse(features.expiresEntries()),
        () -> assertFalse(features.has(Negotiation.CACHE_SYMLINKS)),
        () -> assertFalse(features.has(Negotiation.INIT_EXT)),
        () -> assertEquals(0, features.maxPages()));
  }

  @Test
  void linux54And514HaveAllButExpiredEntries() {
    for (String hex : new String[] {V31, V34}) {
      Negotiation features = read(hex);
      assertTrue(features.skipsOpendir());
      assertTrue(features.has(Negotiation.EXPLICIT_INVAL_DATA));
      assertFalse(features.expiresEntries());
      assertEquals(0, features.flags() >>> 32);
      assertEquals(256, features.maxPages());
    }
  }

  @Test
  void aNewKernelCanBeTakenForAnOldOne() {
    ByteBuffer request = bytes(V45);
    Negotiation features = Negotiation.read(request, request.capacity(), 27);
    assertEquals(read(V27).flags(), features.flags());
    assertEquals(27, features.minor());
  }

  @Test
  void anotherProtocolIsRefused() {
    assertNull(read(V27.replace("070000001b", "080000001b")));
    assertNull(read(V27.replace("070000001b", "0700000016")));
    assertNull(Negotiation.read(bytes(V27), 40, Fuse.MINOR));
  }

  /** The bits that are not ours stay zero: the kernel would take them for promises. */
  @Test
  void nothingIsAgreedThatWasNotAskedFor() {
    assertEquals(0, read(V45).flags() & ~(0x43_c6_60_21L | 1L << 35));
    assertFalse(read(V45).has(1L << 12), "pages would go whenever a time changes");
  }
}
