package copper.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * JSON for a script element of a page: nothing in it ends the element or begins a comment, whatever
 * the strings are.
 */
final class Json {
  private final StringBuilder out = new StringBuilder();

  private Json() {}

  /**
   * Returns {@code value} as JSON: maps, lists, arrays of numbers, strings, numbers, booleans.
   *
   * @throws IllegalArgumentException if it is, or holds, something else
   */
  static String of(Object value) {
    Json json = new Json();
    json.add(value);
    return json.out.toString();
  }

  private void add(Object value) {
    if (value instanceof Map<?, ?> map) {
      String separator = "{";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.append(separator);
        add(entry.getKey().toString());
        out.append(':');
        add(entry.getValue());
        separator = ",";
      }
      out.append(map.isEmpty() ? "{}" : "}");
    } else if (value instanceof List<?> list) {
      String separator = "[";
      for (Object item : list) {
        out.append(separator);
        add(item);
        separator = ",";
      }
      out.append(list.isEmpty() ? "[]" : "]");
    } else if (value instanceof double[] numbers) {
      add(Arrays.stream(numbers).boxed().toList());
    } else if (value instanceof String text) {
      addText(text);
    } else if (value instanceof Double number) {
      addNumber(number);
    } else if (value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else {
      throw new IllegalArgumentException("no JSON: " + value);
    }
  }

  /** Three digits behind the point are more than a picture shows. */
  private void addNumber(double number) {
    if (number == Math.rint(number) && Math.abs(number) < 1e15) {
      out.append((long) number);
    } else if (Double.isFinite(number)) {
      out.append(String.format(Locale.ROOT, "%.3f", number));
    } else {
      throw new IllegalArgumentException("no JSON: " + number);
    }
  }

  private void addText(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || "\"\\<>&'".indexOf(c) >= 0) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
