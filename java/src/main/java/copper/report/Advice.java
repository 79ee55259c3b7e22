package copper.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which entries of search paths cost lookups that find nothing.
 *
 * <p>The kernel stops at the first component that does not exist: of an entry whose directory is
 * missing, only that much is seen.
 */
final class Advice {
  /** Directories named for each variable. */
  private static final int MOST_ITEMS = 6;

  private static final int MOST_NAMES = 4;

  /** A directory of Python's standard library, whose other entries have one of these names. */
  private static final Pattern STANDARD_PACKAGE =
      Pattern.compile(".*/lib/python[0-9.]+/(?!(site-packages|dist-packages|lib-dynload)$).+");

  /**
   * One directory in which names were looked for in vain.
   *
   * @param variable the variable that is the likely cause
   * @param lookups how often, on all nodes
   * @param names the names that were looked for, some of them
   * @param found whether something that exists was used there
   * @param text what it means and what to do
   */
  record Item(
      String variable,
      String directory,
      long lookups,
      long different,
      List<String> names,
      boolean found,
      String text) {}

  /** The variables, in the order of the report. */
  private enum Variable {
    LD_LIBRARY_PATH("LD_LIBRARY_PATH"),
    PYTHONPATH("PYTHONPATH"),
    PATH("PATH"),
    OTHER("Other");

    private final String title;

    Variable(String title) {
      this.title = title;
    }
  }

  /** What is looked for in one directory because of one variable. */
  private static final class Looked {
    private long lookups;
    private final Set<String> names = new TreeSet<>();
  }

  private record Place(Variable variable, String directory) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byVariable = variable.compareTo(other.variable);
      return byVariable != 0 ? byVariable : directory.compareTo(other.directory);
    }
  }

  private Advice() {}

  /** Returns the advice for a run, by variable: first what is of no use, the most lookups first. */
  static List<Item> of(Cluster cluster) {
    Map<Place, Looked> places = new TreeMap<>();
    NavigableSet<String> there = new TreeSet<>();
    for (Cluster.PathSum path : cluster.paths()) {
      if (path.category().equals("metadata_ttl") && !isWithinPackage(path.path())) {
        Place place = new Place(variable(path), directory(path.path()));
        Looked looked = places.computeIfAbsent(place, key -> new Looked());
        looked.lookups += path.events();
        looked.names.add(name(path.path()));
      } else if (path.exists()) {
        there.add(path.path());
      }
    }
    List<Item> items = new ArrayList<>();
    for (Variable variable : Variable.values()) {
      places.entrySet().stream()
          .filter(entry -> entry.getKey().variable() == variable)
          .map(entry -> item(entry.getKey(), entry.getValue(), there))
          .sorted(
              Comparator.comparing(Item::found)
                  .thenComparing(Comparator.comparingLong(Item::lookups).reversed())
                  .thenComparing(Item::directory))
          .limit(MOST_ITEMS)
          .forEach(items::add);
    }
    return items;
  }

  /** Where Python looks for a package's own module, in all its forms, is no entry of a path. */
  private static boolean isWithinPackage(String path) {
    return name(path).startsWith("__init__.");
  }

  private static Variable variable(Cluster.PathSum path) {
    return switch (path.kind()) {
      case MISSING_SHARED_LIBRARY_PROBE ->
          isExtension(name(path.path())) ? Variable.PYTHONPATH : Variable.LD_LIBRARY_PATH;
      case GLIBC_HWCAPS_PROBE -> Variable.LD_LIBRARY_PATH;
      case PYTHON_ZIP_PROBE, VIRTUAL_ENV_PROBE -> Variable.PYTHONPATH;
      default -> ofName(path.path());
    };
  }

  /** Python looks for a module in the form of a shared library first: x.cpython-311-….so, x.so. */
  private static boolean isExtension(String name) {
    return name.contains(".cpython-")
        || name.endsWith(".abi3.so")
        || (name.endsWith(".so") && !name.startsWith("lib"));
  }

  private static Variable ofName(String path) {
    String directory = directory(path);
    String name = name(path);
    if (name.endsWith(".py")
        || name.endsWith(".pyc")
        || name.equals("__pycache__")
        || directory.contains("/site-packages")
        || directory.contains("/dist-packages")
        || directory.contains("/lib/python")) {
      return Variable.PYTHONPATH;
    }
    return directory.endsWith("/bin") || directory.endsWith("/sbin")
        ? Variable.PATH
        : Variable.OTHER;
  }

  private static Item item(Place place, Looked looked, NavigableSet<String> there) {
    List<String> names = looked.names.stream().limit(MOST_NAMES).toList();
    String below = place.directory() + "/";
    String first = there.ceiling(below);
    boolean found = (first != null && first.startsWith(below)) || isPackage(place.directory());
    return new Item(
        place.variable().title,
        place.directory(),
        looked.lookups,
        looked.names.size(),
        names,
        found,
        text(place, looked, found));
  }

  /** Below a directory of packages are packages, which no search path names. */
  private static boolean isPackage(String directory) {
    return directory.contains("/site-packages/")
        || directory.contains("/dist-packages/")
        || STANDARD_PACKAGE.matcher(directory).matches();
  }

  private static String text(Place place, Looked looked, boolean found) {
    String much =
        looked.lookups
            + (looked.lookups == 1 ? " lookup" : " lookups")
            + " of "
            + looked.names.size()
            + (looked.names.size() == 1 ? " name" : " names")
            + " found nothing. ";
    return much
        + switch (place.variable()) {
          case LD_LIBRARY_PATH ->
              found
                  ? "Files are used from here too: fine, if it is the first entry that has most."
                  : "No used file was seen here: if LD_LIBRARY_PATH names it, take it out.";
          case PYTHONPATH ->
              found
                  ? "Nothing to do: Python tries some names before it finds a module."
                  : "No used file was seen here: if PYTHONPATH names it, take it out.";
          case PATH ->
              found
                  ? "Programs are used from here too: fine, if it is the first entry that has most."
                  : "No used program was seen here: if PATH names it, move it back or take it out.";
          case OTHER ->
              "See whether a variable such as PATH, PYTHONPATH or LD_LIBRARY_PATH names something"
                  + " below here that is no longer there.";
        };
  }

  private static String directory(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
