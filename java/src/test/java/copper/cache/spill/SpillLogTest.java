package copper.cache.spill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.SecondHome.Found;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpillLogTest {
  private static final int MAXIMUM = 100_000;

  @TempDir Path parent;
  private SpillDirectory directory;

  @BeforeEach
  void open() throws IOException {
    directory = SpillDirectory.open(parent, "host");
  }

  @AfterEach
  void close() {
    directory.close();
  }

  private static ByteBuffer bytes(Random random, int length) {
    byte[] data = new byte[length];
    random.nextBytes(data);
    return ByteBuffer.allocateDirect(length).put(data).flip();
  }

  private long bytesOnDisk() throws IOException {
    try (Stream<Path> files = Files.list(directory.path())) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatIsThereIsWhatWasWrittenLastAndWithinTheBound(long seed) throws IOException {
    SpillLog log = new SpillLog(directory, MAXIMUM, 50);
    Random random = new Random(seed);
    Map<Integer, Found> written = new HashMap<>();
    int there = 0;
    for (int i = 0; i < 4000; i++) {
      int key = random.nextInt(100);
      int what = random.nextInt(100);
      if (what < 45) {
        ByteBuffer data = bytes(random, random.nextInt(what == 0 ? 2 * MAXIMUM : 9000));
        if (log.write(key, data, i)) {
          written.put(key, new Found(data, i));
        }
      } else if (what < 98) {
        Found found = log.read(key);
        if (found != null) {
          there++;
          assertEquals(written.get(key), found);
        }
        assertEquals(found != null, log.has(key));
      } else if (what == 98) {
        log.remove(key);
        assertNull(log.read(key));
      } else if (random.nextInt(10) == 0) {
        log.clear();
        assertEquals(0, bytesOnDisk());
      }
      assertTrue(bytesOnDisk() <= MAXIMUM, "on disk: " + bytesOnDisk());
      assertEquals(bytesOnDisk(), log.bytes());
    }
    assertTrue(there > 100, "records found: " + there);
    assertEquals(0, log.damaged());
  }

  @Test
  void aRecordThatChangedIsForgotten() throws IOException {
    SpillLog log = new SpillLog(directory, MAXIMUM, 50);
    Random random = new Random(4);
    ByteBuffer data = bytes(random, 1000);
    for (int key = 0; key < 3; key++) {
      log.write(key, data, key);
    }
    try (RandomAccessFile file =
        new RandomAccessFile(directory.path().resolve("data-0").toFile(), "rw")) {
      file.seek(1500);
      int old = file.read();
      file.seek(1500);
      file.write(old ^ 0x10);
    }
    assertNotNull(log.read(0));
    assertNull(log.read(1));
    assertEquals(1, log.damaged());
    assertNull(log.read(1), "it is not looked for again");
    assertEquals(1, log.damaged());
    assertEquals(new Found(data, 2), log.read(2));
  }

  @Test
  void aRecordThatWasCutIsForgotten() throws IOException {
    SpillLog log = new SpillLog(directory, MAXIMUM, 50);
    log.write("whole", bytes(new Random(5), 1000), 0);
    log.write("cut", bytes(new Random(6), 1000), 0);
    try (RandomAccessFile file =
        new RandomAccessFile(directory.path().resolve("data-0").toFile(), "rw")) {
      file.setLength(1999);
    }
    assertNotNull(log.read("whole"));
    assertNull(log.read("cut"));
    assertEquals(1, log.damaged());
  }
}
