package copper.metrics;

/**
 * Something that was begun and has not ended: a request, a call of storage or of another node.
 *
 * <p>Two are never equal.
 */
public final class Pending {
  private final String operation;
  private final Object subject;
  private final long since;

  /**
   * Makes one.
   *
   * @param subject what it is about, such as a path; only its text is ever asked for
   * @param since when it was begun, in nanoseconds as {@link System#nanoTime} has them
   */
  public Pending(String operation, Object subject, long since) {
    this.operation = operation;
    this.subject = subject;
    this.since = since;
  }

  /** Returns when it was begun, in nanoseconds. */
  public long since() {
    return since;
  }

  /** Returns what is done, and to what. */
  @Override
  public String toString() {
    return operation + " " + subject;
  }
}
