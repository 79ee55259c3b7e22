package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import copper.model.FileStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import copper.storage.PosixStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Storage that a program serves through libfuse, which gives a file another inode number once the
 * kernel has forgotten it.
 */
final class ServedStorageIT {
  private Sandbox sandbox;
  private Path target;

  @BeforeEach
  void makeSandbox() {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  @Test
  void aFileWithAnotherNumberIsReadOn() throws IOException {
    byte[] content = new byte[3_000_000];
    new Random(9).nextBytes(content);
    Files.write(target.resolve("large"), content);
    Node program =
        Node.single(sandbox, "program", target).flag("-fuse", MountedBy.JNR.flag()).start();
    Path large = program.at("large");
    RawPath path = RawPath.of(large.toString());
    PosixStorage storage = new PosixStorage();
    FileStat before = storage.lstat(path).value();
    try (Client client = new Client(sandbox)) {
      assertEquals("0", client.reset(large));
    }
    assertNotEquals(before.ino(), storage.lstat(path).value().ino());
    Reply<ByteBuffer> read = storage.read(path, 0, content.length, FileVersion.of(before));
    assertEquals(0, read.errno());
    assertEquals(ByteBuffer.wrap(content), read.value());
  }
}
