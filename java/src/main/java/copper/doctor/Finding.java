package copper.doctor;

/**
 * One thing that an examination found.
 *
 * @param what what is so, in a few words that name it
 * @param advice what to do about it; empty where there is nothing to do
 */
public record Finding(State state, String what, String advice) {
  /** How bad it is. */
  public enum State {
    /** As it should be. */
    FINE,
    /** Copper works, but slower than it could, or not in all ways. */
    NOTE,
    /** Copper does not work like this. */
    PROBLEM
  }

  static Finding fine(String what) {
    return new Finding(State.FINE, what, "");
  }

  static Finding note(String what, String advice) {
    return new Finding(State.NOTE, what, advice);
  }

  static Finding problem(String what, String advice) {
    return new Finding(State.PROBLEM, what, advice);
  }
}
