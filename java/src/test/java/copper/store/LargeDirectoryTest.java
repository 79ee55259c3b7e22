package copper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.Budget;
import copper.codec.PartRequest;
import copper.codec.Replies;
import copper.codec.Rpcs;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.DirectoryListing;
import copper.model.DirectoryListing.Entry;
import copper.model.DirectoryVersion;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.simulate.VirtualTime;
import copper.storage.CountingStorage;
import copper.storage.PosixStorage;
import copper.storage.Storage;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories of many names on real storage, through a chain of root, middle and leaf. */
class LargeDirectoryTest {
  private static final Duration TTL = Duration.ofSeconds(5);
  private static final int FILES = 100_000;
  private static final int LINKS = 500;

  /** With ".", "..", files and links. */
  private static final int ENTRIES = 2 + FILES + LINKS;

  private static final int PARTS = (ENTRIES + Parts.ENTRIES - 1) / Parts.ENTRIES;

  @TempDir Path folder;

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);
  private final Counters rootCounters = new Counters();
  private final Counters leafCounters = new Counters();
  private final CooperativeStore root = node("root", null, rootCounters);
  private final CooperativeStore middle = node("middle", "root", new Counters());
  private final CooperativeStore leaf = node("leaf", "middle", leafCounters);
  private RawPath directory;

  private CooperativeStore node(String address, String parent, Counters counters) {
    RpcTransport transport = network.join(address);
    Storage storage = new CountingStorage(new PosixStorage(), counters);
    CooperativeStore store =
        CooperativeStore.create(
            Above.of(Optional.ofNullable(parent)),
            transport,
            storage,
            new CooperativeStore.Limits(
                1 << 20, TTL, new Budget(128 << 20, 1 << 20, 1 << 20, 1 << 20)),
            Timeouts.DEFAULT,
            new CooperativeStore.Environment(time, time, time, counters));
    new RpcService(store, counters).register(transport);
    return store;
  }

  @BeforeEach
  void name() {
    directory = RawPath.of(folder.toString());
  }

  /** Makes names of several lengths. */
  private void fill(int files, int links) throws IOException {
    for (int i = 0; i < files; i++) {
      Files.createFile(folder.resolve("file-" + "x".repeat(i % 30) + i));
    }
    for (int i = 0; i < links; i++) {
      Files.createSymbolicLink(folder.resolve("link-" + i), Path.of("../target/of/" + i));
    }
  }

  private <T> T settled(CompletableFuture<T> answer) {
    time.advance(Duration.ofSeconds(1));
    assertTrue(answer.isDone(), "no answer within a second");
    return answer.join();
  }

  private static Set<String> names(DirectoryListing listing) {
    Set<String> names = new HashSet<>();
    listing.entries().forEach(entry -> names.add(entry.toString()));
    return names;
  }

  private RawPath at(String name) {
    return directory.resolve(name.getBytes(StandardCharsets.US_ASCII));
  }

  private long storageCalls() {
    return rootCounters.get(Counter.STORAGE_LIST)
        + rootCounters.get(Counter.STORAGE_LSTAT)
        + rootCounters.get(Counter.STORAGE_READLINK);
  }

  @Test
  void aHundredThousandEntriesComeWithAllAttributesAndTargets() throws IOException {
    fill(FILES, LINKS);
    DirectoryListing listing = settled(leaf.list(directory)).value();
    assertTrue(listing.isComplete());
    assertEquals(ENTRIES, listing.entries().size());
    assertEquals(ENTRIES, names(listing).size());
    for (Entry entry : listing.entries()) {
      if (!entry.isSelfOrParent()) {
        FileStat stat = entry.stat().orElseThrow();
        assertEquals(stat.isSymbolicLink(), entry.target().isPresent(), entry::toString);
      }
    }
    assertEquals(2, network.count("copper_list"), "one directory, on two levels");
    assertEquals(2 * (PARTS - 1), network.count("copper_more"), "each part, on two levels");
    assertEquals(1, rootCounters.get(Counter.STORAGE_LIST));
    assertEquals(FILES + LINKS, rootCounters.get(Counter.STORAGE_LSTAT));
    assertEquals(LINKS, rootCounters.get(Counter.STORAGE_READLINK));
    assertEquals(0, leafCounters.get(Counter.STORAGE_LSTAT));

    long calls = network.calls().size();
    long asked = storageCalls();
    byte[] target = settled(leaf.readlink(at("link-77"))).value();
    assertArrayEquals("../target/of/77".getBytes(StandardCharsets.US_ASCII), target);
    assertTrue(settled(leaf.lstat(at("link-77"))).value().isSymbolicLink());
    assertEquals(ENTRIES, settled(leaf.list(directory)).value().entries().size());
    assertEquals(ENTRIES, settled(middle.list(directory)).value().entries().size());
    assertEquals(ENTRIES, settled(root.list(directory)).value().entries().size());
    assertEquals(calls, network.calls().size(), "all of it was there");
    assertEquals(asked, storageCalls(), "all of it was there");
  }

  @Test
  void noAnswerIsLongHoweverLargeTheDirectory() throws IOException {
    fill(5000, 0);
    for (int i = 0; i < 60; i++) {
      Files.createSymbolicLink(folder.resolve("long-" + i), Path.of("t".repeat(4000)));
    }
    settled(leaf.list(directory));
    assertEquals(2 * 4, network.count("copper_more"));
    long longest = network.answers().stream().mapToLong(Integer::longValue).max().orElseThrow();
    assertTrue(longest < 400 << 10, () -> "an answer of " + longest + " bytes");
    assertEquals(4000, settled(leaf.readlink(at("long-59"))).value().length);
  }

  @Test
  void namesThatAreMissingAreToldWithoutACallForTheTimeOfEnoent() throws IOException {
    fill(5000, 0);
    settled(leaf.list(directory));
    long calls = network.calls().size();
    for (int i = 0; i < 1000; i++) {
      assertEquals(Errno.ENOENT, leaf.lstat(at("missing-" + i)).join().errno());
    }
    assertEquals(calls, network.calls().size());
    Files.createFile(folder.resolve("missing-7"));
    assertEquals(Errno.ENOENT, leaf.lstat(at("missing-7")).join().errno());
    time.advance(TTL.multipliedBy(3));
    assertTrue(settled(leaf.lstat(at("missing-7"))).value().isRegularFile());
  }

  @Test
  void namesOfADirectoryThatTookLongToComeAreNoNewerThanItsFirstPart() throws IOException {
    fill(5000, 0);
    CompletableFuture<?> listing = leaf.list(directory);
    time.advance(VirtualNetwork.LATENCY.multipliedBy(14));
    assertTrue(network.count("copper_more") > 0, network.calls()::toString);
    network.hang("root");
    time.advance(TTL.plusSeconds(1));
    network.heal("root");
    Files.createFile(folder.resolve("new"));
    time.advance(Duration.ofMinutes(2));
    assertTrue(listing.isDone());
    assertTrue(settled(leaf.lstat(at("new"))).value().isRegularFile());
  }

  @Test
  void twoLookupsInALargeDirectoryDoNotFetchAllOfIt() throws IOException {
    fill(20_000, 0);
    for (String name : List.of("file-0", "file-x1", "missing", "other", "file-xx2")) {
      CompletableFuture<Reply<FileStat>> answer = leaf.lstat(at(name));
      time.advance(Duration.ofSeconds(1));
      assertEquals(name.startsWith("file"), answer.join().ok(), name);
    }
    assertEquals(0, network.count("copper_more"));
    assertTrue(rootCounters.get(Counter.STORAGE_LSTAT) < Parts.ENTRIES + 10);
  }

  @Test
  void aChangeWhileItComesIsNotSeenHalf() throws IOException {
    fill(10_000, 0);
    DirectoryListing before = new PosixStorage().list(directory).value();
    CompletableFuture<Reply<DirectoryListing>> answer = leaf.list(directory);
    time.advance(VirtualNetwork.LATENCY.multipliedBy(14));
    assertTrue(network.count("copper_more") > 0, network.calls()::toString);
    for (int i = 0; i < 5000; i++) {
      Files.delete(folder.resolve("file-" + "x".repeat(i % 30) + i));
      Files.createFile(folder.resolve("new-" + i));
    }
    assertEquals(names(before), names(settled(answer).value()), "as it was when it was read");
    List.of(root, middle, leaf).forEach(CooperativeStore::clear);
    DirectoryListing after = settled(leaf.list(directory)).value();
    assertEquals(names(new PosixStorage().list(directory).value()), names(after));
  }

  @Test
  void aDirectoryThatIsReadAnewOnTheWayIsBegunAnew() throws IOException {
    fill(10_000, 0);
    CompletableFuture<Reply<DirectoryListing>> answer = leaf.list(directory);
    time.advance(VirtualNetwork.LATENCY.multipliedBy(14));
    assertTrue(network.count("copper_more") > 0, network.calls()::toString);
    for (int i = 0; i < 5000; i++) {
      Files.delete(folder.resolve("file-" + "x".repeat(i % 30) + i));
    }
    root.clear();
    DirectoryListing listing = settled(answer).value();
    assertEquals(names(new PosixStorage().list(directory).value()), names(listing));
    assertEquals(2, rootCounters.get(Counter.STORAGE_LIST));
    assertEquals(5002, settled(middle.list(directory)).value().entries().size());
  }

  @Test
  void aDirectoryThatIsReadAnewAgainAndAgainComesWithoutAttributes() throws IOException {
    fill(10_000, 0);
    CompletableFuture<Reply<DirectoryListing>> answer = leaf.list(directory);
    for (int i = 0; i < 500 && !answer.isDone(); i++) {
      root.clear();
      time.advance(VirtualNetwork.LATENCY);
    }
    assertTrue(answer.isDone());
    assertEquals(10_002, names(answer.join().value()).size());
    assertEquals(Optional.empty(), answer.join().value().entries().get(5).stat());
  }

  @Test
  void aPartOfAnotherReadingIsEstaleAndOneThatIsNoneIsEinval() throws IOException {
    fill(3000, 0);
    DirectoryVersion version = settled(leaf.list(directory)).value().version();
    DirectoryVersion other = Parts.newReading(version);
    assertEquals(Errno.ESTALE, part(other, Parts.ENTRIES, Parts.ENTRIES).errno());
    assertEquals(Errno.EINVAL, part(version, 7, Parts.ENTRIES).errno());
    assertEquals(Errno.EINVAL, part(version, Parts.ENTRIES, 100_000).errno());
    assertEquals(Errno.EINVAL, part(version, 100 * Parts.ENTRIES, Parts.ENTRIES).errno());
    assertEquals(3002 - 2048, part(version, 2048, Parts.ENTRIES).value().entries().size());
  }

  private Reply<DirectoryListing> part(DirectoryVersion version, int from, int count) {
    return settled(middle.servePart(new PartRequest(directory, version, from, count)));
  }

  @Test
  void whatACppParentGivesInOnePieceGoesOnInParts() throws IOException {
    fill(3000, 0);
    Set<String> ours = Rpcs.FEATURES;
    ours.forEach(rpc -> network.forget("root", rpc));
    network.forget("root", Rpcs.HELLO);
    DirectoryListing listing = settled(leaf.list(directory)).value();
    assertEquals(names(new PosixStorage().list(directory).value()), names(listing));
    assertEquals(1, network.count("rpc_readdir"));
    assertEquals(2, network.count("copper_more"));
    assertEquals(Errno.ENOENT, settled(leaf.lstat(at("missing"))).errno());
  }

  @Test
  void aDirectoryThatHasBecomeLargeIsNotAskedForAllItsNames() throws IOException {
    fill(100, 0);
    settled(leaf.list(directory));
    assertEquals(Errno.ENOENT, leaf.lstat(at("missing")).join().errno());
    fill(0, 3000);
    time.advance(TTL.multipliedBy(3));
    assertTrue(settled(leaf.lstat(at("link-7"))).value().isSymbolicLink());
    assertTrue(network.answers().stream().noneMatch(length -> length > 400 << 10));
    assertEquals(3102, settled(leaf.list(directory)).value().total());
  }

  @Test
  void aParentThatCutsDirectoriesInAnotherWayIsNotMisread() {
    List<Entry> few = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      few.add(new Entry(("n" + i).getBytes(StandardCharsets.US_ASCII), FileStat.S_IFREG));
    }
    DirectoryListing first =
        new DirectoryListing(few, false, Parts.newReading(DirectoryVersion.NONE), 50);
    network.serve(
        "root",
        Rpcs.LIST,
        request ->
            CompletableFuture.completedFuture(
                new Payload(Replies.LIST.encode(Reply.of(first), false))));
    assertEquals(Errno.EIO, settled(middle.list(directory)).errno());
  }
}
