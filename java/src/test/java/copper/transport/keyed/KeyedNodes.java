package copper.transport.keyed;

import static copper.transport.Eventually.answer;
import static copper.transport.Eventually.failure;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.testing.QuietLog;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcTransport;
import copper.transport.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes with and without keys on a {@link Wire}, and what they serve. */
abstract class KeyedNodes {
  static final Duration LONG = Duration.ofSeconds(30);
  static final Secret SECRET =
      Secret.of("0123456789abcdef".repeat(2).getBytes(StandardCharsets.US_ASCII));
  static final Secret OTHER =
      Secret.of("fedcba9876543210".repeat(2).getBytes(StandardCharsets.US_ASCII));
  static final Set<String> OPEN = Set.of("rpc_read");

  @RegisterExtension final QuietLog quiet = new QuietLog("copper.transport.keyed");
  final Wire wire = new Wire();
  final List<String> served = new ArrayList<>();

  RpcTransport keyed(String address, Secret secret, Set<String> open) {
    return KeyedTransport.over(
        wire.join(address), secret, open, UnaryOperator.identity(), Sha256.JAVA);
  }

  RpcTransport node(String address, RpcTransport transport) {
    for (String name : List.of("rpc_read", "copper_list")) {
      transport.register(
          name,
          request -> {
            String text = StandardCharsets.UTF_8.decode(request.payload()).toString();
            served.add(address + " " + name + " " + text);
            return text.equals("fail")
                ? CompletableFuture.failedFuture(new IllegalStateException("no, über"))
                : CompletableFuture.completedFuture(Payload.of(bytes(address + " says " + text)));
          });
    }
    return transport;
  }

  RpcTransport strict(String address) {
    return node(address, keyed(address, SECRET, Set.of()));
  }

  RpcTransport lenient(String address) {
    return node(address, keyed(address, SECRET, OPEN));
  }

  /** A node that knows nothing of keys. */
  RpcTransport plain(String address) {
    return node(address, wire.join(address));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static CompletableFuture<ByteBuffer> call(
      RpcTransport from, String to, String name, String text) {
    return from.call(to, name, Payload.of(bytes(text)), LONG);
  }

  static String ask(RpcTransport from, String to, String name, String text) throws Exception {
    return StandardCharsets.UTF_8.decode(answer(call(from, to, name, text))).toString();
  }

  static String why(Kind kind, CompletableFuture<ByteBuffer> call) {
    RpcException failure = failure(kind, call);
    assertFalse(failure.getMessage().contains("\n"), failure.getMessage());
    return failure.getMessage();
  }

  static void assertContains(String text, String part) {
    assertTrue(text.contains(part), text);
  }
}
