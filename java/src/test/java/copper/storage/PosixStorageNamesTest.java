package copper.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.DirectoryListing;
import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Any name the kernel takes is listed as it was made, and leads to its file. */
class PosixStorageNamesTest {
  private final Storage storage = new PosixStorage();

  @Provide
  Arbitrary<Set<byte[]>> names() {
    return Arbitraries.bytes()
        .filter(b -> b != 0 && b != '/')
        .array(byte[].class)
        .ofMinSize(1)
        .ofMaxSize(255)
        .filter(name -> !Arrays.equals(name, new byte[] {'.'}))
        .filter(name -> !Arrays.equals(name, new byte[] {'.', '.'}))
        .set()
        .ofMaxSize(20)
        .uniqueElements(ByteBuffer::wrap);
  }

  @Property(tries = 30)
  void everyNameIsListedAndFound(@ForAll("names") Set<byte[]> names) {
    try (RawFiles files = new RawFiles()) {
      Set<RawPath> made = new TreeSet<>();
      for (byte[] name : names) {
        RawPath path = files.root().resolve(name);
        files.write(path, name);
        made.add(path);
        assertEquals(ByteBuffer.wrap(name), storage.readFile(path, 255).value().data());
        assertTrue(storage.lstat(path).value().isRegularFile());
      }
      made.add(files.path("."));
      made.add(files.path(".."));
      Set<RawPath> listed = new TreeSet<>();
      for (DirectoryListing.Entry entry : storage.list(files.root()).value().entries()) {
        listed.add(files.root().resolve(entry.name()));
      }
      assertEquals(made, listed);
    }
  }
}
