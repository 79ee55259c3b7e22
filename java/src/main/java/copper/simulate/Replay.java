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
  private final Runnable onEnd;
  private boolean brokenOff;
  private long end;
  private long longestWait;
  private int unlike;

  /**
   * Makes a program that starts at {@code begin}, in ns.
   *
   * @param onEnd run when the program is over
   */
  Replay(
      Program program,
      CooperativeStore store,
      VirtualTime time,
      Parameters.Load load,
      Jitter jitter,
      long begin,
      Runnable onEnd) {
    this.program = program;
    this.store = store;
    this.time = time;
    this.load = load;
    this.jitter = jitter;
    this.begin = begin;
    this.onEnd = onEnd;
    this.left = program.size();
    this.end = begin;
  }

  /** Has the program start when its time has come. */
  void schedule() {
    time.at(begin, () -> follow(program.first()));
    if (left == 0) {
      onEnd.run();
    }
  }

  /** Has the program ask no more, its node being lost; returns whether it was not over. */
  boolean breakOff() {
    brokenOff = true;
    return left > 0;
  }

  private void follow(int[] requests) {
    for (int request : requests) {
      time.at(time.read() + jitter.around(program.pause(request)), () -> ask(request));
    }
  }

  private void ask(int request) {
    if (brokenOff) {
      return;
    }
    long asked = time.read();
    program
        .ask(store, request)
        .whenComplete(
            (errno, failure) -> {
              if (failure != null || program.isUnlike(request, errno)) {
                unlike++;
              }
              longestWait = Math.max(longestWait, time.read() - asked);
              time.at(time.read() + load.request(), () -> answered(request));
            });
  }

  private void answered(int request) {
    if (brokenOff) {
      return;
    }
    left--;
    end = time.read();
    if (left == 0) {
      onEnd.run();
    }
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

  /** Returns how long the program waited for the answer that took longest, in ns. */
  long longestWait() {
    return longestWait;
  }

  /** Returns how many answers were other ones than in the trace, as to errno. */
  int unlike() {
    return unlike;
  }
}
