package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.FileStat;
import copper.model.RawPath;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class NodeTest {
  private static final long LONG = 60_000;

  private final Node file = node(FileStat.S_IFREG);

  private static Node node(int type) {
    return new Node(2, Fuse.ROOT_ID, RawPath.of("/file"), type);
  }

  private static FileStat stat(long size, long second) {
    return FileStat.builder()
        .mode(FileStat.S_IFREG | 0644)
        .ino(second)
        .size(size)
        .mtime(second, 5)
        .build();
  }

  @Test
  void theKernelHearsOfOneStateOfTheContent() {
    assertTrue(file.goesWith(stat(10, 1)));
    assertTrue(file.goesWith(stat(10, 1)));
    assertFalse(file.goesWith(stat(11, 1)), "another length");
    assertFalse(file.goesWith(stat(10, 2)), "another time");
    assertTrue(file.goesWith(stat(10, 1)), "still the first");
  }

  @Test
  void anotherInodeNumberAloneIsNoOtherContent() {
    assertTrue(file.goesWith(stat(10, 1)));
    FileStat moved = FileStat.builder().mode(0100644).ino(99).size(10).mtime(1, 5).build();
    assertTrue(file.goesWith(moved));
  }

  @Test
  void aDirectoryGoesWithAnything() {
    Node directory = node(FileStat.S_IFDIR);
    assertTrue(directory.goesWith(stat(10, 1)));
    assertTrue(directory.goesWith(stat(11, 2)));
  }

  @Test
  void whenTheKernelHasForgottenItMayHearOfAnother() {
    file.goesWith(stat(10, 1));
    long told = file.forgetting();
    assertFalse(file.goesWith(stat(11, 2)), "not yet");
    file.forgotten(told);
    assertTrue(file.goesWith(stat(11, 2)));
  }

  @Test
  void whatIsToldWhileItForgetsIsNotForgotten() {
    file.goesWith(stat(10, 1));
    long told = file.forgetting();
    assertTrue(file.goesWith(stat(10, 1)));
    file.forgotten(told);
    assertFalse(file.goesWith(stat(11, 2)));
  }

  @Test
  void whatIsBeingReadWhileItForgetsIsNotForgotten() {
    file.goesWith(stat(10, 1));
    long told = file.forgetting();
    int begun = file.beginRead();
    assertTrue(file.isBeingRead());
    file.forgotten(told);
    assertFalse(file.goesWith(stat(11, 2)));
    file.endRead(begun);
    assertFalse(file.isBeingRead());
  }

  @Test
  void readsThatHaveBegunAreWaitedForAndLaterOnesAreNot() throws InterruptedException {
    int before = file.beginRead();
    AtomicBoolean ended = new AtomicBoolean();
    AtomicBoolean early = new AtomicBoolean();
    Thread thread =
        new Thread(
            () -> {
              file.awaitReads(LONG);
              early.set(!ended.get());
            });
    thread.start();
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    int later = file.beginRead();
    ended.set(true);
    file.endRead(before);
    thread.join();
    assertFalse(early.get());
    file.endRead(later);
  }

  @Test
  void aReadThatNeverEndsIsNotWaitedForForEver() {
    file.beginRead();
    file.awaitReads(1);
    assertTrue(file.isBeingRead());
  }

  @Test
  void oneCallerSeesToItUntilItIsDone() {
    assertTrue(file.becomesOutdated());
    assertFalse(file.becomesOutdated());
    file.forgotten(file.forgetting());
    assertTrue(file.becomesOutdated());
  }
}
