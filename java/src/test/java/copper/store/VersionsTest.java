package copper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.Budget;
import copper.metrics.Counters;
import copper.model.Errno;
import copper.model.FilePart;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.simulate.VirtualTime;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Files that change on storage while nodes know a part of what there was before. */
class VersionsTest {
  private static final RawPath FILE = RawPath.of("/directory/file");

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);
  private final MemoryStorage storage = new MemoryStorage();
  private final List<CooperativeStore> stores = new ArrayList<>();
  private int version;

  VersionsTest() {
    for (int i = 0; i < 4; i++) {
      RpcTransport transport = network.join("node" + i);
      Counters counters = new Counters();
      CooperativeStore store =
          CooperativeStore.create(
              Above.of(i == 0 ? Optional.empty() : Optional.of("node" + (i - 1))),
              transport,
              storage,
              new CooperativeStore.Limits(
                  1 << 20, Duration.ofMillis(100), Budget.of(256 << 20, 1 << 20)),
              Timeouts.DEFAULT,
              new CooperativeStore.Environment(time, time, time, counters));
      new RpcService(store, counters).register(transport);
      stores.add(store);
    }
    storage.put("/directory/other", new byte[] {1});
    change();
  }

  /** Replaces the file, now and then by one of another length; each byte is its version. */
  private void change() {
    version++;
    byte[] content = new byte[length(version)];
    Arrays.fill(content, (byte) version);
    storage.put("/directory/file", content);
  }

  private static int length(int version) {
    return 100 + version / 3;
  }

  private <T> T settled(CompletableFuture<T> answer) {
    time.advance(Duration.ofSeconds(1));
    assertTrue(answer.isDone());
    return answer.join();
  }

  private void readsOneVersion(CooperativeStore store) {
    Reply<FilePart> reply = settled(store.read(FILE, 0, 1000));
    assertEquals(0, reply.errno());
    byte[] data = new byte[reply.value().data().remaining()];
    reply.value().data().duplicate().get(data);
    byte[] expected = new byte[length(data[0])];
    Arrays.fill(expected, data[0]);
    assertArrayEquals(expected, data);
    FileStat stat = reply.value().stat();
    assertEquals(expected.length, stat.size(), "attributes of the same version");
    assertEquals(data[0], stat.mtimeSeconds(), "attributes of the same version");
  }

  @Test
  void attributesFromBeforeAreAskedForAnewWithTheContent() {
    settled(stores.get(3).lstat(FILE));
    change();
    readsOneVersion(stores.get(3));
    readsOneVersion(stores.get(1));
  }

  @Test
  void contentFromBeforeIsAskedForAnewWithTheAttributes() {
    readsOneVersion(stores.get(1));
    change();
    stores.get(2).forget(FILE);
    stores.get(1).cacheOf(Query.LSTAT).remove(FILE);
    stores.get(0).cacheOf(Query.LSTAT).remove(FILE);
    readsOneVersion(stores.get(3));
  }

  @Test
  void whateverIsForgottenWhereverEachReadIsOfOneVersion() {
    Random random = new Random(7);
    for (int i = 0; i < 500; i++) {
      CooperativeStore store = stores.get(random.nextInt(stores.size()));
      switch (random.nextInt(5)) {
        case 0 -> change();
        case 1 -> store.cacheOf(Query.LSTAT).remove(FILE);
        case 2 -> store.cacheOf(Query.READ_FILE).remove(FILE);
        case 3 -> settled(store.list(FILE.parent()));
        default -> readsOneVersion(store);
      }
    }
  }

  @Test
  void whatIsNoDirectoryAnyMoreIsForgottenAsOne() {
    RawPath directory = RawPath.of("/directory/sub");
    storage.put("/directory/sub/in", new byte[] {1});
    stores.forEach(store -> assertTrue(settled(store.lstat(directory)).value().isDirectory()));
    storage.remove("/directory/sub/in");
    storage.put("/directory/sub", new byte[] {2});
    assertEquals(Errno.ESTALE, settled(stores.get(3).list(directory)).errno());
    assertTrue(settled(stores.get(3).lstat(directory)).value().isRegularFile());
    assertEquals(Errno.ENOTDIR, settled(stores.get(3).list(directory)).errno());
  }

  /** As in /sys, where every file is said to have 4096 bytes. */
  @Test
  void aFileThatNeverHasTheLengthOfItsAttributesIsReadAsItIs() {
    storage.claimLength("/directory/file", 4096);
    Reply<FilePart> reply = settled(stores.get(2).read(FILE, 0, 5000));
    assertEquals(0, reply.errno());
    assertEquals(length(1), reply.value().data().remaining());
  }
}
