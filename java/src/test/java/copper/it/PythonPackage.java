package copper.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A Python package that imports all it consists of. */
final class PythonPackage {
  private PythonPackage() {}

  /**
   * Makes the package {@code pack} in {@code site}: small modules, compiled, one longer than a
   * bundle takes, and data.
   *
   * @param modules how many small ones
   * @param dataBytes the length of {@code pack/data.bin}
   */
  static void make(Sandbox sandbox, Path site, int modules, int dataBytes) throws IOException {
    Path top = Files.createDirectories(site.resolve("pack/sub"));
    StringBuilder imports = new StringBuilder();
    for (int i = 0; i < modules; i++) {
      Files.writeString(top.resolve("m" + i + ".py"), "value = " + i + "\n");
      imports.append("from pack.sub import m").append(i).append('\n');
    }
    Files.writeString(top.resolve("long.py"), "text = '" + "x".repeat(200_000) + "'\n");
    Files.writeString(top.resolve("__init__.py"), "");
    Files.writeString(site.resolve("pack/__init__.py"), imports + "from pack.sub import long\n");
    byte[] data = new byte[dataBytes];
    new Random(1).nextBytes(data);
    Files.write(site.resolve("pack/data.bin"), data);
    sandbox
        .command(Machine.python(), "-m", "compileall", "-q", site.toString())
        .run()
        .expectSuccess();
  }
}
