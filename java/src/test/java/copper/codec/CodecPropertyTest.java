package copper.codec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.DirectoryListing;
import copper.model.DirectoryListing.Entry;
import copper.model.DirectoryVersion;
import copper.model.Errno;
import copper.model.FileBundle;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** Every message survives its way, and no bytes but a message's are taken for one. */
class CodecPropertyTest {
  private static final int[] TYPES = {
    0, 0140000, 0120000, 0100000, 0060000, 0040000, 0020000, 0010000
  };

  /** Where the mode is in a stat image. */
  private static final int MODE = 24;

  /** A valid message and its decoder. */
  @SuppressWarnings("ArrayRecordComponent")
  record Sample(String name, byte[] bytes, Consumer<ByteBuffer> decoder) {
    static Sample of(String name, List<ByteBuffer> message, Consumer<ByteBuffer> decoder) {
      return new Sample(name, Messages.join(message), decoder);
    }

    static <T> Sample of(String name, ReplyCodec<T> codec, Reply<T> reply, boolean dest) {
      return of(
          name + (dest ? " status" : " reply"),
          codec.encode(reply, dest),
          dest ? codec::decodeStatus : codec::decode);
    }

    @Override
    public String toString() {
      return name + " " + Arrays.toString(bytes);
    }
  }

  @Provide
  Arbitrary<byte[]> names() {
    return Arbitraries.bytes()
        .filter(b -> b != 0 && b != '/')
        .array(byte[].class)
        .ofMinSize(1)
        .ofMaxSize(40)
        .filter(name -> !new Entry(name, DirectoryListing.UNKNOWN).isSelfOrParent());
  }

  /** The names of a listing, which may hold the directory itself and the one above. */
  private Arbitrary<byte[]> listed() {
    return Arbitraries.frequencyOf(
        Tuple.of(8, names()),
        Tuple.of(1, Arbitraries.of(".", "..").map(name -> name.getBytes(US_ASCII))));
  }

  @Provide
  Arbitrary<RawPath> paths() {
    return names().list().ofMaxSize(5).map(CodecPropertyTest::path);
  }

  private static RawPath path(List<byte[]> names) {
    RawPath path = RawPath.ROOT;
    for (byte[] name : names) {
      path = path.resolve(name);
    }
    return path;
  }

  @Provide
  Arbitrary<Reply<DirectoryListing>> listings() {
    Arbitrary<Integer> types = Arbitraries.integers().between(0, 7).map(i -> TYPES[i]);
    Arbitrary<Optional<byte[]>> images = images().optional(0.5);
    Arbitrary<Optional<byte[]>> targets = names().optional(0.2);
    return replies(
        Combinators.combine(listed(), types, images, targets)
            .as(CodecPropertyTest::entry)
            .list()
            .ofMaxSize(20)
            .flatMap(
                entries ->
                    Combinators.combine(
                            Arbitraries.of(true, false),
                            Arbitraries.longs().array(long[].class).ofSize(6),
                            Arbitraries.integers().between(0, Integer.MAX_VALUE - 20))
                        .as(
                            (current, v, more) ->
                                new DirectoryListing(
                                    entries,
                                    current,
                                    new DirectoryVersion(v[0], v[1], v[2], v[3], v[4], v[5]),
                                    entries.size() + more))));
  }

  private static Arbitrary<WholeFile> files(int longest) {
    return Combinators.combine(
            Arbitraries.bytes().array(byte[].class).ofMaxSize(longest), Arbitraries.longs())
        .as((data, mtime) -> new WholeFile(ByteBuffer.wrap(data), mtime));
  }

  @Provide
  Arbitrary<Reply<FileBundle>> bundles() {
    return replies(
        Combinators.combine(names(), files(100))
            .as(FileBundle.File::new)
            .list()
            .ofMaxSize(10)
            .map(FileBundle::new));
  }

  private static Entry entry(
      byte[] name, int type, Optional<byte[]> image, Optional<byte[]> target) {
    Entry plain = new Entry(name, type);
    if (plain.isSelfOrParent()) {
      return plain;
    }
    Entry entry = target.map(plain::with).orElse(plain);
    if (image.isEmpty()) {
      return entry;
    }
    ByteBuffer fields = ByteBuffer.wrap(image.get()).order(ByteOrder.LITTLE_ENDIAN);
    fields.putInt(MODE, (fields.getInt(MODE) & ~FileStat.S_IFMT) | type);
    return entry.with(FileStat.of(image.get()));
  }

  private static Arbitrary<byte[]> images() {
    return Arbitraries.bytes().array(byte[].class).ofSize(FileStat.SIZE);
  }

  @Provide
  Arbitrary<Reply<FileStat>> stats() {
    return replies(images().map(FileStat::of));
  }

  @Provide
  Arbitrary<Reply<WholeFile>> contents() {
    return replies(files(300));
  }

  @Provide
  Arbitrary<Reply<byte[]>> targets() {
    return replies(names());
  }

  @Provide
  Arbitrary<Reply<FileSystemStat>> spaces() {
    Arbitrary<long[]> fields = Arbitraries.longs().array(long[].class).ofSize(8);
    return replies(
        fields.map(f -> new FileSystemStat(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7])));
  }

  private static <T> Arbitrary<Reply<T>> replies(Arbitrary<T> values) {
    Arbitrary<Reply<T>> failures = Arbitraries.integers().between(2, Errno.MAX).map(Reply::failure);
    return Arbitraries.frequencyOf(Tuple.of(4, values.map(Reply::of)), Tuple.of(1, failures));
  }

  @Provide
  Arbitrary<Sample> samples() {
    Arbitrary<Boolean> dest = Arbitraries.of(true, false);
    return Arbitraries.oneOf(
        Combinators.combine(dest, paths())
            .as((d, p) -> Sample.of("req", new PathRequest(d, p).encode(), PathRequest::decode)),
        Combinators.combine(paths(), Arbitraries.integers().between(0, 1 << 30))
            .as(
                (p, from) ->
                    Sample.of(
                        "part",
                        new PartRequest(p, DirectoryVersion.NONE.with(7), from, 9).encode(),
                        PartRequest::decode)),
        sampled("lstat", Replies.LSTAT, stats()),
        sampled("readfile", Replies.READ_FILE, contents()),
        sampled("file", Replies.FILE, contents()),
        sampled("readdir", Replies.READDIR, listings()),
        sampled("list", Replies.LIST, listings()),
        sampled("names", Replies.NAMES, listings()),
        sampled("files", Replies.FILES, bundles()),
        sampled("readlink", Replies.READLINK, targets()),
        sampled("statfs", Replies.STATFS, spaces()));
  }

  private static <T> Arbitrary<Sample> sampled(
      String name, ReplyCodec<T> codec, Arbitrary<Reply<T>> replies) {
    return Combinators.combine(replies, Arbitraries.of(true, false))
        .as((reply, dest) -> Sample.of(name, codec, reply, dest));
  }

  @Property
  void requestsSurvive(@ForAll boolean dest, @ForAll("paths") RawPath path) {
    PathRequest request = new PathRequest(dest, path);
    byte[] bytes = Messages.join(request.encode());
    assertEquals(request, PathRequest.decode(Messages.direct(bytes)));
    assertEquals(request, PathRequest.decode(ByteBuffer.wrap(bytes)));
  }

  @Property
  void partRequestsSurvive(@ForAll("paths") RawPath path, @ForAll long[] numbers) {
    long[] n = Arrays.copyOf(numbers, 6);
    PartRequest request =
        new PartRequest(path, new DirectoryVersion(n[0], n[1], n[2], n[3], n[4], n[5]), 5, 7);
    assertEquals(request, PartRequest.decode(message(request.encode())));
  }

  /** Encodes and decodes both shapes of an answer; returns the one with the value. */
  private static <T> Reply<T> sent(ReplyCodec<T> codec, Reply<T> reply) {
    assertEquals(reply.errno(), codec.decodeStatus(message(codec.encode(reply, true))));
    return codec.decode(message(codec.encode(reply, false)));
  }

  @Property(tries = 300)
  void statsSurvive(@ForAll("stats") Reply<FileStat> reply) {
    assertEquals(reply, sent(Replies.LSTAT, reply));
  }

  @Property(tries = 300)
  void contentsSurvive(@ForAll("contents") Reply<WholeFile> reply) {
    assertEquals(reply, sent(Replies.FILE, reply));
    assertEquals(
        reply.map(file -> new WholeFile(file.data(), WholeFile.UNKNOWN)),
        sent(Replies.READ_FILE, reply));
  }

  @Property(tries = 300)
  void listingsSurvive(@ForAll("listings") Reply<DirectoryListing> reply) {
    assertSame(reply, sent(Replies.LIST, reply), true);
    assertSame(reply, sent(Replies.READDIR, reply), false);
    assertSame(reply, sent(Replies.NAMES, reply), false);
  }

  @Property(tries = 300)
  void bundlesSurvive(@ForAll("bundles") Reply<FileBundle> reply) {
    Reply<FileBundle> decoded = sent(Replies.FILES, reply);
    assertEquals(reply.errno(), decoded.errno());
    for (int i = 0; reply.ok() && i < reply.value().files().size(); i++) {
      assertArrayEquals(reply.value().files().get(i).name(), decoded.value().files().get(i).name());
      assertEquals(
          reply.value().files().get(i).content(), decoded.value().files().get(i).content());
      assertEquals(reply.value().files().size(), decoded.value().files().size());
    }
  }

  private static void assertSame(
      Reply<DirectoryListing> expected, Reply<DirectoryListing> actual, boolean types) {
    assertEquals(expected.errno(), actual.errno());
    if (!expected.ok()) {
      return;
    }
    List<Entry> entries = expected.value().entries();
    assertEquals(entries.size(), actual.value().entries().size());
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = actual.value().entries().get(i);
      assertArrayEquals(entries.get(i).name(), entry.name());
      assertEquals(types ? entries.get(i).type() : DirectoryListing.UNKNOWN, entry.type());
      assertEquals(types ? entries.get(i).stat() : Optional.empty(), entry.stat());
      assertArrayEquals(
          types ? entries.get(i).target().orElse(null) : null, entry.target().orElse(null));
    }
    assertEquals(types && expected.value().current(), actual.value().current());
    assertEquals(
        types ? expected.value().version() : DirectoryVersion.NONE, actual.value().version());
    assertEquals(types ? expected.value().total() : entries.size(), actual.value().total());
  }

  @Property(tries = 300)
  void targetsSurvive(@ForAll("targets") Reply<byte[]> reply) {
    Reply<byte[]> decoded = sent(Replies.READLINK, reply);
    assertEquals(reply.errno(), decoded.errno());
    assertArrayEquals(reply.value(), decoded.value());
  }

  @Property(tries = 300)
  void spacesSurvive(@ForAll("spaces") Reply<FileSystemStat> reply) {
    assertEquals(reply, sent(Replies.STATFS, reply));
  }

  private static ByteBuffer message(List<ByteBuffer> parts) {
    return Messages.direct(Messages.join(parts));
  }

  @Property(tries = 500)
  void everyShorterMessageIsRefused(@ForAll("samples") Sample sample) {
    sample.decoder().accept(ByteBuffer.wrap(sample.bytes()));
    for (int length = 0; length < sample.bytes().length; length++) {
      ByteBuffer cut = Messages.direct(Arrays.copyOf(sample.bytes(), length));
      assertThrows(CodecException.class, () -> sample.decoder().accept(cut));
    }
  }

  @Property(tries = 500)
  void bytesLeftOverAreRefused(
      @ForAll("samples") Sample sample, @ForAll @IntRange(min = 1, max = 30) int more) {
    byte[] longer = Arrays.copyOf(sample.bytes(), sample.bytes().length + more);
    assertThrows(CodecException.class, () -> sample.decoder().accept(ByteBuffer.wrap(longer)));
  }

  @Property(tries = 3000)
  void changedBytesAreTakenOrRefusedInOrder(
      @ForAll("samples") Sample sample,
      @ForAll @IntRange(max = 10_000) int place,
      @ForAll long value,
      @ForAll @IntRange(min = 1, max = 8) int count) {
    byte[] bytes = sample.bytes().clone();
    ByteBuffer word = ByteBuffer.allocate(8).putLong(0, value);
    for (int i = 0; i < count && bytes.length > 0; i++) {
      bytes[(place + i) % bytes.length] = word.get(i);
    }
    takeOrRefuse(sample, bytes);
  }

  @Property(tries = 1000)
  void hugeLengthsAreRefused(
      @ForAll("samples") Sample sample, @ForAll @IntRange(max = 10_000) int place) {
    for (long length : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 31, (1L << 31) - 1}) {
      byte[] bytes = Arrays.copyOf(sample.bytes(), Math.max(8, sample.bytes().length));
      ByteBuffer.wrap(bytes)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putLong(place % (bytes.length - 7), length);
      takeOrRefuse(sample, bytes);
    }
  }

  @Property(tries = 1000)
  void anyBytesAreTakenOrRefusedInOrder(@ForAll("samples") Sample sample, @ForAll byte[] bytes) {
    takeOrRefuse(sample, bytes);
  }

  /** Decodes; the only way to fail is the exception made for it. */
  private static void takeOrRefuse(Sample sample, byte[] bytes) {
    try {
      sample.decoder().accept(Messages.direct(bytes));
    } catch (CodecException e) {
      assertTrue(e.getMessage().contains(": "), e.getMessage());
    }
  }
}
