package copper.config;

/** Whether a node sends its children what they have not asked for ({@code -push}). */
public enum PushMode {
  /** It does not. */
  OFF,
  /** It does. */
  ON,
  /** It does once its children are seen to ask for the same things. */
  AUTO;

  /**
   * Reads the flag's value.
   *
   * @throws UsageException if it is none
   */
  public static PushMode parse(String text) throws UsageException {
    return switch (text) {
      case "off" -> OFF;
      case "on" -> ON;
      case "auto" -> AUTO;
      default -> throw new UsageException("-push is off, on or auto, not '" + text + "'");
    };
  }
}
