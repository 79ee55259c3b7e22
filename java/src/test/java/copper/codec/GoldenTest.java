package copper.codec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import copper.cache.Budget;
import copper.metrics.Counters;
import copper.model.DirectoryListing;
import copper.model.DirectoryListing.Entry;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import copper.simulate.VirtualTime;
import copper.store.CooperativeStore;
import copper.store.RpcService;
import copper.store.Timeouts;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Messages recorded between C++ nodes, Thallium and Margo are ours, byte for byte, both ways. */
class GoldenTest {
  private static final Pattern PATH_REQUEST =
      Pattern.compile("dest=(true|false), path=\"([^\"]*)\"");

  /** Bytes of Mercury's and Margo's headers before the payload of a request and of an answer. */
  private static final int REQUEST_HEADER = 24;

  private static final int RESPONSE_HEADER = 20;

  private final JsonNode golden = load();

  /** What each recorded answer means, by RPC and description. */
  private final Map<String, Consumer<byte[]>> answers = answers();

  private static JsonNode load() {
    try (InputStream file = GoldenTest.class.getResourceAsStream("/golden.json")) {
      return new ObjectMapper().readTree(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void computesTheRecordedIds() {
    Map<String, String> ids = new HashMap<>();
    golden.get("rpc_ids").properties().forEach(id -> ids.put(id.getKey(), id.getValue().asText()));
    assertEquals(6, ids.size());
    ids.forEach(
        (name, id) -> {
          int provider = name.startsWith("__") ? Rpcs.NO_PROVIDER : Rpcs.PROVIDER;
          assertEquals(id, "0x" + HexFormat.of().toHexDigits(Rpcs.id(name, provider)), name);
        });
    assertTrue(
        ids.keySet()
            .containsAll(
                List.of(Rpcs.LSTAT, Rpcs.READFILE, Rpcs.READDIR, Rpcs.IS_READY, Rpcs.SHUTDOWN)));
  }

  @TestFactory
  Stream<DynamicTest> replaysEveryVector() {
    JsonNode vectors = golden.get("vectors");
    assertEquals(33, vectors.size());
    return StreamSupport.stream(vectors.spliterator(), false)
        .map(v -> DynamicTest.dynamicTest(key(v) + " " + text(v, "direction"), () -> replay(v)));
  }

  private void replay(JsonNode vector) {
    byte[] payload = HexFormat.of().parseHex(text(vector, "hex"));
    boolean request = text(vector, "direction").equals("request");
    String frame = text(vector, "frame_hex");
    int header = request ? REQUEST_HEADER : RESPONSE_HEADER;
    assertEquals(text(vector, "hex"), frame.substring(2 * header), "the frame's payload");
    if (request) {
      replayRequest(vector, payload, frame);
    } else {
      Consumer<byte[]> check = answers.get(key(vector));
      assertNotNull(check, () -> "no meaning is known of " + key(vector));
      check.accept(payload);
    }
  }

  private void replayRequest(JsonNode vector, byte[] payload, String frame) {
    String rpc = text(vector, "rpc");
    int provider = rpc.equals(Rpcs.SHUTDOWN) ? Rpcs.NO_PROVIDER : Rpcs.PROVIDER;
    assertEquals(HexFormat.of().toHexDigits(Rpcs.id(rpc, provider)), frame.substring(4, 20));
    if (rpc.equals(Rpcs.IS_READY) || rpc.equals(Rpcs.SHUTDOWN)) {
      assertBytes(payload, Payload.EMPTY.buffers());
      return;
    }
    PathRequest expected = request(text(vector, "description"));
    assertEquals(text(vector, "hex"), Messages.hex(expected.encode()));
    assertEquals(expected, PathRequest.decode(ByteBuffer.wrap(payload)));
    assertEquals(expected, PathRequest.decode(Messages.direct(payload)));
  }

  private static PathRequest request(String description) {
    Matcher matcher = PATH_REQUEST.matcher(description);
    return matcher.matches()
        ? new PathRequest(Boolean.parseBoolean(matcher.group(1)), RawPath.of(matcher.group(2)))
        // The one captured from a whole C++ node, whose description does not tell the path.
        : new PathRequest(false, RawPath.of("/anything"));
  }

  private static Map<String, Consumer<byte[]>> answers() {
    Map<String, Consumer<byte[]>> answers = new HashMap<>();
    answers.put("rpc_is_ready ready = true", GoldenTest::ready);
    answers.put(
        "rpc_lstat dest=true: int32 0", p -> reply(Replies.LSTAT, p, true, Reply.of(counted())));
    answers.put(
        "rpc_lstat dest=false: pair(0, 144-byte stat with byte i = i mod 256)",
        p -> reply(Replies.LSTAT, p, false, Reply.of(counted())));
    answers.put(
        "rpc_lstat dest=true: int32 -2 (-ENOENT)", p -> reply(Replies.LSTAT, p, true, enoent()));
    answers.put(
        "rpc_lstat dest=false: pair(-2, empty)", p -> reply(Replies.LSTAT, p, false, enoent()));
    answers.put("rpc_readfile dest=true: int64 6", p -> file(p, true, "hello\n"));
    answers.put("rpc_readfile dest=false: pair(6, \"hello\\n\")", p -> file(p, false, "hello\n"));
    answers.put("rpc_readfile dest=false: pair(1, one zero byte)", p -> file(p, false, "\0"));
    answers.put(
        "rpc_readfile dest=true: C++ error quirk, int64 4294967295 (= -1u widened, NOT -1)",
        p -> assertEquals(Errno.EIO, Replies.READ_FILE.decodeStatus(ByteBuffer.wrap(p))));
    answers.put(
        "rpc_readfile dest=false: C++ error quirk, pair(4294967295, empty)",
        p -> assertEquals(Errno.EIO, Replies.READ_FILE.decode(ByteBuffer.wrap(p)).errno()));
    answers.put(
        "rpc_readdir dest=true: int32 0",
        p -> reply(Replies.READDIR, p, true, Reply.of(threeNames())));
    answers.put(
        "rpc_readdir dest=false: pair(0, {\".\",\"..\",\"x\"})",
        p -> reply(Replies.READDIR, p, false, Reply.of(threeNames())));
    answers.put("rpc_readdir dest=true: int32 -2", p -> reply(Replies.READDIR, p, true, enoent()));
    answers.put(
        "rpc_readdir dest=false: pair(-2, empty)", p -> reply(Replies.READDIR, p, false, enoent()));
    answers.put("__shutdown__ accepted: int32 0", p -> number(p, 0));
    answers.put("__shutdown__ refused (remote shutdown not enabled): int32 -1", p -> number(p, -1));
    return answers;
  }

  /** Asks a service over a network; its answer is the recorded one. */
  private static void ready(byte[] payload) {
    VirtualTime time = new VirtualTime();
    VirtualNetwork network = new VirtualNetwork(time);
    Counters counters = new Counters();
    try (RpcTransport server = network.join("server");
        RpcTransport client = network.join("client")) {
      CooperativeStore store =
          CooperativeStore.create(
              Above.NOBODY,
              server,
              new MemoryStorage(),
              new CooperativeStore.Limits(1, Duration.ZERO, Budget.of(1 << 20, 1)),
              Timeouts.DEFAULT,
              new CooperativeStore.Environment(time, time, time, counters));
      new RpcService(store, counters).register(server);
      CompletableFuture<ByteBuffer> answer =
          client.call("server", Rpcs.IS_READY, Payload.EMPTY, Duration.ofSeconds(1));
      time.advance(Duration.ofSeconds(2));
      assertBytes(payload, List.of(answer.join()));
    }
  }

  private static void number(byte[] payload, int value) {
    CerealInput input = new CerealInput(ByteBuffer.wrap(payload), "number");
    assertEquals(value, input.i32());
    input.end();
    assertBytes(payload, List.of(new CerealOutput(4).i32(value).toBuffer()));
  }

  private static void file(byte[] payload, boolean dest, String text) {
    byte[] data = text.getBytes(US_ASCII);
    reply(
        Replies.READ_FILE,
        payload,
        dest,
        Reply.of(new WholeFile(ByteBuffer.wrap(data), WholeFile.UNKNOWN)));
  }

  private static <T> void reply(
      ReplyCodec<T> codec, byte[] payload, boolean dest, Reply<T> expected) {
    assertBytes(payload, codec.encode(expected, dest));
    for (ByteBuffer buffer : List.of(ByteBuffer.wrap(payload), Messages.direct(payload))) {
      if (dest) {
        assertEquals(expected.errno(), codec.decodeStatus(buffer));
      } else {
        assertSame(expected, codec.decode(buffer));
      }
    }
  }

  private static void assertSame(Reply<?> expected, Reply<?> actual) {
    if (expected.value() instanceof DirectoryListing) {
      // Entries hold arrays, which records compare by identity: compare what they print.
      assertEquals(expected.toString(), actual.toString());
    } else {
      assertEquals(expected, actual);
    }
  }

  private static void assertBytes(byte[] payload, List<ByteBuffer> message) {
    assertEquals(HexFormat.of().formatHex(payload), Messages.hex(message));
  }

  private static <T> Reply<T> enoent() {
    return Reply.failure(Errno.ENOENT);
  }

  private static FileStat counted() {
    byte[] image = new byte[FileStat.SIZE];
    for (int i = 0; i < image.length; i++) {
      image[i] = (byte) i;
    }
    return FileStat.of(image);
  }

  private static DirectoryListing threeNames() {
    return new DirectoryListing(
        Stream.of(".", "..", "x")
            .map(name -> new Entry(name.getBytes(US_ASCII), DirectoryListing.UNKNOWN))
            .toList());
  }

  private static String key(JsonNode vector) {
    return text(vector, "rpc") + " " + text(vector, "description");
  }

  private static String text(JsonNode node, String field) {
    return node.get(field).asText();
  }
}
