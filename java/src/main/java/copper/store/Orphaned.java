package copper.store;

/**
 * Why a call has no answer: no node above this one is there, so storage is to be asked. It never
 * leaves this package.
 */
final class Orphaned extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Orphaned() {
    // A stack trace would cost more than the call.
    super("no node above answers", null, false, false);
  }
}
