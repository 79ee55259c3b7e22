package copper.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class HelloTest {
  private static final Hello HELLO =
      new Hello(
          2, 7, Set.of("copper_list", "süß", ""), "3.1-rc", ByteBuffer.wrap(new byte[] {1, -1}));

  private static byte[] bytes(Hello hello) {
    return Messages.join(hello.encode());
  }

  @Test
  void whatIsSaidIsHeard() {
    assertEquals(HELLO, Hello.decode(Messages.direct(bytes(HELLO))));
    assertEquals(Hello.own(), Hello.decode(ByteBuffer.wrap(bytes(Hello.own()))));
  }

  @Property(tries = 50)
  void whatALaterVersionAddsIsPassedOver(@ForAll @IntRange(max = 500) int more) {
    byte[] longer = Arrays.copyOf(bytes(HELLO), bytes(HELLO).length + more);
    Arrays.fill(longer, bytes(HELLO).length, longer.length, (byte) 0xee);
    assertEquals(HELLO, Hello.decode(ByteBuffer.wrap(longer)));
  }

  @Test
  void whatIsCutShortIsRefused() {
    for (int i = 0; i < bytes(HELLO).length; i++) {
      ByteBuffer cut = ByteBuffer.wrap(bytes(HELLO), 0, i);
      assertThrows(CodecException.class, () -> Hello.decode(cut), "cut at " + i);
    }
  }

  @Test
  void whatNoVersionSaysIsRefused() {
    for (int[] range : new int[][] {{0, 1}, {3, 2}, {-1, -1}}) {
      Hello hello = new Hello(range[0], range[1], Set.of(), "", ByteBuffer.allocate(0));
      ByteBuffer message = ByteBuffer.wrap(bytes(hello));
      assertThrows(CodecException.class, () -> Hello.decode(message));
    }
    ByteBuffer endless = ByteBuffer.wrap(Arrays.copyOf(bytes(HELLO), 1 << 17));
    assertThrows(CodecException.class, () -> Hello.decode(endless));
  }

  @Test
  void theNewestVersionThatBothSpeakIsTaken() {
    assertEquals(7, HELLO.common(hello(5, 9)));
    assertEquals(2, HELLO.common(hello(1, 2)));
    assertEquals(4, HELLO.common(hello(4, 4)));
    assertEquals(0, HELLO.common(hello(8, 9)));
    assertEquals(0, hello(1, 1).common(HELLO));
  }

  @Test
  void theTreeIsTold() {
    assertEquals(Optional.empty(), Hello.own().tree());
    Hello hello = Hello.decode(ByteBuffer.wrap(bytes(Hello.own("2 trees, fan-out 5"))));
    assertEquals(Optional.of("2 trees, fan-out 5"), hello.tree());
    assertTrue(hello.features().containsAll(Rpcs.FEATURES));
    assertTrue(hello.needsTree());
    assertFalse(Hello.own(Hello.ORIGINAL + "rule").needsTree());
    assertFalse(Hello.own().needsTree());
  }

  private static Hello hello(int oldest, int newest) {
    return new Hello(oldest, newest, Set.of(), "", ByteBuffer.allocate(0));
  }
}
