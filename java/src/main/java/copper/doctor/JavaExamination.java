package copper.doctor;

import copper.fuse.Libc;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

/** Whether Java and what Copper brings along are whole. */
public final class JavaExamination implements Examination {
  private static final int OLDEST = 17;
  private static final String ARCHIVE = "-XX:SharedArchiveFile=";

  private final Path jar;
  private final Map<String, String> environment;

  /**
   * Examines this process.
   *
   * @param jar copper.jar; its manifest names the other jars
   */
  public JavaExamination(Path jar, Host host) {
    this.jar = jar;
    this.environment = host.environment();
  }

  @Override
  public String matter() {
    return "Java and libraries";
  }

  @Override
  public List<Finding> findings() {
    List<Finding> found = new ArrayList<>();
    found.add(java());
    found.add(jars());
    found.add(nativeCalls());
    found.add(archive());
    String options = environment.getOrDefault("COPPER_JAVA_OPTS", "");
    if (!options.isEmpty()) {
      found.add(Finding.note("COPPER_JAVA_OPTS is set: " + options, "unset it if nobody means it"));
    }
    return found;
  }

  private static Finding java() {
    int version = Runtime.version().feature();
    String name =
        "Java %s of %s at %s"
            .formatted(
                Runtime.version(),
                System.getProperty("java.vendor"),
                System.getProperty("java.home"));
    return version >= OLDEST
        ? Finding.fine(name)
        : Finding.problem(name + " is too old", "set COPPER_JAVA to a Java of version 17 or newer");
  }

  private Finding jars() {
    List<String> missing = new ArrayList<>();
    int count = 0;
    try (JarFile opened = new JarFile(jar.toFile())) {
      String path = opened.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      for (String name : path == null ? new String[0] : path.split(" ")) {
        count++;
        if (!Files.isReadable(jar.resolveSibling(name))) {
          missing.add(name);
        }
      }
    } catch (IOException e) {
      return Finding.problem(jar + " cannot be read: " + e.getMessage(), "install Copper again");
    }
    return missing.isEmpty()
        ? Finding.fine(jar + " and the " + count + " jars it needs are there")
        : Finding.problem(
            "beside " + jar + " these are missing: " + String.join(", ", missing),
            "install Copper again, the whole directory lib");
  }

  /** What calls C unpacks a library of its own first, which a directory without exec forbids. */
  private static Finding nativeCalls() {
    try {
      return Finding.fine("C functions can be called (user " + Libc.load().geteuid() + ")");
    } catch (LinkageError e) {
      return Finding.problem(
          "C functions cannot be called: " + e.getMessage(),
          "set TMPDIR to a directory on a file system without noexec, and COPPER_JAVA_OPTS to"
              + " -Djava.io.tmpdir= and that directory");
    }
  }

  private static Finding archive() {
    boolean used =
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith(ARCHIVE))
            .anyMatch(argument -> Files.isReadable(Path.of(argument.substring(ARCHIVE.length()))));
    return used
        ? Finding.fine("there is a start-up archive for this Java")
        : Finding.note(
            "no start-up archive for this Java, or Copper was moved: nodes start in twice the time",
            "run bin/copper_cds once, as the owner of the install tree");
  }
}
