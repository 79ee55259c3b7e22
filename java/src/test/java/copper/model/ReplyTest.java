package copper.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer is a value or an errno, never both and never neither. */
class ReplyTest {
  @Test
  void aValueIsOk() {
    Reply<String> reply = Reply.of("x");
    assertTrue(reply.ok());
    assertEquals(0, reply.errno());
    assertEquals("x", reply.value());
    assertEquals(Reply.of(1), reply.map(String::length));
  }

  @Test
  void aFailureHasNoValueAndStaysWhenMapped() {
    Reply<String> reply = Reply.failure(Errno.ENOENT);
    assertFalse(reply.ok());
    assertNull(reply.value());
    assertEquals(Reply.failure(Errno.ENOENT), reply.map(value -> fail("there is no value")));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -2, 4096, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void whatIsNoErrnoIsRefused(int errno) {
    assertThrows(IllegalArgumentException.class, () -> Reply.failure(errno));
  }

  @Test
  void bothAndNeitherAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Reply<>(Errno.EIO, "x"));
    assertThrows(IllegalArgumentException.class, () -> new Reply<>(0, null));
    assertThrows(NullPointerException.class, () -> Reply.of(null));
    assertThrows(NullPointerException.class, () -> Reply.of("x").map(value -> null));
    assertEquals(4095, Reply.failure(Errno.MAX).errno());
  }
}
