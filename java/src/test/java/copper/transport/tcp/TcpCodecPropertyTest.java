package copper.transport.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.transport.Payload;
import copper.transport.PeerServices;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** Frames, payloads and back-off for any input. */
class TcpCodecPropertyTest {
  /** Writes down what a decoder says, and puts payloads together. */
  private static final class Notes implements FrameSink {
    final List<String> lines = new ArrayList<>();
    private final List<Assembly> payloads = new ArrayList<>();
    private final List<Long> ids = new ArrayList<>();

    private void begin(long id, int length, String line) {
      lines.add(line + " " + length);
      payloads.add(new Assembly(length));
      ids.add(id);
    }

    @Override
    public void request(long id, int timeoutMillis, int length, String name) {
      begin(id, length, "request " + id + " " + timeoutMillis + " " + name);
    }

    @Override
    public void answer(long id, int length) {
      begin(id, length, "answer " + id);
    }

    @Override
    public void data(long id, ByteBuf bytes) {
      assertTrue(bytes.isReadable());
      int index = ids.lastIndexOf(id);
      if (index >= 0) {
        payloads.get(index).add(bytes);
      }
    }

    @Override
    public void failure(long id, int code, String message) {
      lines.add("error " + id + " " + code + " " + message);
    }

    @Override
    public void cancel(long id) {
      lines.add("cancel " + id);
    }

    List<ByteBuffer> payloads() {
      assertTrue(payloads.stream().allMatch(Assembly::isComplete));
      return payloads.stream().map(Assembly::finish).toList();
    }
  }

  /** A message and what a decoder is to say of it. */
  private record Sample(OutMessage message, String line, ByteBuffer payload) {}

  @Provide
  Arbitrary<List<Integer>> sizes() {
    Arbitrary<Integer> size =
        Arbitraries.frequencyOf(
            Tuple.of(5, Arbitraries.integers().between(0, 300)),
            Tuple.of(2, Arbitraries.integers().between(0, 20_000)),
            Tuple.of(1, Arbitraries.integers().between(0, 400_000)));
    return size.list().ofMinSize(1).ofMaxSize(6);
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.strings()
        .all()
        .ofMinLength(1)
        .ofMaxLength(60)
        .map(TcpCodecPropertyTest::utf);
  }

  private static String utf(String text) {
    String clean = StandardCharsets.UTF_8.decode(StandardCharsets.UTF_8.encode(text)).toString();
    return clean.isEmpty() ? "x" : clean;
  }

  @Property(tries = 60)
  void requestsArriveAsTheyWereSent(
      @ForAll("sizes") List<Integer> sizes, @ForAll("names") String name, @ForAll long seed) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      ByteBuffer payload = payload(sizes.get(i), seed + i);
      byte[] text = name.getBytes(StandardCharsets.UTF_8);
      int millis = i * 1000;
      samples.add(
          new Sample(
              OutMessage.request(i, text, () -> millis, split(payload, seed), () -> {}),
              "request " + i + " " + millis + " " + name + " " + payload.remaining(),
              payload));
    }
    check(true, samples, seed);
  }

  @Property(tries = 60)
  void answersArriveAsTheyWereSent(@ForAll("sizes") List<Integer> sizes, @ForAll long seed) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      ByteBuffer payload = payload(sizes.get(i), seed + i);
      samples.add(
          new Sample(
              OutMessage.answer(~i, split(payload, seed), () -> {}),
              "answer " + ~i + " " + payload.remaining(),
              payload));
    }
    check(false, samples, seed);
  }

  private static ByteBuffer payload(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  /** Cuts {@code whole} in buffers of several kinds. */
  private static Payload split(ByteBuffer whole, long seed) {
    Random random = new Random(seed);
    List<ByteBuffer> parts = new ArrayList<>();
    for (int at = 0; at < whole.limit(); ) {
      int count = Math.min(whole.limit() - at, 1 + random.nextInt(1 << (1 + random.nextInt(18))));
      ByteBuffer part = whole.slice(at, count);
      if (random.nextBoolean()) {
        part = ByteBuffer.allocateDirect(count + 3).position(3).put(part).position(3);
      }
      parts.add(random.nextBoolean() ? part.asReadOnlyBuffer() : part);
      at += count;
    }
    return new Payload(parts);
  }

  private static void check(boolean server, List<Sample> samples, long seed) {
    ByteBuf wire = write(samples.stream().map(Sample::message).toList());
    Notes notes = new Notes();

    read(server, notes, wire, seed);

    assertEquals(samples.stream().map(Sample::line).toList(), notes.lines);
    assertEquals(samples.stream().map(Sample::payload).toList(), notes.payloads());
  }

  /** Returns what {@code messages} are on the wire, taking turns. */
  private static ByteBuf write(List<OutMessage> messages) {
    EmbeddedChannel channel = new EmbeddedChannel();
    try {
      List<OutMessage> waiting = new ArrayList<>(messages);
      while (!waiting.isEmpty()) {
        waiting.forEach(message -> message.writeFrame(channel));
        waiting.removeIf(OutMessage::isDone);
      }
      channel.flush();
      ByteBuf wire = Unpooled.buffer();
      for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
        wire.writeBytes(part);
        part.release();
      }
      return wire;
    } finally {
      channel.finishAndReleaseAll();
    }
  }

  /** Decodes {@code wire} as it arrives in pieces of any size. */
  private static void read(boolean server, FrameSink sink, ByteBuf wire, long seed) {
    Random random = new Random(seed);
    EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(server, sink));
    try {
      while (wire.isReadable()) {
        int most = 1 + random.nextInt(1 << random.nextInt(17));
        channel.writeInbound(wire.readBytes(Math.min(wire.readableBytes(), most)));
      }
    } finally {
      channel.finishAndReleaseAll();
      wire.release();
    }
  }

  @Property(tries = 200)
  void errorsArriveAsOneLine(@ForAll long id, @ForAll String text) {
    Notes notes = new Notes();

    read(
        false,
        notes,
        write(
            List.of(
                OutMessage.error(id, 2, text, () -> {}), OutMessage.error(1, 3, "x", () -> {}))),
        id);

    String expected = new String(FrameCodec.message(text), StandardCharsets.UTF_8);
    assertEquals(List.of("error " + id + " 2 " + expected, "error 1 3 x"), notes.lines);
    assertFalse(expected.contains("\n"));
  }

  @Provide
  Arbitrary<byte[]> almostFrames() {
    Arbitrary<byte[]> body = Arbitraries.bytes().array(byte[].class).ofMaxSize(60);
    Arbitrary<Integer> slip =
        Arbitraries.frequency(Tuple.of(20, 0), Tuple.of(1, 1), Tuple.of(1, -5));
    return Combinators.combine(Arbitraries.integers().between(0, 6), body, slip)
        .as(
            (type, bytes, wrong) -> {
              ByteBuf frame = Unpooled.buffer();
              frame.writeInt(9 + bytes.length + wrong).writeByte(type).writeLong(3);
              frame.writeBytes(bytes);
              byte[] result = new byte[frame.readableBytes()];
              frame.readBytes(result);
              return result;
            })
        .list()
        .ofMaxSize(10)
        .map(
            list -> {
              ByteBuf all = Unpooled.buffer();
              list.forEach(all::writeBytes);
              byte[] result = new byte[all.readableBytes()];
              all.readBytes(result);
              return result;
            });
  }

  @Property(tries = 400)
  void bytesOfAnyKindAreFramesOrAProtocolError(
      @ForAll("almostFrames") byte[] bytes, @ForAll boolean server, @ForAll long seed) {
    try {
      read(server, new Careless(), Unpooled.copiedBuffer(bytes), seed);
    } catch (ProtocolException e) {
      assertFalse(e.getMessage().isEmpty());
    }
  }

  /** Takes anything. */
  private static final class Careless implements FrameSink {
    @Override
    public void request(long id, int timeoutMillis, int length, String name) {
      assertTrue(timeoutMillis >= 0 && length >= 0 && !name.isEmpty());
    }

    @Override
    public void answer(long id, int length) {
      assertTrue(length >= 0);
    }

    @Override
    public void data(long id, ByteBuf bytes) {
      assertTrue(bytes.isReadable());
    }

    @Override
    public void failure(long id, int code, String message) {}

    @Override
    public void cancel(long id) {}
  }

  @Property(tries = 50)
  void aPayloadTakesMemoryAsItArrives(
      @ForAll @IntRange(max = 3_000_000) int total, @ForAll long seed) {
    ByteBuffer payload = PeerServices.pattern(total);
    Assembly assembly = new Assembly(total);
    Random random = new Random(seed);
    int at = 0;
    while (at < total) {
      assertFalse(assembly.isComplete());
      int count = Math.min(total - at, 1 + random.nextInt(1 << (10 + random.nextInt(9))));
      assembly.add(Unpooled.wrappedBuffer(payload.slice(at, count)));
      at += count;
      assertTrue(assembly.allocated() <= Math.max(64 << 10, 16L * at));
    }

    assertTrue(assembly.isComplete());
    ByteBuffer whole = assembly.finish();
    assertEquals(payload, whole);
    assertEquals(total > (4 << 10), whole.isDirect());
    assertEquals(ByteOrder.LITTLE_ENDIAN, whole.order());
  }

  @Property
  void backOffDoublesToItsEndAndIsForgotten(@ForAll @IntRange(min = 1, max = 30) int failures) {
    AtomicLong now = new AtomicLong();
    Ticker ticker = now::get;
    TcpTimes times = TcpTimes.DEFAULTS;
    Backoff backoff = new Backoff(ticker, new Random(failures), times);
    assertEquals(0, backoff.remaining());
    long expected = times.firstBackOff().toNanos();
    for (int i = 0; i < failures; i++) {
      now.addAndGet(Duration.ofMinutes(1).toNanos());
      backoff.failed();
      assertTrue(backoff.remaining() >= expected / 2 && backoff.remaining() <= expected);
      expected = Math.min(2 * expected, times.longestBackOff().toNanos());
    }

    now.addAndGet(times.longestBackOff().toNanos());
    assertTrue(backoff.remaining() <= 0);
    backoff.succeeded();
    assertEquals(0, backoff.remaining());
  }
}
