package copper.node;

import copper.config.UsageException;
import copper.model.RawPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Resolves the symbolic links in the paths of the command line. */
final class RealPaths {
  private RealPaths() {}

  /**
   * Returns the directory that {@code target} leads to: what is mirrored has to be a directory
   * itself, since the root of a file system cannot be a symbolic link.
   *
   * @throws UsageException if there is none
   */
  static RawPath target(RawPath target) throws UsageException {
    if (target.isRoot()) {
      return target;
    }
    Path path = Path.of(text(target));
    if (!Files.isDirectory(path)) {
      throw new UsageException("-tpath " + target + " is no directory; name one that exists");
    }
    return real(target);
  }

  /** Returns the names by which a walk over storage could come to {@code path}. */
  static Set<RawPath> names(RawPath path) {
    return path.equals(real(path)) ? Set.of(path) : Set.of(path, real(path));
  }

  /** What does not exist yet has the links in the path of its directory resolved. */
  private static RawPath real(RawPath path) {
    try {
      return RawPath.of(Path.of(text(path)).toRealPath().toString());
    } catch (IOException e) {
      return path.isRoot() ? path : real(path.parent()).resolve(path.name());
    }
  }

  private static String text(RawPath path) {
    return new String(path.toBytes(), StandardCharsets.UTF_8);
  }
}
