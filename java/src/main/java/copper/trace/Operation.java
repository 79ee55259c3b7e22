package copper.trace;

import java.util.Arrays;
import java.util.Optional;

/** What can be asked of the store, under its name in a trace. */
public enum Operation {
  /** The attributes of a path. */
  STAT("stat"),
  /** The names in a directory. */
  LIST("list"),
  /** The target of a symbolic link. */
  LINK("link"),
  /** A stretch of a file. */
  READ("read"),
  /** The space of a file system. */
  STATFS("statfs");

  private final String word;

  Operation(String word) {
    this.word = word;
  }

  /** Returns the name in a trace. */
  public String word() {
    return word;
  }

  /** Returns the operation with that name, if there is one. */
  public static Optional<Operation> of(String word) {
    return Arrays.stream(values()).filter(operation -> operation.word.equals(word)).findFirst();
  }
}
