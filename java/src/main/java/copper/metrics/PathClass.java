package copper.metrics;

import java.util.Locale;

/**
 * Coarse classes of paths, by which people see what their environment asks for; C++ Copper's
 * (src/metric/profiling.cpp).
 */
public enum PathClass {
  TORCH_NATIVE_LIBRARY("PyTorch's shared libraries"),
  TORCH_PYTHON_PACKAGE("PyTorch's Python modules"),
  PYTHON_SITE_PACKAGES("installed Python packages"),
  PYTHON_STDLIB("Python's own modules"),
  ENVIRONMENT_BIN("programs"),
  SHARED_LIBRARY("other shared libraries"),
  ENVIRONMENT_PREFIX("everything else, such as the directories above an environment"),
  PYTHON_ZIP_PROBE("Python's zip archive of modules, which is rarely there"),
  VIRTUAL_ENV_PROBE("the mark of a virtual environment"),
  GLIBC_HWCAPS_PROBE("libraries for one kind of processor"),
  MISSING_SHARED_LIBRARY_PROBE("shared libraries looked for where they are not"),
  NEGATIVE_PROBE_PATH("other names looked for where they are not");

  private final String meaning;

  PathClass(String meaning) {
    this.meaning = meaning;
  }

  /** Returns the name in C++ Copper's reports. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns what is in it, for people. */
  public String meaning() {
    return meaning;
  }

  /** Tells whether its paths are names that do not exist. */
  public boolean isMissing() {
    return compareTo(PYTHON_ZIP_PROBE) >= 0;
  }

  /**
   * Returns the class of {@code path}.
   *
   * @param category the table it is in, as the CSV files call it
   */
  public static PathClass of(String category, String path) {
    return category.equals("metadata_ttl") ? ofMissing(path) : ofPresent(path);
  }

  private static PathClass ofMissing(String path) {
    if (path.contains("python") && path.endsWith(".zip")) {
      return PYTHON_ZIP_PROBE;
    }
    if (path.endsWith("/pyvenv.cfg")) {
      return VIRTUAL_ENV_PROBE;
    }
    if (path.contains("glibc-hwcaps")) {
      return GLIBC_HWCAPS_PROBE;
    }
    return path.contains(".so") ? MISSING_SHARED_LIBRARY_PROBE : NEGATIVE_PROBE_PATH;
  }

  private static PathClass ofPresent(String path) {
    if (path.contains("/site-packages/torch/lib/")) {
      return TORCH_NATIVE_LIBRARY;
    }
    if (path.contains("/site-packages/torch")) {
      return TORCH_PYTHON_PACKAGE;
    }
    if (path.contains("/site-packages")) {
      return PYTHON_SITE_PACKAGES;
    }
    if (path.contains("/lib/python")) {
      return PYTHON_STDLIB;
    }
    if (path.contains("/bin/")) {
      return ENVIRONMENT_BIN;
    }
    return path.contains(".so") ? SHARED_LIBRARY : ENVIRONMENT_PREFIX;
  }
}
