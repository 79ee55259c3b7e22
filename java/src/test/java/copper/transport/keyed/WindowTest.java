package copper.transport.keyed;

import static copper.testing.Interleavings.together;
import static copper.testing.Interleavings.tryMany;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.Payload;
import copper.transport.Secret;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Numbers that come again, and the code over many buffers. */
class WindowTest {
  @Test
  void eachNumberIsAcceptedOnceInAnyOrder() {
    Window window = new Window();
    Random random = new Random(3);
    boolean[] seen = new boolean[100_000];
    int highest = -1;
    for (int i = 0; i < 200_000; i++) {
      int number = Math.max(0, Math.min(seen.length - 1, i / 2 + random.nextInt(3_000) - 1_500));
      boolean old = seen[number] || number <= highest - Window.SIZE;
      assertTrue(window.accept(number) != old, "number " + number);
      seen[number] = true;
      highest = Math.max(highest, number);
    }
  }

  @Test
  void whatWasOvertakenByTooManyIsRefused() {
    Window window = new Window();
    assertTrue(window.accept(Window.SIZE + 5));
    assertFalse(window.accept(5));
    assertTrue(window.accept(6));
    assertTrue(window.accept(Long.MAX_VALUE - 1));
    assertTrue(window.accept(Long.MAX_VALUE - 2));
    assertFalse(window.accept(Long.MAX_VALUE - 1));
    assertFalse(window.accept(Long.MAX_VALUE));
    assertFalse(window.accept(-1));
    assertFalse(window.accept(Window.SIZE + 6));
  }

  @Test
  void ofCallsThatComeAtOnceWithOneNumberOneIsTaken() {
    tryMany(
        () -> {
          Window window = new Window();
          boolean[] taken = new boolean[3];
          together(
              () -> taken[0] = window.accept(3),
              () -> taken[1] = window.accept(3),
              () -> taken[2] = window.accept(4));
          assertTrue(taken[0] != taken[1] && taken[2]);
          assertFalse(window.accept(3) || window.accept(4));
        });
  }

  @Test
  void theCodeIsJavasOwn() {
    Random random = new Random(4);
    byte[] key = new byte[32];
    for (int length : new int[] {0, 1, 55, 56, 64, 1000, 100_000}) {
      random.nextBytes(key);
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      ByteBuffer all = ByteBuffer.wrap(bytes);
      int cut = random.nextInt(length + 1);
      assertArrayEquals(
          Secret.of(key).mac(bytes),
          new Hmac(key, Sha256.JAVA)
              .of(List.of(all.slice(0, cut)), List.of(all.slice(cut, length - cut))));
    }
    assertArrayEquals(Sha256.JAVA.of(Payload.EMPTY), Sha256.JAVA.of(Payload.of(new byte[0])));
  }
}
