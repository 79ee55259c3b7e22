package copper.config;

/** A whole number that is the value of a flag. */
public final class WholeNumber {
  private WholeNumber() {}

  /**
   * Returns what {@code text} says, or {@code otherwise} if it is null.
   *
   * @param flag as the user writes it, with its dashes
   * @throws UsageException if it is no whole number from {@code min} to {@code max}
   */
  public static long of(String flag, String text, long otherwise, long min, long max)
      throws UsageException {
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text.strip());
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Reported below, with the range.
    }
    throw new UsageException(
        flag + " takes a whole number from " + min + " to " + max + ", not '" + text + "'");
  }
}
