package copper.fuse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How a file system is to be mounted, whatever mounts it.
 *
 * @param source what the mount table shows as the source
 * @param negativeTimeout how long the kernel may remember that a name is missing
 * @param debug whether every request is printed on the standard error
 * @param users the user's own -o options, each a list with commas; they come last and win
 */
public record MountOptions(
    String source, Duration negativeTimeout, boolean debug, List<String> users) {
  /** How long the kernel may keep what is there; a reset does not wait for it. */
  public static final Duration POSITIVE_TIMEOUT = Duration.ofHours(24);

  /** The kernel's default of 12 requests in the background starves read-ahead. */
  public static final int MAX_BACKGROUND = 128;

  /** With so many requests in the background the kernel holds further read-ahead back. */
  public static final int CONGESTION_THRESHOLD = 96;

  /** Takes an unmodifiable copy of the list. */
  public MountOptions {
    users = List.copyOf(users);
  }

  /** Returns the user's options one by one; in each, "\," is a comma and "\\" a backslash. */
  public List<String> words() {
    List<String> words = new ArrayList<>();
    for (String list : users) {
      StringBuilder word = new StringBuilder();
      for (int i = 0; i < list.length(); i++) {
        char c = list.charAt(i);
        if (c == ',') {
          words.add(word.toString());
          word.setLength(0);
        } else if (c == '\\' && i + 1 < list.length()) {
          word.append(list.charAt(++i));
        } else {
          word.append(c);
        }
      }
      words.add(word.toString());
    }
    words.removeIf(String::isEmpty);
    return words;
  }
}
