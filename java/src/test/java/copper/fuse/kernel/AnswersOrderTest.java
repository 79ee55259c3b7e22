package copper.fuse.kernel;

import static copper.testing.Interleavings.together;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AnswersOrderTest {
  private static final int TIMES = 500;
  private static final long UNIQUE = 7;
  private static final Duration TIME = Duration.ofHours(1);

  private final FakeKernel kernel = new FakeKernel();
  private final Device device = kernel.device();
  private final Notifications notifications =
      new Notifications(
          device,
          true,
          new NodeTable(),
          new MissingNames(Timeouts.renewing(TIME, TIME, TIME), Ticker.systemTicker()),
          Runnable::run);
  private final Answers answers = new Answers(notifications);

  private Request request() {
    ByteBuffer memory = ByteBuffer.allocate(Fuse.IN_HEADER).order(ByteOrder.nativeOrder());
    return new Request(device, memory.putLong(Fuse.IN_UNIQUE, UNIQUE));
  }

  @Test
  void aRequestThatIsAnsweredInterruptedAndResetAtOnceHasOneAnswer() {
    for (int i = 0; i < TIMES; i++) {
      Request request = request();
      CompletableFuture<Reply<Integer>> reply = new CompletableFuture<>();
      together(
          () ->
              answers.answer(
                  request,
                  RawPath.ROOT,
                  () -> reply,
                  (buffer, value) -> buffer.sendError(device, UNIQUE, 0)),
          () -> reply.complete(Reply.of(1)),
          () -> answers.interrupt(UNIQUE),
          notifications::invalidateAll);
      assertEquals(1, kernel.take().stream().filter(AnswersOrderTest::isAnswer).count());
      assertEquals(List.of(), answers.pending());
      assertFalse(device.isAwaited());
    }
  }

  private static boolean isAnswer(ByteBuffer message) {
    return message.getLong(Fuse.OUT_UNIQUE) == UNIQUE;
  }
}
