package copper.control;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.codec.CodecException;
import copper.codec.Rpcs;
import copper.codec.TreeCall;
import copper.codec.TreeReport;
import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import copper.tree.AddressBook.Entry;
import copper.tree.Forest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Has something done on every node of a tree, level by level: a node does it itself, then asks its
 * children to, and answers when all of them have.
 *
 * <p>A child that is not there, or does not know how (a C++ node), is named in the answer, and its
 * children are asked in its place. Nothing here blocks.
 */
public final class TreeCast {
  /** A node that is there says so within this time. */
  private static final Duration PROBE = Duration.ofSeconds(5);

  private static final Duration LEAST_LEFT_FOR_THE_WAY_BACK = Duration.ofMillis(200);
  private static final int LEFT_FOR_THE_WAY_BACK = 10;

  private final Forest forest;
  private final int place;
  private final Entry self;
  private final RpcTransport transport;
  private final Ticker ticker;
  private final Map<String, Step> steps = new HashMap<>();

  /** What each node does. */
  public interface Step {
    /** Does it on this node, the children's part left out; never blocks. */
    CompletableFuture<TreeReport> here(ByteBuffer body);

    /** Puts what nodes report together. */
    default TreeReport merge(TreeReport reports) {
      return reports;
    }
  }

  /**
   * Makes the caller and callee of one node.
   *
   * @param address this node's address as the book has it
   * @param transport calls the others; borrowed
   */
  public TreeCast(Forest forest, String address, RpcTransport transport, Ticker ticker) {
    this.forest = forest;
    this.place = forest.placeOf(address);
    this.self = forest.nodes().get(place);
    this.transport = transport;
    this.ticker = ticker;
  }

  /** Returns this node as the book has it. */
  public Entry self() {
    return self;
  }

  /** Says what is done for {@code rpc}, and serves it from now on. */
  public void register(String rpc, Step step) {
    steps.put(rpc, step);
    transport.register(rpc, request -> serve(rpc, request));
  }

  private CompletableFuture<Payload> serve(String rpc, RpcHandler.Request request) {
    TreeCall call;
    try {
      call = TreeCall.decode(request.payload());
    } catch (CodecException e) {
      return CompletableFuture.failedFuture(RpcException.unreadable(rpc, request, e));
    }
    return new Run(rpc, call.body())
        .here(tree(), forest.segments().indexOf(place), call.patience())
        .thenApply(report -> Payload.of(report.encode()));
  }

  /** Which nodes do it. */
  public enum Scope {
    /** This node alone. */
    NODE,
    /** Every node of this node's tree, from the root on. */
    TREE,
    /** Every node of all trees, from the roots on. */
    ALL_TREES
  }

  /**
   * Has it done.
   *
   * @param patience how long it may take in all
   */
  public CompletableFuture<TreeReport> run(
      String rpc, ByteBuffer body, Scope scope, Duration patience) {
    Run run = new Run(rpc, body);
    return switch (scope) {
      case NODE -> run.self();
      case TREE -> run.visit(tree(), 0, patience);
      case ALL_TREES ->
          run.all(
              IntStream.range(0, forest.trees())
                  .mapToObj(tree -> run.visit(tree, 0, patience))
                  .toList());
    };
  }

  private int tree() {
    return forest.segments().treeOf(place);
  }

  /** One thing that is done. */
  private final class Run {
    private final String rpc;
    private final ByteBuffer body;
    private final Step step;

    Run(String rpc, ByteBuffer body) {
      this.rpc = rpc;
      this.body = body;
      this.step = steps.get(rpc);
    }

    /** Does it here and below. */
    CompletableFuture<TreeReport> here(int tree, int index, Duration patience) {
      Duration left = patience.minus(wayBack(patience));
      long start = ticker.read();
      return self()
          .thenCompose(
              own ->
                  children(tree, index, left.minusNanos(ticker.read() - start))
                      .thenApply(below -> step.merge(own.plus(below))));
    }

    private Duration wayBack(Duration patience) {
      Duration part = patience.dividedBy(LEFT_FOR_THE_WAY_BACK);
      return part.compareTo(LEAST_LEFT_FOR_THE_WAY_BACK) < 0 ? LEAST_LEFT_FOR_THE_WAY_BACK : part;
    }

    CompletableFuture<TreeReport> self() {
      CompletableFuture<TreeReport> own;
      try {
        own = step.here(body.duplicate().order(body.order()));
      } catch (RuntimeException e) {
        own = CompletableFuture.failedFuture(e);
      }
      return own.exceptionally(failure -> missed(self, Failures.cause(failure).getMessage()));
    }

    private CompletableFuture<TreeReport> children(int tree, int index, Duration patience) {
      List<CompletableFuture<TreeReport>> answers = new ArrayList<>();
      for (int child : forest.shape(tree).children(index)) {
        answers.add(visit(tree, child, patience));
      }
      return all(answers);
    }

    CompletableFuture<TreeReport> all(List<CompletableFuture<TreeReport>> answers) {
      return CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
          .thenApply(
              done ->
                  step.merge(
                      answers.stream()
                          .map(CompletableFuture::join)
                          .reduce(TreeReport.NONE, TreeReport::plus)));
    }

    /** Has it done by another node, and by those below it. */
    CompletableFuture<TreeReport> visit(int tree, int index, Duration patience) {
      Entry node = forest.node(tree, index);
      if (node.equals(self)) {
        return here(tree, index, patience);
      }
      long start = ticker.read();
      Duration probe = patience.compareTo(PROBE) < 0 ? patience : PROBE;
      return transport
          .call(node.address(), Rpcs.IS_READY, Payload.EMPTY, probe)
          .handle((ready, failure) -> failure == null ? null : "not reached: " + words(failure))
          .thenCompose(
              lost -> {
                Duration left = patience.minusNanos(ticker.read() - start);
                return lost == null ? call(tree, index, left) : instead(tree, index, lost, left);
              });
    }

    private CompletableFuture<TreeReport> call(int tree, int index, Duration patience) {
      Entry node = forest.node(tree, index);
      long start = ticker.read();
      return transport
          .call(node.address(), rpc, Payload.of(new TreeCall(patience, body).encode()), patience)
          .thenApply(TreeReport::decode)
          .handle(
              (report, failure) ->
                  failure == null
                      ? CompletableFuture.completedFuture(report)
                      : failed(
                          tree,
                          index,
                          Failures.cause(failure),
                          patience.minusNanos(ticker.read() - start)))
          .thenCompose(answer -> answer);
    }

    private CompletableFuture<TreeReport> failed(
        int tree, int index, Throwable failure, Duration left) {
      if (failure instanceof RpcException e && e.kind() == Kind.NO_SUCH_RPC) {
        return instead(tree, index, "a C++ node, which does not know how", left);
      }
      if (failure instanceof RpcException e && e.kind() == Kind.UNREACHABLE) {
        return instead(tree, index, "not reached: " + e.getMessage(), left);
      }
      int below = forest.subtree(tree, index).size() - 1;
      return CompletableFuture.completedFuture(
          missed(
              forest.node(tree, index),
              "no answer, nor for the " + below + " nodes below it: " + words(failure)));
    }

    /** Asks the children of a node that cannot do it. */
    private CompletableFuture<TreeReport> instead(
        int tree, int index, String why, Duration patience) {
      return children(tree, index, patience)
          .thenApply(below -> step.merge(missed(forest.node(tree, index), why).plus(below)));
    }
  }

  private static TreeReport missed(Entry node, String why) {
    return TreeReport.missed(node.host(), node.address(), why);
  }

  private static String words(Throwable failure) {
    return String.valueOf(Failures.cause(failure).getMessage());
  }
}
