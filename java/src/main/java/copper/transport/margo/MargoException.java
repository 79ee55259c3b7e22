package copper.transport.margo;

/** What a function of Margo or Mercury said went wrong: which function, the code and its name. */
final class MargoException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String name;

  /** Called by native code too. */
  MargoException(String function, int code, String name) {
    super(function + ": " + name + " (" + code + ")");
    this.name = name;
  }

  /** Returns the name of Mercury's code, such as HG_TIMEOUT. */
  String name() {
    return name;
  }
}
