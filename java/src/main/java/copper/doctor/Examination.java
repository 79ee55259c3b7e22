package copper.doctor;

import java.util.List;

/** Looks at one matter. */
public interface Examination {
  /** Returns what is looked at, in a word or two. */
  String matter();

  /** Looks, and returns what was found, in the order to be shown. Changes nothing. */
  List<Finding> findings();
}
