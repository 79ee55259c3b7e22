package copper.simulate;

import copper.store.CooperativeStore;

/** A node's program on its way through its requests. */
final class Replay {
  private final Program program;
  private final CooperativeStore store;
  private final VirtualTime time;
  private final Parameters.Load load;
  private final Jitter jitter;
  private final long begin;
  private int left;
  private long end;
  private int unlike;

  /** Makes a program that starts at {@code begin}, in ns. */
  Replay(
      Program program,
      CooperativeStore store,
      VirtualTime time,
      Parameters.Load load,
      Jitter jitter,
      long begin) {
    this.program = program;
    this.store = store;
    this.time = time;
    this.load = load;
    this.jitter = jitter;
    this.begin = begin;
    this.left = program.size();
    this.end = begin;
  }

  /** Has the program start when its time has come. */
  void schedule() {
    time.at(begin, () -> follow(program.first()));
  }

  private void follow(int[] requests) {
    for (int request : requests) {
      time.at(time.read() + jitter.around(program.pause(request)), () -> ask(request));
    }
  }

  private void ask(int request) {
    program
        .ask(store, request)
        .whenComplete(
            (errno, failure) -> {
              if (failure != null || program.isUnlike(request, errno)) {
                unlike++;
              }
              time.at(time.read() + load.request(), () -> answered(request));
            });
  }

  private void answered(int request) {
    left--;
    end = time.read();
    follow(program.followers(request));
  }

  /** Tells whether every request has been answered. */
  boolean isOver() {
    return left == 0;
  }

  /** Returns how long the program took, in ns. */
  long took() {
    return end - begin;
  }

  /** Returns how many answers were other ones than in the trace, as to errno. */
  int unlike() {
    return unlike;
  }
}
