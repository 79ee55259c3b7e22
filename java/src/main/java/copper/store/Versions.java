package copper.store;

import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.util.Optional;

/**
 * Notices that attributes and content which came in different answers are of two states of a file,
 * because storage has changed in between: both are then forgotten, to be asked for anew.
 *
 * <p>Each node does so for what it hands on, or its children would hear the same two again.
 */
final class Versions {
  private final CooperativeStore store;

  Versions(CooperativeStore store) {
    this.store = store;
  }

  /** Returns {@code file}, or ESTALE if {@code stat} are attributes of another state. */
  Reply<WholeFile> ofOne(RawPath path, FileStat stat, Reply<WholeFile> file) {
    if (goTogether(stat, file)) {
      return file;
    }
    store.forget(path);
    return Reply.failure(Errno.ESTALE);
  }

  /** Returns {@code answer}, or ESTALE if it does not {@linkplain #fits fit}. */
  <T> Reply<T> ofOne(Query<T> query, RawPath path, Reply<T> answer) {
    return fits(query, path, answer) ? answer : Reply.failure(Errno.ESTALE);
  }

  /**
   * Tells whether the answer to {@code query} goes with the attributes that are known of {@code
   * path}; if not, nothing is known of it any more.
   */
  <T> boolean fits(Query<T> query, RawPath path, Reply<T> answer) {
    if (!Query.CONTENT.contains(query)) {
      return true;
    }
    Optional<FileStat> known =
        store.cacheOf(Query.LSTAT).peek(path).filter(Reply::ok).map(Reply::value);
    boolean fits = known.isEmpty() || goTogether(query, known.get(), answer);
    if (!fits) {
      store.forget(path);
    }
    return fits;
  }

  private static boolean goTogether(Query<?> query, FileStat stat, Reply<?> answer) {
    if (query == Query.READLINK) {
      return !stat.isSymbolicLink() || answer.errno() != Errno.EINVAL;
    }
    return query == Query.READ_FILE
        ? goTogether(stat, answer)
        : !stat.isDirectory() || answer.errno() != Errno.ENOTDIR;
  }

  private static boolean goTogether(FileStat stat, Reply<?> file) {
    if (!stat.isRegularFile()) {
      return true;
    }
    return switch (file.errno()) {
      case 0 -> ((WholeFile) file.value()).goesWith(stat);
      case Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.EISDIR, Errno.EINVAL -> false;
      default -> true;
    };
  }
}
