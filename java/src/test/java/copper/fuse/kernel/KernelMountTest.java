package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.fuse.MountException;
import copper.storage.PosixStorage;
import copper.testing.SlowStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The mount with the kernel behind it, and storage that is slow or does not answer. */
class KernelMountTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Set it to 10000 for the long run. */
  private static final int CYCLES = Integer.getInteger("copper.mount_cycles", 100);

  @TempDir private Path directory;
  private Path target;
  private Path point;

  @BeforeEach
  void makeDirectories() throws IOException {
    Assumptions.assumeTrue(
        Files.isWritable(Path.of("/dev/fuse")), "this user may not open /dev/fuse here");
    target = Files.createDirectory(directory.toRealPath().resolve("target"));
    point = Files.createDirectory(directory.toRealPath().resolve("view"));
    Files.writeString(target.resolve("file"), "content\n");
  }

  @SuppressWarnings("ThreadSleep")
  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, () -> "never " + what);
      Thread.sleep(10);
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("copper-fuse-"))
        .count();
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  @Test
  void readsFilesOfAllSizes() throws IOException, MountException {
    StringBuilder expected = new StringBuilder();
    for (int size : new int[] {0, 1, 4095, 4096, 4097, 131_073, 1_048_576, 3_000_000}) {
      Files.write(
          target.resolve("size" + size),
          "abcdefghijk"
              .repeat(size / 11 + 1)
              .substring(0, size)
              .getBytes(StandardCharsets.US_ASCII));
      expected.append(size).append(" True\n");
    }
    try (LiveMount live = new LiveMount(target, point, new PosixStorage())) {
      String program =
          """
          import os, sys
          for name in sorted(os.listdir(sys.argv[1]), key=lambda n: (len(n), n)):
              if name.startswith('size'):
                  size = int(name[4:])
                  data = open(os.path.join(sys.argv[1], name), 'rb').read()
                  print(size, data == (b'abcdefghijk' * (size // 11 + 1))[:size])
          """;
      assertEquals(expected.toString(), live.python(program));
    }
  }

  /**
   * Programs that ask whether a file is a terminal before they read it, and others that read it at
   * once, while resets take the pages away: nobody hangs and nobody sees other bytes.
   */
  @Test
  void pagesAreGivenReadAndTakenAtTheSameTime() throws IOException, MountException {
    for (int i = 0; i < 40; i++) {
      Files.writeString(target.resolve("f" + i), ("file " + i + "\n").repeat(1000 * (i + 1)));
    }
    String program =
        """
        import fcntl, os, random, sys, threading
        wrong = []
        def read(seed):
            order = random.Random(seed)
            for _ in range(400):
                i = order.randrange(40)
                fd = os.open(os.path.join(sys.argv[1], 'f%d' % i), os.O_RDONLY)
                try:
                    if order.random() < 0.7:
                        os.isatty(fd)
                    if order.random() < 0.02:
                        fcntl.ioctl(fd, 1900)
                    data = b''
                    while piece := os.read(fd, 1 << 20):
                        data += piece
                    if data != b'file %d\\n' % i * (1000 * (i + 1)):
                        wrong.append(i)
                finally:
                    os.close(fd)
        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(16)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print('wrong:', wrong)
        """;
    try (LiveMount live = new LiveMount(target, point, new PosixStorage())) {
      assertEquals("wrong: []\n", live.python(program));
    }
  }

  /** A signal ends a process that waits for storage, which need not answer for that. */
  @ParameterizedTest
  @ValueSource(strings = {"INT", "KILL"})
  void aSignalEndsAProcessThatWaits(String signal)
      throws MountException, InterruptedException, IOException {
    SlowStorage storage = new SlowStorage(0);
    try (LiveMount live = new LiveMount(target, point, storage)) {
      Process waiting = LiveMount.start("cat", point.resolve("stuck").toString());
      try {
        await("asked storage", () -> storage.stuck() > 0);
        LiveMount.said(LiveMount.start("kill", "-" + signal, Long.toString(waiting.pid())));
        LiveMount.said(waiting);
        assertTrue(waiting.exitValue() > 0);
        assertEquals("8\n", live.python(size("file")));
      } finally {
        storage.release();
      }
    }
  }

  @Test
  void aProcessThatCatchesTheSignalSeesEintr() throws MountException {
    SlowStorage storage = new SlowStorage(0);
    try (LiveMount live = new LiveMount(target, point, storage)) {
      String program =
          """
          import os, signal, sys
          signal.signal(signal.SIGALRM, lambda *_: None)
          signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
          try:
              os.stat(os.path.join(sys.argv[1], 'stuck'))
          except InterruptedError:
              print('EINTR')
          """;
      try {
        assertEquals("EINTR\n", live.python(program));
      } finally {
        storage.release();
      }
    }
  }

  /** Storage hangs for more requests than there are threads: others are still answered. */
  @Test
  void manyWaitingRequestsDoNotStopTheMount() throws MountException, InterruptedException {
    SlowStorage storage = new SlowStorage(0);
    try (LiveMount live = new LiveMount(target, point, storage)) {
      assertEquals("8\n", live.python(size("file")));
      String program =
          """
          import os, sys, threading
          def look(i):
              try:
                  os.stat(os.path.join(sys.argv[1], 'stuck%d' % i))
              except OSError:
                  pass
          for i in range(150):
              threading.Thread(target=look, args=(i,)).start()
          """;
      Process waiting = LiveMount.start("python3", "-c", program, point.toString());
      try {
        await("so many threads", () -> storage.stuck() >= 127);
        assertEquals("8\n", live.python(size("file")));
        LiveMount.said(LiveMount.start("kill", "-KILL", Long.toString(waiting.pid())));
        LiveMount.said(waiting);
        assertTrue(threads() <= 128, () -> threads() + " threads");
      } finally {
        storage.release();
        waiting.destroyForcibly();
      }
      await("fewer threads", () -> threads() < 20);
      assertEquals("8\n", live.python(size("file")));
    }
  }

  private static String size(String name) {
    return "import os, sys; print(os.stat(os.path.join(sys.argv[1], '" + name + "')).st_size)";
  }

  /** 64 processes look up and read names of one directory that nobody has asked for. */
  @Test
  void aFloodFrom64Processes() throws IOException, MountException {
    for (int i = 0; i < 200; i++) {
      Files.writeString(target.resolve("file" + i), "content of " + i + "\n");
    }
    String program =
        """
        import os, random, sys
        def work(seed):
            order = list(range(200))
            random.Random(seed).shuffle(order)
            for i in order:
                with open(os.path.join(sys.argv[1], 'file%d' % i)) as source:
                    assert source.read() == 'content of %d\\n' % i
                assert not os.path.exists(os.path.join(sys.argv[1], 'missing%d' % i))
        children = []
        for seed in range(64):
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    work(seed)
                    code = 0
                finally:
                    os._exit(code)
            children.append(pid)
        print(sum(os.waitpid(pid, 0)[1] == 0 for pid in children))
        """;
    try (LiveMount live = new LiveMount(target, point, new SlowStorage(5))) {
      assertEquals("64\n", live.python(program));
    }
  }

  /** What the kernel drops is dropped here: the table is no larger than the kernel's caches. */
  @Test
  void whatTheKernelForgetsIsForgotten() throws IOException, MountException, InterruptedException {
    Files.createDirectories(target.resolve("a/b/c"));
    for (int i = 0; i < 500; i++) {
      Files.writeString(target.resolve("a/b/c/file" + i), "");
    }
    System.setProperty("copper.fuse_minor", "37"); // entries are dropped, not expired
    try (LiveMount live = new LiveMount(target, point, new PosixStorage())) {
      String walk =
          """
          import os, sys
          count = 0
          for _ in range(3):
              for path, dirs, files in os.walk(sys.argv[1]):
                  for name in files:
                      os.stat(os.path.join(path, name))
                      count += 1
          print(count)
          """;
      assertEquals("1503\n", live.python(walk));
      assertEquals(505, live.mount().nodes());
      live.mount().invalidateAll();
      await("forgotten", () -> live.mount().nodes() == 1);
      assertEquals("1503\n", live.python(walk));
    } finally {
      System.clearProperty("copper.fuse_minor");
    }
  }

  @Test
  void cyclesLeaveNothing() throws IOException, MountException {
    cycle(); // loads what is loaded once
    long descriptors = descriptors();
    long threads = threads();
    for (int i = 0; i < CYCLES; i++) {
      cycle();
    }
    assertEquals(threads, threads(), "threads");
    assertEquals(descriptors, descriptors(), "descriptors");
  }

  private void cycle() throws MountException {
    try (LiveMount live = new LiveMount(target, point, new PosixStorage())) {
      assertEquals(1, live.mount().nodes());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "nonsense=7", "entry_timeout=soon", "max_read=-1", "ro=1"})
  void anOptionThatCannotBeIsNamed(String option) throws IOException {
    MountException refused =
        assertThrows(
            MountException.class,
            () -> new LiveMount(target, point, new PosixStorage(), option).close());
    assertTrue(refused.getMessage().contains(option), refused::getMessage);
    assertTrue(!Files.readString(Path.of("/proc/self/mountinfo")).contains(point.toString()));
  }

  @Test
  void optionsAreHonoured() throws IOException, MountException {
    try (LiveMount live =
        new LiveMount(
            target,
            point,
            new PosixStorage(),
            "ro,noexec,noatime,max_read=65536,fsname=a\\,b,entry_timeout=0,attr_timeout=0")) {
      String line =
          Files.readAllLines(Path.of("/proc/self/mounts")).stream()
              .filter(mount -> mount.contains(point.toString()))
              .findFirst()
              .orElseThrow();
      for (String word :
          "a,b fuse.copper ro nosuid nodev noexec noatime max_read=65536 default_permissions"
              .split(" ", -1)) {
        assertTrue(line.contains(word), line);
      }
      assertEquals("8\n", live.python(size("file")));
      Files.writeString(target.resolve("other"), "x");
      live.mount().invalidateAll();
      assertEquals("1\n", live.python(size("other")));
    }
  }
}
