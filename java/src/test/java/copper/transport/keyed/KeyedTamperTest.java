package copper.transport.keyed;

import static copper.transport.Eventually.answer;
import static copper.transport.Eventually.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.Payload;
import copper.transport.RpcException.Kind;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody on the network can do to keyed nodes: nothing that is served or believed. */
class KeyedTamperTest extends KeyedNodes {
  /** Notes the messages of one RPC. */
  private static final class Recorder implements Wire.Tap {
    private final List<byte[]> requests = new ArrayList<>();
    private final List<byte[]> answers = new ArrayList<>();

    private static byte[] copy(ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(buffer.position(), bytes);
      return bytes;
    }

    @Override
    public ByteBuffer request(String rpc, ByteBuffer request) {
      if (rpc.equals(KeyedTransport.SEALED)) {
        requests.add(copy(request));
      }
      return request;
    }

    @Override
    public ByteBuffer answer(String rpc, ByteBuffer answer) {
      if (rpc.equals(KeyedTransport.SEALED)) {
        answers.add(copy(answer));
      }
      return answer;
    }
  }

  private static ByteBuffer send(RpcTransport from, String to, byte[] message) throws Exception {
    return answer(from.call(to, KeyedTransport.SEALED, Payload.of(message), LONG));
  }

  private void assertNotServed(RpcTransport from, String to, byte[] message) throws Exception {
    assertEquals(ByteBuffer.wrap(new byte[] {Seal.UNSEALED}), send(from, to, message));
  }

  @Test
  void aCallThatComesAgainIsNotServed() throws Exception {
    RpcTransport a = strict("a");
    strict("b");
    RpcTransport stranger = wire.join("stranger");
    Recorder recorder = new Recorder();
    wire.tap = recorder;
    for (int i = 0; i < 5; i++) {
      ask(a, "b", "rpc_read", "x");
    }
    wire.tap = Wire.NOBODY;
    served.clear();

    for (byte[] message : recorder.requests) {
      assertNotServed(stranger, "b", message);
    }
    assertEquals(List.of(), served);
  }

  @Test
  void callsAndAnswersAreNotTakenByWhoMadeThem() throws Exception {
    RpcTransport a = strict("a");
    strict("b");
    ask(a, "b", "rpc_read", "x");
    Recorder recorder = new Recorder();
    wire.tap = recorder;
    ask(a, "b", "rpc_read", "y");
    wire.tap = Wire.NOBODY;
    served.clear();
    RpcTransport stranger = wire.join("stranger");

    assertNotServed(stranger, "a", recorder.requests.get(0));
    failure(
        Kind.BAD_MESSAGE,
        stranger.call("b", KeyedTransport.SEALED, Payload.of(recorder.answers.get(0)), LONG));
    wire.tap =
        new Wire.Tap() {
          @Override
          public ByteBuffer answer(String rpc, ByteBuffer answer) {
            return ByteBuffer.wrap(recorder.requests.get(0));
          }
        };
    assertContains(why(Kind.DENIED, call(a, "b", "rpc_read", "z")), "not from who holds");
    assertEquals(List.of("b rpc_read z"), served);
  }

  @Test
  void aCallThatWasChangedIsNotServed() throws Exception {
    RpcTransport a = strict("a");
    strict("b");
    int length = 54 + "rpc_read".length() + "hello".length();
    for (int i = 0; i < length; i++) {
      int at = i;
      served.clear();
      wire.tap =
          new Wire.Tap() {
            @Override
            public ByteBuffer request(String rpc, ByteBuffer request) {
              if (rpc.equals(KeyedTransport.SEALED)) {
                assertEquals(length, request.remaining());
                request.put(at, (byte) (request.get(at) ^ 1));
              }
              return request;
            }
          };
      Kind kind = failure(call(a, "b", "rpc_read", "hello")).kind();
      assertTrue(Set.of(Kind.DENIED, Kind.BAD_MESSAGE).contains(kind), kind + " at " + i);
      assertEquals(List.of(), served, "changed at " + i);
    }
  }

  @Test
  void aCallThatWasCutOffIsNotServed() throws Exception {
    RpcTransport a = strict("a");
    strict("b");
    for (int i = 0; i < 67; i++) {
      int left = i;
      wire.tap =
          new Wire.Tap() {
            @Override
            public ByteBuffer request(String rpc, ByteBuffer request) {
              return rpc.equals(KeyedTransport.SEALED) ? request.limit(left) : request;
            }
          };
      Kind kind = failure(call(a, "b", "rpc_read", "hello")).kind();
      assertTrue(Set.of(Kind.DENIED, Kind.BAD_MESSAGE).contains(kind), kind + " of " + i);
    }
    assertEquals(List.of(), served);
  }

  @Test
  void anAnswerThatWasChangedOrCutOffIsNotBelieved() throws Exception {
    RpcTransport a = strict("a");
    strict("b");
    int length = 33 + "b says hello".length();
    for (int i = 0; i < 2 * length; i++) {
      int at = i / 2;
      boolean cut = i % 2 == 0;
      wire.tap =
          new Wire.Tap() {
            @Override
            public ByteBuffer answer(String rpc, ByteBuffer answer) {
              if (rpc.equals(KeyedTransport.SEALED) && cut) {
                return answer.limit(at);
              }
              return rpc.equals(KeyedTransport.SEALED)
                  ? answer.put(at, (byte) (answer.get(at) ^ 1))
                  : answer;
            }
          };
      failure(Kind.DENIED, call(a, "b", "rpc_read", "hello"));
    }
    wire.tap = Wire.NOBODY;
    assertEquals("b says on", ask(a, "b", "rpc_read", "on"));
  }

  @Test
  void theAnswerToAnotherCallIsNotBelieved() throws Exception {
    RpcTransport a = strict("a");
    strict("b");
    Recorder recorder = new Recorder();
    wire.tap = recorder;
    ask(a, "b", "rpc_read", "old");
    wire.tap =
        new Wire.Tap() {
          @Override
          public ByteBuffer answer(String rpc, ByteBuffer answer) {
            return ByteBuffer.wrap(recorder.answers.get(0));
          }
        };

    assertContains(why(Kind.DENIED, call(a, "b", "rpc_read", "new")), "was changed on its way");
  }

  @Test
  void whoForgetsSessionsOnPurposeIsMetAnewOnce() throws Exception {
    RpcTransport a = strict("a");
    strict("b");
    wire.tap =
        new Wire.Tap() {
          @Override
          public ByteBuffer answer(String rpc, ByteBuffer answer) {
            return rpc.equals(KeyedTransport.SEALED)
                ? ByteBuffer.wrap(new byte[] {Seal.UNSEALED})
                : answer;
          }
        };

    assertContains(why(Kind.DENIED, call(a, "b", "rpc_read", "x")), "does not take");
    assertEquals(2, served.size());
  }

  @Test
  void nobodyCanPassACallOnToAnotherNode() throws Exception {
    RpcTransport a = strict("a");
    strict("b");
    strict("c");
    wire.tap =
        new Wire.Tap() {
          @Override
          public String route(String address) {
            return "c";
          }
        };
    assertContains(why(Kind.DENIED, call(a, "b", "rpc_read", "x")), "b answers as 'c'");

    wire.tap =
        new Wire.Tap() {
          @Override
          public String route(String address) {
            return "c";
          }

          @Override
          public ByteBuffer answer(String rpc, ByteBuffer answer) {
            // And says that it is b.
            if (answer.get(answer.limit() - 1) == 'c') {
              answer.put(answer.limit() - 1, (byte) 'b');
            }
            return answer;
          }
        };
    assertContains(why(Kind.DENIED, call(a, "b", "rpc_read", "x")), "another secret");
    assertEquals(List.of(), served);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anIntroductionThatWasChangedOrCutOffFails(boolean cut) throws Exception {
    for (int i = 0; i < 300; i++) {
      RpcTransport a = strict("a");
      strict("b");
      int at = i / 4;
      int message = i % 4;
      int[] count = {0};
      wire.tap =
          new Wire.Tap() {
            private ByteBuffer spoil(ByteBuffer bytes) {
              if (count[0]++ != message || at >= bytes.limit()) {
                return bytes;
              }
              count[0] += 100;
              return cut ? bytes.limit(at) : bytes.put(at, (byte) (bytes.get(at) ^ 0x55));
            }

            @Override
            public ByteBuffer request(String rpc, ByteBuffer request) {
              return rpc.equals(KeyedTransport.KEY) ? spoil(request) : request;
            }

            @Override
            public ByteBuffer answer(String rpc, ByteBuffer answer) {
              return rpc.equals(KeyedTransport.KEY) ? spoil(answer) : answer;
            }
          };
      CompletableFuture<ByteBuffer> call = call(a, "b", "rpc_read", "x");
      if (count[0] < 100) {
        answer(call);
      } else if (count[0] == 101 + message) {
        Kind kind = failure(call).kind();
        assertEquals(Kind.DENIED, kind, "message " + message + " at " + at);
      }
      served.clear();
    }
  }

  @Test
  void aRecordedIntroductionIsWorthNothing() throws Exception {
    RpcTransport a = strict("a");
    strict("b");
    List<byte[]> messages = new ArrayList<>();
    wire.tap =
        new Wire.Tap() {
          @Override
          public ByteBuffer request(String rpc, ByteBuffer request) {
            messages.add(Recorder.copy(request));
            return request;
          }
        };
    ask(a, "b", "rpc_read", "x");
    wire.tap = Wire.NOBODY;
    served.clear();
    RpcTransport stranger = wire.join("stranger");

    // The proof again: there is a session of which the stranger does not know the keys.
    ByteBuffer grant =
        answer(stranger.call("b", KeyedTransport.KEY, Payload.of(messages.get(1)), LONG));
    long session = Introduction.parse(grant).body().getLong();
    byte[] call = messages.get(2).clone();
    ByteBuffer.wrap(call).order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(6, session);
    assertNotServed(stranger, "b", call);
    // To a node started anew, the cookie means nothing.
    strict("b");
    ByteBuffer refusal =
        answer(stranger.call("b", KeyedTransport.KEY, Payload.of(messages.get(1)), LONG));
    assertEquals(Introduction.REFUSAL, Introduction.parse(refusal).type());
    assertEquals(List.of(), served);
  }
}
