package copper.fuse.kernel;

import copper.control.Ioctl;
import copper.control.Reset;
import copper.fuse.CopperOperations;
import copper.metrics.Counters;
import copper.model.RawPath;
import copper.simulate.VirtualTime;
import copper.store.CooperativeStore;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/** A dispatcher before a store, as a mount makes it, that answers to a {@link FakeKernel}. */
final class TestDispatcher {
  private final Dispatcher dispatcher;
  private final Device device;
  private final Queue<Runnable> notices = new ArrayDeque<>();
  final Reset reset;

  TestDispatcher(
      FakeKernel kernel,
      CooperativeStore store,
      NodeTable nodes,
      Timeouts timeouts,
      VirtualTime time,
      Counters counters) {
    device = kernel.device();
    MissingNames missing = new MissingNames(timeouts, time);
    Notifications notifications =
        new Notifications(kernel.device(), true, nodes, missing, notices::add);
    reset = new Reset(store, Runnable::run);
    reset.attach(notifications);
    CopperOperations operations =
        new CopperOperations(
            store,
            RawPath.ROOT,
            new Ioctl(reset, counters, Optional.empty(), Runnable::run),
            counters,
            Optional.empty());
    dispatcher =
        new Dispatcher(
            new Dispatcher.Parts(
                operations,
                new Negotiation(38, 45, 0, true, true, true),
                timeouts,
                nodes,
                new Renewal(operations, timeouts, missing, notifications, time, Runnable::run),
                notifications,
                Runnable::run));
  }

  /** Handles a request, and then tells the kernel what it is to forget, if anything. */
  void handle(ByteBuffer request, int length) {
    dispatcher.handle(device, request, length);
    tell();
  }

  /** Tells the kernel what it is to forget. */
  void tell() {
    while (!notices.isEmpty()) {
      notices.remove().run();
    }
  }
}
