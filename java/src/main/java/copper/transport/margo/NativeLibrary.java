package copper.transport.margo;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds and loads the shim: in the directory that {@value #DIRECTORY} names, else beside the jar,
 * else on java.library.path.
 */
final class NativeLibrary {
  /** The system property that names the directory to load from. */
  static final String DIRECTORY = "copper.native_dir";

  /** Sets an environment variable that must be set before libfabric is loaded; see loader.c. */
  private static final String LOADER = System.mapLibraryName("copper_margo_loader");

  private static final String SHIM = System.mapLibraryName("copper_margo");

  private static final int[] OLDEST_MARGO = {0, 20};
  private static final int[] OLDEST_MERCURY = {2, 4};

  private NativeLibrary() {}

  /**
   * Loads the shim unless it is loaded, and checks that Mercury is not too old.
   *
   * @throws IOException with one line that says what is missing and what to do
   */
  static void load() throws IOException {
    Path directory = find(directories());
    if (directory == null) {
      throw new IOException(advice("this transport was not built here"));
    }
    try {
      System.load(directory.resolve(LOADER).toString());
      System.load(directory.resolve(SHIM).toString());
    } catch (UnsatisfiedLinkError e) {
      throw new IOException(advice("its library cannot be loaded: " + e.getMessage()), e);
    }
    checkVersions(MargoNative.versions());
  }

  /** Returns whether there is a library to load; it may yet fail to load. */
  static boolean isPresent() {
    return find(directories()) != null;
  }

  private static String advice(String what) {
    return "the Margo transport needs Mercury and Margo, and "
        + what
        + "; install copper-java with Spack (spack install copper-java+margo),"
        + " or use -net_type copper+tcp://HOST:PORT";
  }

  /** Checks Margo's and Mercury's versions, divided by a blank. */
  static void checkVersions(String versions) throws IOException {
    String[] each = versions.split(" ", 2);
    check("Margo", each[0], OLDEST_MARGO);
    check("Mercury", each[1], OLDEST_MERCURY);
  }

  private static void check(String what, String version, int[] oldest) throws IOException {
    String[] numbers = version.split("[.-]", 3);
    int major = Integer.parseInt(numbers[0]);
    int minor = Integer.parseInt(numbers[1]);
    if (major < oldest[0] || (major == oldest[0] && minor < oldest[1])) {
      throw new IOException(
          "%s %s is too old for the Margo transport: %d.%d or newer is needed"
              .formatted(what, version, oldest[0], oldest[1]));
    }
  }

  private static Path find(List<Path> directories) {
    for (Path directory : directories) {
      if (Files.isRegularFile(directory.resolve(SHIM))
          && Files.isRegularFile(directory.resolve(LOADER))) {
        return directory.toAbsolutePath();
      }
    }
    return null;
  }

  private static List<Path> directories() {
    String given = System.getProperty(DIRECTORY);
    if (given != null) {
      return List.of(Path.of(given));
    }
    List<Path> directories = new ArrayList<>();
    CodeSource source = NativeLibrary.class.getProtectionDomain().getCodeSource();
    if (source != null && source.getLocation() != null) {
      try {
        Path jar = Path.of(source.getLocation().toURI());
        if (jar.getParent() != null) {
          directories.add(jar.getParent());
        }
      } catch (URISyntaxException | InvalidPathException e) {
        // Not from a file: there is nothing beside it.
      }
    }
    for (String each : System.getProperty("java.library.path", "").split(File.pathSeparator, -1)) {
      if (!each.isEmpty()) {
        directories.add(Path.of(each));
      }
    }
    return directories;
  }
}
