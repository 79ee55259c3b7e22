package copper.model;

import java.util.concurrent.CompletionException;

/** What futures fail with. */
public final class Failures {
  private Failures() {}

  /** Returns why a future has failed: the exception that those of further stages wrap. */
  public static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
