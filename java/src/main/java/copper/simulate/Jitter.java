package copper.simulate;

import java.util.SplittableRandom;

/** Times that differ at random, the same ones for the same seed. */
final class Jitter {
  private final SplittableRandom random;
  private final double part;

  /** Makes a jitter of up to {@code part} more or less. */
  Jitter(long seed, double part) {
    this.random = new SplittableRandom(seed);
    this.part = part;
  }

  /** Returns {@code time}, in ns, or a little more or less. */
  long around(long time) {
    return part == 0 || time == 0
        ? time
        : (long) (time * (1 + part * (2 * random.nextDouble() - 1)));
  }

  /** Returns a time between 0 and {@code most}. */
  long within(long most) {
    return most == 0 ? 0 : random.nextLong(most);
  }
}
