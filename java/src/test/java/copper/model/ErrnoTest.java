package copper.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers are Linux', and each has its name. */
class ErrnoTest {
  static List<Field> constants() {
    return Stream.of(Errno.class.getFields()).filter(f -> f.getName().startsWith("E")).toList();
  }

  @Test
  void thereAreConstants() {
    assertTrue(constants().size() > 20);
  }

  @ParameterizedTest
  @MethodSource("constants")
  void isTheNumberOfThisSystemAndNamed(Field constant) throws IllegalAccessException {
    String name = constant.getName();
    int number = constant.getInt(null);
    assertEquals(jnr.constants.platform.Errno.valueOf(name).intValue(), number);
    assertEquals(name, Errno.name(number));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 3, 4095, Integer.MIN_VALUE})
  void othersAreNumbers(int number) {
    assertEquals("errno " + number, Errno.name(number));
  }
}
