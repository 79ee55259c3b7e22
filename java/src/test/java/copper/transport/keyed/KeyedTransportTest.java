package copper.transport.keyed;

import static copper.transport.Eventually.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;

import copper.transport.RpcException.Kind;
import copper.transport.RpcTransport;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who is served and believed, and who is asked. */
class KeyedTransportTest extends KeyedNodes {
  @Test
  void nodesWithTheSecretServeEachOther() throws Exception {
    RpcTransport a = strict("a");
    RpcTransport b = lenient("b");

    assertEquals("b says x", ask(a, "b", "copper_list", "x"));
    assertEquals("a says y", ask(b, "a", "rpc_read", "y"));
    assertEquals("a says z", ask(a, "a", "rpc_read", "z"));
    assertContains(why(Kind.FAILED, call(a, "b", "rpc_read", "fail")), "no, über");
    assertContains(why(Kind.NO_SUCH_RPC, call(a, "b", "rpc_more", "x")), "rpc_more");
  }

  @Test
  void whoHasAnotherSecretIsToldSo() {
    strict("a");
    for (Set<String> open : List.of(OPEN, Set.<String>of())) {
      RpcTransport stranger = keyed("stranger", OTHER, open);
      for (String name : List.of("rpc_read", "copper_list")) {
        String why = why(Kind.DENIED, call(stranger, "a", name, "x"));
        assertContains(why, "a has another secret than this node");
        assertContains(why, "-secret_file");
      }
    }
    assertEquals(List.of(), served);
  }

  @Test
  void whoHasNoSecretIsServedWhatIsOpen() throws Exception {
    lenient("b");
    RpcTransport stranger = wire.join("stranger");

    assertEquals("b says x", ask(stranger, "b", "rpc_read", "x"));
    assertContains(why(Kind.DENIED, call(stranger, "b", "copper_list", "x")), "without a proof");
  }

  @Test
  void whoHasNoSecretIsServedNothingWhereNothingIsOpen() {
    strict("a");
    RpcTransport stranger = wire.join("stranger");

    for (String name : List.of("rpc_read", "copper_list")) {
      assertContains(why(Kind.DENIED, call(stranger, "a", name, "x")), "-secret_file");
    }
    assertEquals(List.of(), served);
  }

  @Test
  void whoHasNoSecretIsAskedWhatIsOpen() throws Exception {
    plain("c++");
    RpcTransport b = lenient("b");
    RpcTransport a = strict("a");

    assertEquals("c++ says x", ask(b, "c++", "rpc_read", "x"));
    assertContains(why(Kind.NO_SUCH_RPC, call(b, "c++", "copper_list", "x")), "has no key");
    String why = why(Kind.DENIED, call(a, "c++", "rpc_read", "x"));
    assertContains(why, "c++ cannot prove that it holds the job's secret");
    assertContains(why, "-require_auth");
    assertEquals(List.of("c++ rpc_read x"), served);
  }

  @Test
  void aNodeThatIsStartedAnewIsMetAnew() throws Exception {
    RpcTransport a = strict("a");
    strict("b");
    assertEquals("b says 1", ask(a, "b", "rpc_read", "1"));

    strict("b");
    assertEquals("b says 2", ask(a, "b", "rpc_read", "2"));
    plain("b");
    assertContains(why(Kind.DENIED, call(a, "b", "rpc_read", "3")), "held the job's secret before");
    assertEquals(List.of("b rpc_read 1", "b rpc_read 2"), served);
  }

  @Test
  void whoHasShownTheSecretIsNotAskedWithoutIt() throws Exception {
    RpcTransport a = lenient("a");
    lenient("b");
    ask(a, "b", "rpc_read", "1");

    plain("b");
    assertContains(why(Kind.DENIED, call(a, "b", "rpc_read", "2")), "held the job's secret before");
    lenient("b");
    assertEquals("b says 3", ask(a, "b", "rpc_read", "3"));
  }

  @Test
  void aNodeThatHadNoKeyMayHaveOneLater() throws Exception {
    RpcTransport a = lenient("a");
    plain("b");
    assertEquals("b says 1", ask(a, "b", "rpc_read", "1"));
    wire.join("b").close();
    failure(Kind.UNREACHABLE, call(a, "b", "rpc_read", "2"));
    strict("b");
    assertEquals("b says 3", ask(a, "b", "rpc_read", "3"));
  }
}
