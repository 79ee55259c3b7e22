package copper.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.DirectoryListing;
import copper.model.DirectoryListing.Entry;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
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

  /** A valid message and its decoder. */
  @SuppressWarnings("ArrayRecordComponent")
  record Sample(String name, byte[] bytes, Consumer<ByteBuffer> decoder) {
    static Sample of(String name, List<ByteBuffer> message, Consumer<ByteBuffer> decoder) {
      return new Sample(name, Messages.join(message), decoder);
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
        .ofMaxSize(40);
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
    return replies(
        Combinators.combine(names(), types)
            .as(Entry::new)
            .list()
            .ofMaxSize(20)
            .map(DirectoryListing::new));
  }

  @Provide
  Arbitrary<Reply<FileStat>> stats() {
    return replies(Arbitraries.bytes().array(byte[].class).ofSize(FileStat.SIZE).map(FileStat::of));
  }

  @Provide
  Arbitrary<Reply<ByteBuffer>> contents() {
    return replies(Arbitraries.bytes().array(byte[].class).ofMaxSize(300).map(ByteBuffer::wrap));
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
            .as((d, p) -> sample(new PathRequest(d, p).encode(), b -> PathRequest.decode("r", b))),
        sampled(stats(), r -> LstatResponse.encode(false, r), LstatResponse::decode),
        sampled(stats(), r -> LstatResponse.encode(true, r), LstatResponse::decodeStatus),
        sampled(contents(), r -> ReadFileResponse.encode(false, r), ReadFileResponse::decode),
        sampled(contents(), r -> ReadFileResponse.encode(true, r), ReadFileResponse::decodeStatus),
        sampled(listings(), r -> ReaddirResponse.encode(false, r), ReaddirResponse::decode),
        sampled(listings(), r -> ReaddirResponse.encode(true, r), ReaddirResponse::decodeStatus),
        sampled(listings(), ListResponse::encode, ListResponse::decode),
        sampled(targets(), ReadlinkResponse::encode, ReadlinkResponse::decode),
        sampled(spaces(), StatfsResponse::encode, StatfsResponse::decode),
        dest.map(ready -> sample(ReadyResponse.encode(ready), ReadyResponse::decode)),
        dest.map(ends -> sample(ShutdownResponse.encode(ends), ShutdownResponse::decode)));
  }

  private static <T> Arbitrary<Sample> sampled(
      Arbitrary<Reply<T>> replies,
      Function<Reply<T>, List<ByteBuffer>> encode,
      Consumer<ByteBuffer> decode) {
    return replies.map(reply -> sample(encode.apply(reply), decode));
  }

  private static Sample sample(List<ByteBuffer> message, Consumer<ByteBuffer> decode) {
    return Sample.of(decode.getClass().getName(), message, decode);
  }

  @Property
  void requestsSurvive(@ForAll boolean dest, @ForAll("paths") RawPath path) {
    PathRequest request = new PathRequest(dest, path);
    byte[] bytes = Messages.join(request.encode());
    assertEquals(request, PathRequest.decode("test", Messages.direct(bytes)));
    assertEquals(request, PathRequest.decode("test", ByteBuffer.wrap(bytes)));
  }

  @Property(tries = 300)
  void statsSurvive(@ForAll("stats") Reply<FileStat> reply) {
    assertEquals(reply, LstatResponse.decode(message(LstatResponse.encode(false, reply))));
    assertEquals(
        reply.errno(), LstatResponse.decodeStatus(message(LstatResponse.encode(true, reply))));
  }

  @Property(tries = 300)
  void contentsSurvive(@ForAll("contents") Reply<ByteBuffer> reply) {
    assertEquals(reply, ReadFileResponse.decode(message(ReadFileResponse.encode(false, reply))));
    assertEquals(
        reply.map(data -> (long) data.remaining()),
        ReadFileResponse.decodeStatus(message(ReadFileResponse.encode(true, reply))));
  }

  @Property(tries = 300)
  void listingsSurvive(@ForAll("listings") Reply<DirectoryListing> reply) {
    assertSame(reply, ListResponse.decode(message(ListResponse.encode(reply))), true);
    ByteBuffer names = message(ReaddirResponse.encode(false, reply));
    assertSame(reply, ReaddirResponse.decode(names), false);
    ByteBuffer status = message(ReaddirResponse.encode(true, reply));
    assertEquals(reply.errno(), ReaddirResponse.decodeStatus(status));
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
    }
  }

  @Property(tries = 300)
  void targetsSurvive(@ForAll("targets") Reply<byte[]> reply) {
    Reply<byte[]> decoded = ReadlinkResponse.decode(message(ReadlinkResponse.encode(reply)));
    assertEquals(reply.errno(), decoded.errno());
    assertArrayEquals(reply.value(), decoded.value());
  }

  @Property(tries = 300)
  void spacesSurvive(@ForAll("spaces") Reply<FileSystemStat> reply) {
    assertEquals(reply, StatfsResponse.decode(message(StatfsResponse.encode(reply))));
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
