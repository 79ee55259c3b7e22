package copper.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.Errno;
import copper.model.RawPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Storage in a JVM with another environment: without a locale, and with little memory. */
@Timeout(180)
class PosixStorageLocaleTest {
  private final RawFiles files = new RawFiles();

  @AfterEach
  void removeFiles() {
    files.close();
  }

  @Test
  void seesTheSameWhateverTheLocale() throws Exception {
    RawPath root = files.directory("root \377\374");
    for (String name : List.of("plain", "\377\376", "two\nlines", "\303\274ber", "\200")) {
      files.file("root \377\374/" + name, ("content of " + name).getBytes(US_ASCII));
      files.link("root \377\374/link to " + name, name);
    }
    String here = StorageProbe.describe(new PosixStorage(), root);
    assertTrue(here.lines().count() == 12, here);
    assertEquals(here, child(Map.of(), List.of(), root));
    assertEquals(here, child(Map.of("LC_ALL", "C"), List.of(), root));
    assertEquals(here, child(Map.of("LC_ALL", "C.UTF-8"), List.of(), root));
  }

  @Test
  void answersEnomemWhenThereIsNoDirectMemory() throws Exception {
    RawPath root = files.directory("root");
    files.file("root/big", new byte[64 << 20]);
    files.file("root/small", new byte[10]);
    String text = child(Map.of(), List.of("-XX:MaxDirectMemorySize=16m"), root);
    assertTrue(text.contains(" read errno " + Errno.ENOMEM + " "), text);
    assertTrue(text.contains(" read 10 bytes "), text);
  }

  private String child(Map<String, String> locale, List<String> options, RawPath root)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(StorageProbe.class.getName());
    command.add(StorageProbe.hex(root.toBytes()));
    Path errors = Files.createTempFile("copper-storage", ".stderr");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().keySet().removeIf(k -> k.startsWith("LC_") || k.startsWith("LANG"));
    builder.environment().putAll(locale);
    Process process = builder.start();
    try {
      String text = new String(process.getInputStream().readAllBytes(), US_ASCII);
      assertTrue(process.waitFor(120, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue(), () -> read(errors));
      return text;
    } finally {
      process.destroyForcibly();
      Files.delete(errors);
    }
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
