package copper.transport.tcp;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Has Netty follow every buffer, and fails a test class after which one was not released. */
final class LeakWatch extends Handler implements BeforeAllCallback, AfterAllCallback {
  private final List<String> leaks = new CopyOnWriteArrayList<>();
  private final Logger logger = Logger.getLogger(ResourceLeakDetector.class.getName());

  @Override
  public void beforeAll(ExtensionContext context) {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    logger.addHandler(this);
  }

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    ByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    // The detector reports what was collected when the next buffer is made.
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(20);
      allocator.directBuffer(1).release();
    }
    logger.removeHandler(this);
    Assertions.assertEquals(List.of(), leaks);
  }

  @Override
  public void publish(LogRecord record) {
    if (String.valueOf(record.getMessage()).contains("LEAK")) {
      leaks.add(record.getMessage());
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
