package copper.model;

import java.util.Objects;
import java.util.function.Function;

/**
 * What storage or a parent answered: a value, or the errno an application shall see.
 *
 * <p>An errno is an ordinary answer here, not an exception: most of them (ENOENT above all) are
 * what a Python import is made of. Exceptions stay for what went wrong on our side.
 *
 * @param errno 0, or a positive Linux error number
 * @param value the value; null exactly when {@code errno} is not 0
 */
public record Reply<T>(int errno, T value) {
  /** Checks that there is a value or an errno, not both. */
  public Reply {
    if ((errno == 0) == (value == null) || errno < 0 || errno > Errno.MAX) {
      throw new IllegalArgumentException("errno " + errno + " with value " + value);
    }
  }

  /** Returns a successful answer. */
  public static <T> Reply<T> of(T value) {
    return new Reply<>(0, Objects.requireNonNull(value));
  }

  /** Returns a failure with {@code errno}, a positive error number. */
  public static <T> Reply<T> failure(int errno) {
    return new Reply<>(errno, null);
  }

  /** Tells whether there is a value. */
  public boolean ok() {
    return errno == 0;
  }

  /** Returns the answer with its value turned by {@code change}, or the same failure. */
  public <R> Reply<R> map(Function<? super T, ? extends R> change) {
    return ok() ? of(change.apply(value)) : failure(errno);
  }
}
