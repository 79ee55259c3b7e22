package copper.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.codec.EchoRequest;
import copper.codec.Rpcs;
import copper.simulate.VirtualTime;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcTransport;
import copper.tree.AddressBook;
import copper.tree.AddressBook.Entry;
import copper.tree.AddressBookException;
import copper.tree.Costs;
import copper.tree.Forest;
import copper.tree.TreePosition;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What is measured on a network that is known: a message takes a millisecond, however long. */
class LinkProbeTest {
  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);

  private LinkProbe probe(int nodes, int node) throws AddressBookException {
    List<Entry> all = List.of(new Entry("h0", "a0"), new Entry("h1", "a1"));
    Forest forest = Forest.of(new AddressBook(all.subList(0, nodes), List.of()), 1);
    RpcTransport transport = network.join("a" + node);
    LinkProbe probe = new LinkProbe(transport, TreePosition.find(forest, "a" + node, ""), time);
    probe.register();
    return probe;
  }

  private Costs measured(LinkProbe probe) throws AddressBookException {
    CompletableFuture<String> lines = probe.run();
    time.advance(Duration.ofMinutes(1));
    return Costs.DEFAULT.with(lines.join().lines().toList(), "the answer");
  }

  @Test
  void theLinkIsMeasuredFromBothEnds() throws AddressBookException {
    LinkProbe root = probe(2, 0);
    LinkProbe child = probe(2, 1);
    for (LinkProbe probe : List.of(root, child)) {
      Costs costs = measured(probe);
      // 32 calls at once share two milliseconds, of which each would have two messages at a node.
      assertEquals(31_250, costs.message());
      assertEquals(937_500, costs.latency());
      // Four at once, of a MiB each, in two milliseconds.
      assertEquals(2000L << 20, costs.bandwidth());
      assertEquals(Costs.DEFAULT.bytes(), costs.bytes());
    }
  }

  @Test
  void aNodeThatIsAloneHasNoLink() throws AddressBookException {
    CompletableFuture<String> answer = probe(1, 0).run();
    CompletionException e = assertThrows(CompletionException.class, answer::join);
    assertTrue(e.getCause().getMessage().contains("alone"), e.getMessage());
  }

  @Test
  void noMoreIsSentThanMayBeAskedFor() throws AddressBookException {
    probe(2, 0);
    RpcTransport child = network.join("a1");
    for (int bytes : new int[] {-1, EchoRequest.MOST + 1, Integer.MAX_VALUE}) {
      CompletableFuture<?> answer =
          child.call(
              "a0", Rpcs.ECHO, new Payload(new EchoRequest(bytes).encode()), Duration.ofSeconds(1));
      time.advance(Duration.ofSeconds(2));
      assertTrue(answer.isCompletedExceptionally());
    }
  }
}
