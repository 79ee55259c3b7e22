package copper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.Budget;
import copper.codec.Hello;
import copper.codec.PathRequest;
import copper.codec.Replies;
import copper.codec.Rpcs;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FilePart;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.simulate.VirtualTime;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/**
 * A chain of three stores, root, middle and leaf, over the real codec and a network in virtual
 * time.
 */
class CooperativeStoreTest {
  private static final long CACHEABLE = 1000;
  private static final Duration TTL = Duration.ofMillis(100);
  private static final RawPath FILE = RawPath.of("/file");

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);
  private final MemoryStorage rootStorage =
      new MemoryStorage().put("/file", bytes("content")).put("/large", new byte[(int) CACHEABLE]);
  private final MemoryStorage leafStorage = new MemoryStorage().put("/large", new byte[2000]);
  private final Counters leafCounters = new Counters();
  private final CooperativeStore root = node("root", null, rootStorage, new Counters());
  private final CooperativeStore middle =
      node("middle", "root", new MemoryStorage(), new Counters());
  private final CooperativeStore leaf = node("leaf", "middle", leafStorage, leafCounters);

  private CooperativeStore node(
      String address, String parent, MemoryStorage storage, Counters counters) {
    return node(address, parent, storage, counters, CACHEABLE);
  }

  private CooperativeStore node(
      String address, String parent, MemoryStorage storage, Counters counters, long cacheable) {
    RpcTransport transport = network.join(address);
    CooperativeStore store =
        CooperativeStore.create(
            Above.of(Optional.ofNullable(parent)),
            transport,
            storage,
            new CooperativeStore.Limits(cacheable, TTL, Budget.of(256 << 20, 1 << 20)),
            Timeouts.DEFAULT,
            new CooperativeStore.Environment(time, time, time, counters));
    new RpcService(store, counters).register(transport);
    return store;
  }

  /** Makes the node not serve some of our own RPCs, and say so. */
  private void lacks(String address, String... rpcs) {
    Set<String> left = new HashSet<>(Rpcs.FEATURES);
    left.removeAll(List.of(rpcs));
    for (String rpc : rpcs) {
      network.forget(address, rpc);
    }
    network.forget(address, Rpcs.HELLO);
    network.serve(
        address,
        Rpcs.HELLO,
        request ->
            CompletableFuture.completedFuture(
                new Payload(new Hello(1, 1, left, "test", ByteBuffer.allocate(0)).encode())));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private <T> T settled(CompletableFuture<T> answer) {
    time.advance(Duration.ofMillis(100));
    assertTrue(answer.isDone(), "no answer within 100 ms");
    return answer.join();
  }

  private byte[] read(CooperativeStore store, RawPath path, long offset, int size) {
    ByteBuffer data = settled(store.read(path, offset, size)).value().data();
    byte[] copy = new byte[data.remaining()];
    data.get(copy);
    return copy;
  }

  @Test
  void everyKindOfAnswerComesDownTheTreeFromTheRootsStorage() {
    FileStat stat = settled(leaf.lstat(FILE)).value();
    assertEquals(7, stat.size());
    assertArrayEquals(bytes("content"), read(leaf, FILE, 0, 100));
    DirectoryListing listing = settled(leaf.list(RawPath.ROOT)).value();
    assertEquals("[file, large]", listing.entries().toString());
    assertEquals(FileStat.S_IFREG, listing.entries().get(0).type());
    assertEquals(Errno.EINVAL, settled(leaf.readlink(FILE)).errno());
    assertEquals(255, settled(leaf.statfs(RawPath.ROOT)).value().nameMax());
    assertEquals(List.of(), leafStorage.asked());
    assertEquals(
        List.of(
            "lstat /file",
            "readFile /file",
            "list /",
            "lstat /large",
            "readlink /file",
            "statfs /"),
        rootStorage.asked());
  }

  @Test
  void anAnswerThatIsKnownCausesNoFurtherCall() {
    settled(leaf.lstat(FILE));
    settled(leaf.lstat(FILE));
    settled(middle.lstat(FILE));
    settled(root.lstat(FILE));
    assertEquals(List.of("lstat /file"), rootStorage.asked());
    assertEquals(2, network.count("rpc_lstat"));
    assertEquals(1, leafCounters.get(Counter.CACHE_HITS));
    assertEquals(1, leafCounters.get(Counter.CACHE_MISSES));
  }

  @Test
  void theSecondUnknownNameOfADirectoryBringsAllItsAttributes() {
    for (int i = 0; i < 100; i++) {
      rootStorage.put("/package/" + i, new byte[i]);
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(i, settled(leaf.lstat(RawPath.of("/package/" + i))).value().size());
    }
    assertEquals(2, network.count("rpc_lstat"), "one name, on two levels");
    assertEquals(2, network.count("copper_list"), "one directory, on two levels");
    assertEquals(100, rootStorage.asked().stream().filter(a -> a.startsWith("lstat")).count());
  }

  @Test
  void theFirstNameBringsItsDirectoryWhereTheOneAboveWasListed() {
    rootStorage.put("/package/sub/a", new byte[1]).put("/package/b", new byte[2]);
    settled(leaf.list(RawPath.of("/package")));
    settled(leaf.lstat(RawPath.of("/package/sub/a")));
    assertEquals(0, network.count("rpc_lstat"));
    assertEquals(4, network.count("copper_list"), "two directories, on two levels");
  }

  @Test
  void aListingTellsWhichNamesAreMissingUntilTheTimeOfEnoentIsOver() {
    rootStorage.put("/package/a", new byte[1]).put("/package/b", new byte[2]);
    leaf.list(RawPath.of("/package"));
    time.advance(Duration.ofMillis(50));
    for (int i = 0; i < 20; i++) {
      assertEquals(Errno.ENOENT, leaf.lstat(RawPath.of("/package/" + i)).join().errno());
    }
    assertEquals(0, network.count("rpc_lstat") + network.count("copper_names"));
    rootStorage.put("/package/new", new byte[3]);
    assertEquals(Errno.ENOENT, leaf.lstat(RawPath.of("/package/new")).join().errno());
    time.advance(TTL.multipliedBy(3));
    assertEquals(3, settled(leaf.lstat(RawPath.of("/package/new"))).value().size());
    assertEquals(2, network.count("copper_names"), "one directory, on two levels");
    assertEquals(Errno.ENOENT, leaf.lstat(RawPath.of("/package/other")).join().errno());
  }

  @Test
  void aListingThatIsOldOnTheWaySaysNothingOfOtherNames() {
    rootStorage.put("/package/a", new byte[1]);
    settled(middle.list(RawPath.of("/package")));
    time.advance(TTL);
    rootStorage.put("/package/new", new byte[3]);
    settled(leaf.list(RawPath.of("/package")));
    assertEquals(3, settled(leaf.lstat(RawPath.of("/package/new"))).value().size());
  }

  @Test
  void namesThatAreOldAreAskedForAnewInOneCall() {
    probeDirectories();
    time.advance(TTL.multipliedBy(3));
    rootStorage.put("/7/missing", new byte[2]);
    List<CompletableFuture<Reply<FileStat>>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      answers.add(leaf.lstat(RawPath.of("/" + i + "/missing")));
    }
    time.advance(Duration.ofMillis(50));
    for (int i = 0; i < 20; i++) {
      assertEquals(i == 7, answers.get(i).join().ok(), "directory " + i);
    }
    assertEquals(2, network.count("copper_batch"), "one batch, on two levels");
    assertEquals(0, network.count("copper_names"));
  }

  @Test
  void namesThatWereAskedForAnewInVainAreSoForTheNextProgramToo() {
    probeDirectories();
    time.advance(TTL.multipliedBy(3));
    settled(leaf.lstat(RawPath.of("/0/missing")));
    time.advance(TTL.multipliedBy(3));
    long calls = network.calls().size();
    settled(leaf.lstat(RawPath.of("/0/missing")));
    for (int i = 1; i < 20; i++) {
      assertEquals(Errno.ENOENT, leaf.lstat(RawPath.of("/" + i + "/missing")).join().errno());
    }
    assertEquals(2, network.calls().size() - calls, "one batch, on two levels");
  }

  @Test
  void namesInWhichNobodyFindsAnythingMissingAnyMoreAreNotAskedForWithoutEnd() {
    probeDirectories();
    int before = rootStorage.asked().size();
    for (int i = 0; i < 10; i++) {
      time.advance(TTL.multipliedBy(3));
      settled(leaf.lstat(RawPath.of("/0/missing")));
    }
    List<String> asked = rootStorage.asked();
    assertEquals(10, count(asked.subList(before, asked.size()), "list /0"));
    assertEquals(3, count(asked.subList(before, asked.size()), "list /7"));
  }

  private static long count(List<String> asked, String question) {
    return asked.stream().filter(question::equals).count();
  }

  /** Has a name looked up that is missing in each of twenty directories. */
  private void probeDirectories() {
    for (int i = 0; i < 20; i++) {
      RawPath directory = RawPath.of("/" + i);
      rootStorage.put(directory + "/there", new byte[1]);
      leaf.list(directory);
      time.advance(Duration.ofMillis(20));
      assertEquals(Errno.ENOENT, leaf.lstat(RawPath.of("/" + i + "/missing")).join().errno());
    }
  }

  @Test
  void aPackageComesWithItsBytecodeWhereTheOneAboveHasSome() {
    for (String directory : List.of("/package", "/package/sub")) {
      rootStorage.put(directory + "/module.py", bytes("text"));
      rootStorage.put(directory + "/__pycache__/module.pyc", bytes("code of " + directory));
    }
    settled(leaf.list(RawPath.of("/package")));
    settled(leaf.lstat(RawPath.of("/package/sub/module.py")));
    assertEquals(2, network.count("copper_batch"), "all listings below, on two levels");
    assertEquals(0, network.count("copper_files"), "nothing was read in the package above");
    settled(leaf.lstat(RawPath.of("/package/sub/__pycache__/module.pyc")));
    assertEquals(0, network.count("rpc_lstat"));
    assertEquals(2, network.count("copper_list"), "the package above alone");
  }

  @Test
  void theBytecodeItselfComesWhereThatOfThePackageAboveWasRead() {
    for (String directory : List.of("/package", "/package/sub")) {
      rootStorage.put(directory + "/module.py", bytes("text"));
      rootStorage.put(directory + "/__pycache__/module.pyc", bytes("code of " + directory));
    }
    settled(leaf.list(RawPath.of("/package")));
    settled(leaf.list(RawPath.of("/package/__pycache__")));
    RawPath code = RawPath.of("/package/__pycache__/module.pyc");
    assertArrayEquals(bytes("code of /package"), read(leaf, code, 0, 100));
    settled(leaf.lstat(RawPath.of("/package/sub/module.py")));
    long calls = network.calls().size();
    code = RawPath.of("/package/sub/__pycache__/module.pyc");
    assertArrayEquals(bytes("code of /package/sub"), read(leaf, code, 0, 100));
    assertEquals(calls, network.calls().size(), "all of it was there");
  }

  @Test
  void theBytecodeOfThePackagesInAPackageComesOnceItsOwnIsRead() {
    List<String> packages = List.of("/p", "/p/a", "/p/b", "/p/b/deep", "/p/tests");
    for (String directory : packages) {
      rootStorage.put(directory + "/__init__.py", bytes("text"));
      rootStorage.put(directory + "/__pycache__/__init__.pyc", bytes("code of " + directory));
    }
    rootStorage.put("/p/data/__pycache__/module.pyc", bytes("of no package"));
    settled(leaf.list(RawPath.of("/p")));
    assertEquals(0, network.count("copper_files"), "nobody has read any");
    RawPath code = RawPath.of("/p/__pycache__/__init__.pyc");
    assertArrayEquals(bytes("code of /p"), read(leaf, code, 0, 100));
    List<String> read =
        rootStorage.asked().stream().filter(asked -> asked.startsWith("readFile")).toList();
    assertEquals(
        Set.of(
            "readFile /p/__pycache__/__init__.pyc",
            "readFile /p/a/__pycache__/__init__.pyc",
            "readFile /p/b/__pycache__/__init__.pyc"),
        Set.copyOf(read));
    long calls = network.calls().size();
    code = RawPath.of("/p/a/__pycache__/__init__.pyc");
    assertArrayEquals(bytes("code of /p/a"), read(leaf, code, 0, 100));
    assertEquals(calls, network.calls().size(), "it was there");
  }

  @Test
  void aLongerFileBringsThoseOfItsKindAlone() {
    CooperativeStore own = node("own", "middle", new MemoryStorage(), new Counters(), 1 << 20);
    for (String name : List.of("a.so", "b.so", "source.py", "plain")) {
      rootStorage.put("/package/" + name, pattern(100_000, 3));
    }
    settled(own.list(RawPath.of("/package")));
    assertArrayEquals(pattern(100_000, 3), read(own, RawPath.of("/package/a.so"), 0, 100_000));
    List<String> read =
        rootStorage.asked().stream().filter(asked -> asked.startsWith("readFile")).toList();
    assertEquals(Set.of("readFile /package/a.so", "readFile /package/b.so"), Set.copyOf(read));
    read(own, RawPath.of("/package/plain"), 0, 100_000);
    assertEquals(3, rootStorage.asked().stream().filter(a -> a.startsWith("readFile")).count());
  }

  @Test
  void aMediumLargeFileThatIsReadHereAndThereComesWhole() {
    RawPath large = RawPath.of("/library");
    byte[] content = pattern(20 * Chunks.BYTES, 6);
    rootStorage.put("/library", content);
    read(leaf, large, 0, 100);
    assertEquals(2, network.count("copper_read"), "one chunk, on two levels");
    read(leaf, large, 10L * Chunks.BYTES, 100);
    assertEquals(40, network.count("copper_read"), "all, on two levels");
    assertArrayEquals(content, read(leaf, large, 0, content.length));
    assertEquals(40, network.count("copper_read"), "each once");
  }

  @Test
  void aLongerOneThatIsReadHereAndThereDoesNot() {
    rootStorage.put("/long", pattern(60 * Chunks.BYTES, 7));
    for (int i = 0; i < 60; i += 20) {
      read(leaf, RawPath.of("/long"), (long) i * Chunks.BYTES, 100);
    }
    assertEquals(6, network.count("copper_read"), "three chunks, on two levels");
  }

  @Test
  void aPackageIsListedAheadALevelAtATime() {
    for (String directory : List.of("/p", "/p/a", "/p/b", "/p/a/deep", "/p/a/deep/er")) {
      rootStorage.put(directory + "/__init__.py", bytes("text"));
    }
    settled(leaf.list(RawPath.of("/p")));
    assertEquals(2, network.count("copper_batch"), "the packages in it, on two levels");
    assertFalse(rootStorage.asked().contains("list /p/a/deep"), "nobody has looked into /p/a");
    settled(leaf.lstat(RawPath.of("/p/a/__init__.py")));
    assertTrue(rootStorage.asked().contains("list /p/a/deep"));
    assertFalse(rootStorage.asked().contains("list /p/a/deep/er"));
    assertEquals(4, network.count("copper_batch"));
    assertEquals(2, network.count("copper_list"), "what was asked for, on two levels");
  }

  @Test
  void nothingIsListedAheadOfWhatIsNoPackageOrHasTooManyDirectories() {
    rootStorage.put("/home/me/file", bytes("text"));
    settled(leaf.list(RawPath.of("/home")));
    assertFalse(rootStorage.asked().contains("list /home/me"));
    rootStorage.put("/wide/__init__.py", bytes("text"));
    for (int i = 0; i < 65; i++) {
      rootStorage.put("/wide/" + i + "/file", bytes("text"));
    }
    settled(leaf.list(RawPath.of("/wide")));
    assertEquals(0, network.count("copper_batch"));
  }

  @Test
  void aParentWithoutBatchesIsAskedOneByOne() {
    lacks("middle", "copper_batch");
    rootStorage.put("/package/module.py", bytes("text"));
    rootStorage.put("/package/sub/module.py", bytes("text"));
    rootStorage.put("/package/__pycache__/module.pyc", bytes("code"));
    settled(leaf.list(RawPath.of("/package")));
    assertEquals(4, settled(leaf.lstat(RawPath.of("/package/sub/module.py"))).value().size());
    settled(leaf.lstat(RawPath.of("/package/sub/other.py")));
    assertEquals(0, network.count("copper_batch"), "what the parent lacks is not asked");
  }

  @Test
  void aNameThatIsTooLongIsForStorageToRefuse() {
    rootStorage.put("/package/a", new byte[1]);
    settled(leaf.list(RawPath.of("/package")));
    settled(leaf.lstat(RawPath.of("/package/" + "x".repeat(256))));
    assertEquals(2, network.count("rpc_lstat"));
  }

  @Test
  void aSmallFileOfADirectoryBringsTheOthers() {
    for (int i = 0; i < 50; i++) {
      rootStorage.put("/package/" + i, ("content " + i).getBytes(StandardCharsets.US_ASCII));
    }
    rootStorage.put("/package/large", new byte[2000]);
    settled(leaf.list(RawPath.of("/package")));
    for (int i = 0; i < 50; i++) {
      assertArrayEquals(bytes("content " + i), read(leaf, RawPath.of("/package/" + i), 0, 100));
    }
    assertEquals(2, network.count("copper_file"), "one file, on two levels");
    assertEquals(2, network.count("copper_files"), "one directory, on two levels");
    assertEquals(50, rootStorage.asked().stream().filter(a -> a.startsWith("readFile")).count());
    assertEquals(List.of(), leafStorage.asked());
  }

  @Test
  void aFileIsReadOnceForCppChildrenAndOurOwn() {
    rootStorage.put("/lone", bytes("for all"));
    assertArrayEquals(bytes("for all"), read(leaf, RawPath.of("/lone"), 0, 100));
    CompletableFuture<ByteBuffer> answer =
        network
            .join("cpp-child")
            .call(
                "middle",
                "rpc_readfile",
                new Payload(new PathRequest(false, RawPath.of("/lone")).encode()),
                Duration.ofSeconds(1));
    time.advance(Duration.ofMillis(10));
    assertEquals(
        ByteBuffer.wrap(bytes("for all")), Replies.READ_FILE.decode(answer.join()).value().data());
    assertEquals(1, rootStorage.asked().stream().filter(a -> a.startsWith("readFile")).count());
  }

  @Test
  void filesThatArriveAfterAClearAreNotKept() {
    rootStorage.put("/package/a", bytes("old a")).put("/package/b", bytes("old b"));
    settled(leaf.list(RawPath.of("/package")));
    CompletableFuture<?> first = leaf.read(RawPath.of("/package/a"), 0, 100);
    time.advance(VirtualNetwork.LATENCY.multipliedBy(3));
    assertFalse(first.isDone());
    assertEquals(2, network.count("copper_files"), "on two levels");
    rootStorage.put("/package/a", bytes("new a")).put("/package/b", bytes("new b"));
    root.clear();
    middle.clear();
    leaf.clear();
    time.advance(Duration.ofMillis(100));
    assertArrayEquals(bytes("new a"), read(leaf, RawPath.of("/package/a"), 0, 100));
    assertArrayEquals(bytes("new b"), read(leaf, RawPath.of("/package/b"), 0, 100));
  }

  @Test
  void aParentWithoutBundlesIsAskedForEachFile() {
    lacks("middle", "copper_files", "copper_names");
    rootStorage.put("/package/a", bytes("a")).put("/package/b", bytes("b"));
    rootStorage.put("/package/c", bytes("c"));
    settled(leaf.list(RawPath.of("/package")));
    for (String name : List.of("a", "b", "c")) {
      assertArrayEquals(bytes(name), read(leaf, RawPath.of("/package/" + name), 0, 100));
    }
    time.advance(TTL.multipliedBy(3));
    assertEquals(Errno.ENOENT, settled(leaf.lstat(RawPath.of("/package/missing"))).errno());
    assertEquals(Errno.ENOENT, settled(leaf.lstat(RawPath.of("/package/missing2"))).errno());
    assertEquals(List.of(), leafStorage.asked());
  }

  @Test
  void attributesThatArriveAfterAClearAreNotKept() {
    rootStorage.put("/package/a", new byte[1]).put("/package/b", new byte[2]);
    CompletableFuture<?> listing = leaf.list(RawPath.of("/package"));
    time.advance(VirtualNetwork.LATENCY.multipliedBy(3));
    assertFalse(listing.isDone());
    rootStorage.put("/package/a", new byte[10]);
    root.clear();
    middle.clear();
    leaf.clear();
    time.advance(Duration.ofMillis(100));
    assertTrue(listing.isDone());
    assertEquals(10, settled(leaf.lstat(RawPath.of("/package/a"))).value().size());
  }

  @Test
  void fiveHundredAskersOfASlowParentHoldNoThreadAndCauseOneRead() {
    network.hang("root");
    int before = Thread.activeCount();
    List<CompletableFuture<Reply<FilePart>>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      answers.add(leaf.read(FILE, 0, 100));
    }
    time.advance(Duration.ofSeconds(2));
    assertEquals(before, Thread.activeCount());
    network.heal("root");
    time.advance(Duration.ofSeconds(2));
    for (CompletableFuture<Reply<FilePart>> answer : answers) {
      assertEquals(7, answer.join().value().data().remaining());
    }
    assertEquals(List.of("lstat /file", "readFile /file"), rootStorage.asked());
  }

  @Test
  void fiveHundredDifferentQuestionsWaitWithoutAThreadEach() {
    network.hang("root");
    int before = Thread.activeCount();
    List<CompletableFuture<Reply<FileStat>>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      answers.add(leaf.lstat(RawPath.of("/missing" + i)));
    }
    time.advance(Duration.ofSeconds(2));
    assertEquals(before, Thread.activeCount());
    network.heal("root");
    time.advance(Duration.ofSeconds(3));
    answers.forEach(answer -> assertEquals(Errno.ENOENT, answer.join().errno()));
  }

  @Test
  void aMissingNameIsAskedAgainWhenItsTimeIsOverOnEveryLevel() {
    RawPath path = RawPath.of("/later");
    assertEquals(Errno.ENOENT, settled(leaf.lstat(path)).errno());
    rootStorage.put("/later", bytes("x"));
    time.advance(TTL.multipliedBy(3));
    assertEquals(1, settled(leaf.lstat(path)).value().size());
  }

  @Test
  void aReadIsCutAtTheEndOfTheFile() {
    assertArrayEquals(bytes("tent"), read(leaf, FILE, 3, 100));
    assertArrayEquals(bytes("on"), read(leaf, FILE, 1, 2));
    assertArrayEquals(new byte[0], read(leaf, FILE, 7, 10));
    assertArrayEquals(new byte[0], read(leaf, FILE, 1L << 40, 10));
  }

  @Test
  void aLargeFileComesThroughTheTreeInChunksEachOnce() {
    RawPath large = RawPath.of("/big");
    byte[] content = pattern(3 * Chunks.BYTES + 17, 1);
    rootStorage.put("/big", content);
    assertArrayEquals(Arrays.copyOfRange(content, 10, 110), read(leaf, large, 10, 100));
    assertEquals(2, network.count("copper_read"), "one chunk, on two levels");
    assertArrayEquals(content, read(leaf, large, 0, content.length + 5));
    assertArrayEquals(content, read(middle, large, 0, content.length));
    assertEquals(new byte[0].length, read(leaf, large, content.length, 10).length);
    assertEquals(8, network.count("copper_read"), "four chunks, on two levels");
    assertEquals(4, rootStorage.asked().stream().filter(a -> a.startsWith("read ")).count());
    assertEquals(List.of(), leafStorage.asked());
  }

  @Test
  void chunksComeAheadOfWhoReadsOneAfterTheOther() {
    RawPath large = RawPath.of("/big");
    byte[] content = pattern(40 * Chunks.BYTES, 2);
    rootStorage.put("/big", content);
    for (int i = 0; i < 40; i++) {
      byte[] part = Arrays.copyOfRange(content, i * Chunks.BYTES, (i + 1) * Chunks.BYTES);
      assertArrayEquals(part, read(leaf, large, (long) i * Chunks.BYTES, Chunks.BYTES));
      if (i == 10) {
        assertTrue(network.count("copper_read") > 2 * 20, "chunks ahead");
      }
    }
    assertEquals(80, network.count("copper_read"), "each once, on two levels");
  }

  /** The time that {@code reader} takes for these chunks, one read after the other. */
  private Duration timeToRead(CooperativeStore reader, RawPath path, int from, int to) {
    long begin = time.read();
    for (int i = from; i < to; i++) {
      CompletableFuture<?> part = reader.read(path, (long) i * Chunks.BYTES, Chunks.BYTES);
      while (!part.isDone()) {
        time.advance(Duration.ofNanos(100_000));
      }
    }
    return Duration.ofNanos(time.read() - begin);
  }

  /** Reads a hundred chunks, and returns the time for a hundred more. */
  private Duration timeOnceItRuns(CooperativeStore reader, String file) {
    RawPath path = RawPath.of(file);
    rootStorage.put(file, pattern(200 * Chunks.BYTES, 5));
    settled(reader.lstat(path));
    timeToRead(reader, path, 0, 100);
    return timeToRead(reader, path, 100, 200);
  }

  @Test
  void aLargeFileIsReadAsFastFourLevelsDownAsOne() {
    node("third", "leaf", new MemoryStorage(), new Counters());
    CooperativeStore fourth = node("fourth", "third", new MemoryStorage(), new Counters());
    Duration one = timeOnceItRuns(middle, "/one");
    assertEquals(200, network.count("copper_read"));
    Duration four = timeOnceItRuns(fourth, "/four");
    assertTrue(
        four.toNanos() <= 1.5 * one.toNanos(), () -> "one level: " + one + ", four: " + four);
    assertEquals(5 * 200, network.count("copper_read"), "each once, on one and four levels");
    assertEquals(2 * 200, rootStorage.asked().stream().filter(a -> a.startsWith("read ")).count());
  }

  @Test
  void twoReadersOfAFileBothHaveChunksComeAhead() {
    RawPath large = RawPath.of("/big");
    int chunks = 100;
    rootStorage.put("/big", pattern(chunks * Chunks.BYTES, 8));
    settled(leaf.lstat(large));
    int waits = 0;
    for (int i = 0; i < chunks / 2; i++) {
      for (int at : new int[] {i, chunks / 2 + i}) {
        CompletableFuture<?> part = leaf.read(large, (long) at * Chunks.BYTES, Chunks.BYTES);
        waits += part.isDone() ? 0 : 1;
        time.advance(Duration.ofMillis(5));
      }
    }
    assertTrue(waits <= 8, waits + " of " + chunks + " reads waited");
    assertEquals(2L * chunks, network.count("copper_read"), "each once, on two levels");
  }

  @Test
  void whoReadsALittleOfALargeFileBringsLittleOfIt() {
    RawPath large = RawPath.of("/big");
    rootStorage.put("/big", pattern(100 * Chunks.BYTES, 9));
    node("third", "leaf", new MemoryStorage(), new Counters());
    CooperativeStore fourth = node("fourth", "third", new MemoryStorage(), new Counters());
    for (int i = 0; i < 2; i++) {
      read(fourth, large, (long) i * Chunks.BYTES, Chunks.BYTES);
    }
    long read = rootStorage.asked().stream().filter(a -> a.startsWith("read ")).count();
    assertTrue(read <= 6, read + " chunks of storage for two that were read");
  }

  @Test
  void aFileThatChangesWhileItIsReadIsReadAnewAndNeverMixed() {
    RawPath large = RawPath.of("/big");
    byte[] before = pattern(4 * Chunks.BYTES, 3);
    byte[] after = pattern(5 * Chunks.BYTES, 4);
    rootStorage.put("/big", before);
    assertArrayEquals(Arrays.copyOf(before, Chunks.BYTES), read(leaf, large, 0, Chunks.BYTES));
    rootStorage.put("/big", after);
    assertArrayEquals(after, read(leaf, large, 0, 6 * Chunks.BYTES));
    assertEquals(after.length, settled(leaf.lstat(large)).value().size());
    assertEquals(after.length, settled(middle.lstat(large)).value().size());
  }

  @Test
  void aParentWithoutChunksIsAskedForWholeFilesAndStorageForTheRest() {
    lacks("middle", "copper_read");
    rootStorage.put("/file", bytes("content"));
    assertArrayEquals(bytes("tent"), read(leaf, FILE, 3, 100));
    RawPath large = RawPath.of("/large");
    assertEquals(2000 - 10, read(leaf, large, 10, 5000).length);
    assertEquals(List.of("read /large"), leafStorage.asked());
  }

  private static byte[] pattern(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aFileThatNoMessageCanHoldIsReadFromStorage() {
    rootStorage.refuseToReadWhole("/file");
    leafStorage.put("/file", bytes("content"));
    assertArrayEquals(bytes("tent"), read(leaf, FILE, 3, 100));
    assertEquals(List.of("read /file"), leafStorage.asked());
  }

  @Test
  void clearForgetsAndAsksAnew() {
    assertArrayEquals(bytes("content"), read(leaf, FILE, 0, 100));
    rootStorage.put("/file", bytes("changed content"));
    assertArrayEquals(bytes("content"), read(leaf, FILE, 0, 100));
    root.clear();
    middle.clear();
    leaf.clear();
    assertArrayEquals(bytes("changed content"), read(leaf, FILE, 0, 100));
  }

  @Test
  void whereNoParentIsLeftStorageIsAskedAndByTheFirstThatMissesItAlone() {
    settled(leaf.lstat(FILE));
    network.cut("root");
    CompletableFuture<Reply<FileStat>> answer = leaf.lstat(RawPath.of("/other"));
    time.advance(Duration.ofSeconds(2));
    assertEquals(Errno.ENOENT, answer.join().errno(), "the middle node's storage has none");
    assertEquals(ServedBy.Role.STORAGE, middle.servedBy().role());
    assertEquals(ServedBy.Role.PARENT, leaf.servedBy().role());
    assertEquals(List.of(), leafStorage.asked());
  }

  @Test
  void whoIsRefusedByAllGetsAnErrorAndDoesNotAskStorage() {
    network.deny("middle");
    CooperativeStore stranger = node("stranger", "middle", leafStorage, new Counters());
    CompletableFuture<Reply<FileStat>> answer = stranger.lstat(FILE);
    time.advance(Duration.ofMinutes(3));
    assertThrows(CompletionException.class, answer::join);
    assertEquals(List.of(), leafStorage.asked());
  }

  @Test
  void aCppParentIsAskedTheOriginalRpcsOnly() {
    RpcTransport cpp = network.join("cpp");
    cpp.register(
        "rpc_is_ready", request -> CompletableFuture.completedFuture(Payload.of(new byte[] {1})));
    cpp.register(
        "rpc_readdir",
        request -> {
          DirectoryListing names =
              new DirectoryListing(List.of(new DirectoryListing.Entry(bytes("name"), 0)));
          return CompletableFuture.completedFuture(
              new Payload(Replies.READDIR.encode(Reply.of(names), false)));
        });
    MemoryStorage own = new MemoryStorage();
    CooperativeStore child = node("child", "cpp", own, new Counters());
    DirectoryListing listing = settled(child.list(RawPath.ROOT)).value();
    assertEquals("[name]", listing.entries().toString());
    assertEquals(Errno.EINVAL, settled(child.readlink(FILE)).errno());
    assertEquals(List.of("readlink /file"), own.asked());
    settled(child.list(FILE));
    assertEquals(0, network.count("copper_list"), "what the parent lacks is not asked");
  }

  /** Makes a node that serves the original RPCs alone, attributes and content from here. */
  private void cppParent(MemoryStorage attributes, MemoryStorage contents) {
    RpcTransport cpp = network.join("cpp");
    cpp.register(
        "rpc_is_ready", request -> CompletableFuture.completedFuture(Payload.of(new byte[] {1})));
    cpp.register(
        "rpc_lstat",
        request -> {
          RawPath path = PathRequest.decode(request.payload()).path();
          return CompletableFuture.completedFuture(
              new Payload(Replies.LSTAT.encode(attributes.lstat(path), false)));
        });
    cpp.register(
        "rpc_readfile",
        request -> {
          RawPath path = PathRequest.decode(request.payload()).path();
          return CompletableFuture.completedFuture(
              new Payload(Replies.READ_FILE.encode(contents.readFile(path, 1 << 24), false)));
        });
  }

  @Test
  void chunksForAChildAreMadeFromWhatACppParentSendsOrFromStorage() {
    byte[] whole = new byte[3 << 20];
    new Random(7).nextBytes(whole);
    RawPath large = RawPath.of("/large");
    MemoryStorage files = new MemoryStorage().put("/file", whole).put("/large", new byte[5 << 20]);
    MemoryStorage own = new MemoryStorage().put("/large", new byte[5 << 20]);
    MemoryStorage below = new MemoryStorage();
    cppParent(files, files);
    node("between", "cpp", own, new Counters(), 4 << 20);
    CooperativeStore grandchild = node("grandchild", "between", below, new Counters(), 4 << 20);

    assertArrayEquals(
        Arrays.copyOfRange(whole, 200_000, 2_000_000), read(grandchild, FILE, 200_000, 1_800_000));
    assertArrayEquals(new byte[100_000], read(grandchild, large, (5 << 20) - 100_000, 200_000));
    assertEquals(List.of(), below.asked());
    assertTrue(
        own.asked().stream().allMatch(call -> call.endsWith(" /large")), own.asked()::toString);
  }

  @Test
  void aFileThatACppParentShowsEmptyThoughItIsNotIsReadFromStorage() {
    MemoryStorage own =
        new MemoryStorage().put("/file", bytes("content")).put("/empty", new byte[0]);
    cppParent(own, new MemoryStorage().put("/file", new byte[0]).put("/empty", new byte[0]));
    CooperativeStore child = node("child", "cpp", own, new Counters());

    assertArrayEquals(bytes("content"), read(child, FILE, 0, 100));
    assertArrayEquals(new byte[0], read(child, RawPath.of("/empty"), 0, 100));
    assertEquals(
        List.of("readFile /file"),
        own.asked().stream().filter(call -> call.startsWith("readFile")).toList());
  }

  @Test
  void anAnswerThatCannotBeReadNamesTheRpcAndThePeer() {
    RpcTransport odd = network.join("odd");
    odd.register(
        "rpc_is_ready", request -> CompletableFuture.completedFuture(Payload.of(new byte[] {1})));
    odd.register(
        "rpc_lstat",
        request -> CompletableFuture.completedFuture(Payload.of(new byte[] {0, 0, 0})));
    CooperativeStore child = node("child", "odd", new MemoryStorage(), new Counters());
    CompletableFuture<Reply<FileStat>> answer = child.lstat(FILE);
    time.advance(Duration.ofMillis(100));
    RpcException e =
        (RpcException) assertThrows(CompletionException.class, answer::join).getCause();
    assertEquals(RpcException.Kind.BAD_MESSAGE, e.kind());
    assertTrue(
        e.getMessage().contains("rpc_lstat") && e.getMessage().contains("odd"), e::getMessage);
  }

  @Test
  void aRequestThatCannotBeReadFailsWithoutAskingStorage() {
    CompletableFuture<ByteBuffer> answer =
        network
            .join("stranger")
            .call("root", "rpc_lstat", Payload.of(new byte[] {1, 2}), Duration.ofSeconds(1));
    time.advance(Duration.ofMillis(10));
    assertTrue(answer.isCompletedExceptionally());
    assertEquals(List.of(), rootStorage.asked());
  }

  @Test
  void aRequestForTheStatusAloneGetsNoValue() {
    CompletableFuture<ByteBuffer> answer =
        network
            .join("cpp-child")
            .call(
                "root",
                "rpc_readfile",
                new Payload(new PathRequest(true, FILE).encode()),
                Duration.ofSeconds(1));
    time.advance(Duration.ofMillis(10));
    assertEquals(8, answer.join().remaining());
    assertEquals(7, answer.join().getLong());
    assertFalse(rootStorage.asked().isEmpty());
  }
}
