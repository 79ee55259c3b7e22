package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.codec.Batches;
import copper.codec.ChunkRequest;
import copper.codec.PartRequest;
import copper.codec.PathRequest;
import copper.codec.Replies;
import copper.codec.ReplyCodec;
import copper.codec.Rpcs;
import copper.model.DirectoryListing;
import copper.model.DirectoryVersion;
import copper.model.Errno;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import copper.transport.Payload;
import copper.transport.Secret;
import copper.transport.tcp.TcpAddress;
import copper.transport.tcp.TcpOptions;
import copper.transport.tcp.TcpTransport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Somebody who holds the job's secret and asks a node whatever he likes. */
record Peer(Node node, TcpTransport transport) implements AutoCloseable {
  private static final Duration LONG = Duration.ofSeconds(30);

  static Peer of(Node node) {
    try {
      TcpAddress any = TcpAddress.parse("copper+tcp://127.0.0.1:0");
      Secret secret = Secret.read(Path.of(node.flag("-secret_file")));
      return new Peer(node, TcpTransport.open(TcpOptions.of(any, secret)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ByteBuffer call(String rpc, List<ByteBuffer> request) {
    return transport.call(node.flag("-net_type"), rpc, new Payload(request), LONG).join();
  }

  private <T> Reply<T> ask(String rpc, ReplyCodec<T> codec, String path) {
    return codec.decode(call(rpc, new PathRequest(false, RawPath.of(path)).encode()));
  }

  private static String result(Reply<?> reply) {
    return reply.ok() ? "ok" : Errno.name(reply.errno());
  }

  /** Returns "ok" or the errno's name. */
  String readFile(String path) {
    return result(ask(Rpcs.READFILE, Replies.READ_FILE, path));
  }

  /** Returns the names in a directory, sorted, by each RPC that lists. */
  String names(String path) {
    String names = names(ask(Rpcs.LIST, Replies.LIST, path).value());
    assertEquals(names, names(ask(Rpcs.READDIR, Replies.READDIR, path).value()));
    assertEquals(names, names(ask(Rpcs.NAMES, Replies.NAMES, path).value()));
    return names;
  }

  private static String names(DirectoryListing listing) {
    return listing.entries().stream()
        .filter(entry -> !entry.isSelfOrParent())
        .map(DirectoryListing.Entry::toString)
        .sorted()
        .collect(Collectors.joining(" "));
  }

  /** Returns the names of the small files that come with a directory. */
  String bundle(String path) {
    return ask(Rpcs.FILES, Replies.FILES, path).value().files().stream()
        .map(file -> RawPath.printable(file.name()))
        .sorted()
        .collect(Collectors.joining(" "));
  }

  /** Asserts that no RPC there is knows {@code path}. */
  void assertMissing(String path) {
    assertEquals("ENOENT", result(ask(Rpcs.LSTAT, Replies.LSTAT, path)), path);
    assertEquals("ENOENT", readFile(path), path);
    assertEquals("ENOENT", result(ask(Rpcs.READDIR, Replies.READDIR, path)), path);
    assertEquals("ENOENT", result(ask(Rpcs.LIST, Replies.LIST, path)), path);
    assertEquals("ENOENT", result(ask(Rpcs.NAMES, Replies.NAMES, path)), path);
    assertEquals("ENOENT", result(ask(Rpcs.FILES, Replies.FILES, path)), path);
    assertEquals("ENOENT", result(ask(Rpcs.READLINK, Replies.READLINK, path)), path);
    assertEquals("ENOENT", result(ask(Rpcs.STATFS, Replies.STATFS, path)), path);
    ChunkRequest chunk =
        new ChunkRequest(RawPath.of(path), 0, 256 << 10, new FileVersion(1, 100, 1, 1, 1, 1));
    assertEquals("ENOENT", result(Replies.CHUNK.decode(call(Rpcs.READ, chunk.encode()))), path);
    // A part is of a reading, and of what lies behind a link there is none.
    PartRequest part = new PartRequest(RawPath.of(path), DirectoryVersion.NONE, 0, 1024);
    String reading = result(Replies.LIST.decode(call(Rpcs.MORE, part.encode())));
    assertTrue(List.of("ENOENT", "ESTALE").contains(reading), path + ": " + reading);
    List<Batches.Question> questions = List.of(new Batches.Question(Rpcs.LIST, RawPath.of(path)));
    List<ByteBuffer> answers =
        Batches.answers(call(Rpcs.BATCH, Batches.request(questions)), questions.size());
    assertEquals("ENOENT", result(Replies.LIST.decode(answers.get(0))), path);
  }

  @Override
  public void close() {
    transport.close();
  }
}
