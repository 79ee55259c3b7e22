package copper.control;

import copper.model.RawPath;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is to be prefetched: paths, or what a trace has.
 *
 * @param trace the file with the trace, if there is one; no paths then
 * @param paths absolute paths, below the mount or on storage
 */
public record PrefetchRequest(Optional<Path> trace, List<String> paths) {
  private static final String TRACE = "trace";
  private static final String PATHS = "paths";

  /** Takes an unmodifiable copy of the list. */
  public PrefetchRequest {
    paths = List.copyOf(paths);
  }

  /** Returns its bytes: words, a NUL after each. */
  public ByteBuffer encode() {
    List<String> words = new ArrayList<>();
    words.add(trace.isPresent() ? TRACE : PATHS);
    trace.ifPresent(file -> words.add(file.toString()));
    words.addAll(paths);
    return ByteBuffer.wrap(String.join("\0", words).getBytes(StandardCharsets.UTF_8));
  }

  /** Reads a request. */
  public static PrefetchRequest decode(ByteBuffer body) {
    List<String> words = List.of(StandardCharsets.UTF_8.decode(body).toString().split("\0", -1));
    List<String> rest = words.subList(1, words.size());
    return words.get(0).equals(TRACE) && rest.size() == 1
        ? new PrefetchRequest(Optional.of(Path.of(rest.get(0))), List.of())
        : new PrefetchRequest(Optional.empty(), rest);
  }

  /**
   * Returns the paths on storage.
   *
   * @param mount where the node is mounted
   * @param target what it mirrors
   * @throws IllegalArgumentException with one line, if one is neither below the mount nor the
   *     target
   */
  List<RawPath> onStorage(Path mount, RawPath target) {
    List<RawPath> found = new ArrayList<>();
    for (String path : paths) {
      if (path.isEmpty() || !path.startsWith(File.separator)) {
        throw new IllegalArgumentException("'" + path + "' is no absolute path");
      }
      RawPath raw = RawPath.of(path).normalize();
      RawPath mounted = RawPath.of(mount.toString()).normalize();
      if (raw.startsWith(mounted)) {
        found.add(target.append(raw.below(mounted)));
      } else if (raw.startsWith(target)) {
        found.add(raw);
      } else {
        throw new IllegalArgumentException(
            path + " is neither below the mount " + mount + " nor below " + target);
      }
    }
    return found;
  }
}
