package copper.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What storage answers about real files, compared with what the system's own tools say; however it
 * walks to them.
 */
@Timeout(120)
@ParameterizedClass(name = "{0}")
@EnumSource
class PosixStorageTest {
  enum Walk {
    FOLLOWING {
      @Override
      PathWalk of(Posix posix) {
        return PathWalk.following(posix);
      }
    },
    WITHOUT_LINKS {
      @Override
      PathWalk of(Posix posix) {
        return PathWalk.withoutLinks(posix);
      }
    },
    WITHOUT_LINKS_ON_AN_OLD_KERNEL {
      @Override
      PathWalk of(Posix posix) {
        return PathWalk.withoutLinks(posix, false);
      }
    };

    abstract PathWalk of(Posix posix);
  }

  private static final List<String> ODD_NAMES =
      List.of(
          "\377\376 not UTF-8",
          "two\nlines",
          " ",
          "tab\t",
          "-rf",
          "back\\slash",
          "'\"$`*?",
          "\303\274ber",
          "...",
          "\351".repeat(255));

  private final RawFiles files = new RawFiles();
  private final Storage storage;
  private final Walk walk;

  PosixStorageTest(Walk walk) {
    this.walk = walk;
    storage = new PosixStorage(walk.of(Posix.load()));
  }

  @AfterEach
  void removeFiles() {
    files.close();
  }

  @Test
  void statsWhatJavaSeesOfEveryKindOfFile() throws IOException {
    files.file("file", new byte[12345]);
    files.directory("directory");
    files.link("link", "file");
    files.link("dangling", "nowhere");
    files.fifo("fifo");
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(files.directory().resolve("socket")));
      for (String name : List.of("file", "directory", "link", "dangling", "fifo", "socket")) {
        assertSameAsJava(files.directory().resolve(name));
      }
    }
    assertSameAsJava(Path.of("/dev/null"));
    assertSameAsJava(Path.of("/dev/tty"));
    assertSameAsJava(Path.of("/"));
    assertSameAsJava(Path.of("/proc/self"));
  }

  private void assertSameAsJava(Path path) throws IOException {
    FileStat stat = storage.lstat(RawPath.of(path.toString())).value();
    Map<String, Object> unix = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
    assertEquals(unix.get("dev"), stat.dev());
    assertEquals(unix.get("ino"), stat.ino());
    assertEquals(unix.get("mode"), stat.mode());
    assertEquals(unix.get("nlink"), (int) stat.nlink());
    assertEquals(unix.get("uid"), stat.uid());
    assertEquals(unix.get("gid"), stat.gid());
    assertEquals(unix.get("rdev"), stat.rdev());
    assertEquals(unix.get("size"), stat.size());
    assertEquals(unix.get("lastAccessTime"), time(stat.atimeSeconds(), stat.atimeNanos()));
    assertEquals(unix.get("lastModifiedTime"), time(stat.mtimeSeconds(), stat.mtimeNanos()));
    assertEquals(unix.get("ctime"), time(stat.ctimeSeconds(), stat.ctimeNanos()));
  }

  private static FileTime time(long seconds, long nanos) {
    return FileTime.from(Instant.ofEpochSecond(seconds, nanos));
  }

  @Test
  void statsOddNamesAsTheStatCommandDoes() throws Exception {
    for (String name : ODD_NAMES) {
      files.file(name, name.getBytes(ISO_8859_1));
    }
    List<String> names = new ArrayList<>(ODD_NAMES);
    names.sort((a, b) -> Arrays.compareUnsigned(a.getBytes(ISO_8859_1), b.getBytes(ISO_8859_1)));
    List<String> ours = new ArrayList<>();
    for (String name : names) {
      FileStat s = storage.lstat(files.path(name)).value();
      ours.add(
          String.format(
              "%d %d %d %x %d %d %d %d %d %d.%09d %d.%09d",
              s.dev(),
              s.ino(),
              s.nlink(),
              s.mode(),
              s.uid(),
              s.gid(),
              s.size(),
              s.blksize(),
              s.blocks(),
              s.mtimeSeconds(),
              s.mtimeNanos(),
              s.ctimeSeconds(),
              s.ctimeNanos()));
    }
    // The pattern takes in the names that start with a dot, which * leaves out.
    String command = "stat -c '%d %i %h %f %u %g %s %o %b %.9Y %.9Z' -- * ...";
    List<String> theirs = output("sh", "-c", "LC_ALL=C; export LC_ALL; " + command);
    theirs.add(names.indexOf("..."), theirs.remove(theirs.size() - 1));
    assertEquals(theirs, ours);
  }

  private List<String> output(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(files.directory().toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      String text = new String(process.getInputStream().readAllBytes(), US_ASCII);
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
      return new ArrayList<>(text.lines().toList());
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void listsNamesAndTypesOfEveryKind() throws IOException {
    files.file("file", new byte[0]);
    files.directory("directory");
    files.link("link", "file");
    files.fifo("fifo");
    ODD_NAMES.forEach(name -> files.file(name, new byte[0]));
    Map<String, Integer> expected = new HashMap<>();
    ODD_NAMES.forEach(name -> expected.put(name, FileStat.S_IFREG));
    expected.put(".", FileStat.S_IFDIR);
    expected.put("..", FileStat.S_IFDIR);
    expected.put("file", FileStat.S_IFREG);
    expected.put("directory", FileStat.S_IFDIR);
    expected.put("link", FileStat.S_IFLNK);
    expected.put("fifo", FileStat.S_IFIFO);
    expected.put("socket", FileStat.S_IFSOCK);
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(files.directory().resolve("socket")));
      assertEquals(expected, types(files.root()));
    }
    assertEquals(FileStat.S_IFCHR, types(RawPath.of("/dev")).get("null"));
  }

  private Map<String, Integer> types(RawPath directory) {
    Map<String, Integer> types = new HashMap<>();
    for (DirectoryListing.Entry entry : storage.list(directory).value().entries()) {
      Integer before = types.put(new String(entry.name(), ISO_8859_1), entry.type());
      assertEquals(null, before, () -> "twice: " + entry);
    }
    return types;
  }

  @Test
  void listsALargeDirectoryOnceEach() {
    RawPath directory = files.directory("large");
    Map<String, Integer> expected = new HashMap<>();
    expected.put(".", FileStat.S_IFDIR);
    expected.put("..", FileStat.S_IFDIR);
    for (int i = 0; i < 20_000; i++) {
      String name = "n".repeat(i % 200) + i;
      files.file("large/" + name, new byte[0]);
      expected.put(name, FileStat.S_IFREG);
    }
    assertEquals(expected, types(directory));
  }

  @Test
  void readsWholeFiles() throws IOException {
    for (int size : new int[] {0, 1, 4095, 4096, 65536, 65537, 3_000_001}) {
      byte[] content = new byte[size];
      new Random(size).nextBytes(content);
      ByteBuffer read = storage.readFile(files.file("\377" + size, content), size).value().data();
      assertTrue(read.isDirect());
      assertEquals(0, read.position());
      assertEquals(size, read.capacity());
      assertEquals(ByteBuffer.wrap(content), read);
    }
  }

  @Test
  void readsFilesThatSayTheyAreEmpty() throws IOException {
    Path version = Path.of("/proc/version");
    RawPath path = RawPath.of(version.toString());
    byte[] content = Files.readAllBytes(version);
    assertEquals(0, storage.lstat(path).value().size());
    assertEquals(ByteBuffer.wrap(content), storage.readFile(path, 1 << 20).value().data());
    assertEquals(Errno.EFBIG, storage.readFile(path, content.length - 1).errno());
    assertEquals(ByteBuffer.wrap(content, 2, 5), storage.read(path, 2, 5).value(), "a part of it");
  }

  @Test
  void refusesFilesLongerThanTheLimit() throws IOException {
    RawPath file = files.file("file", new byte[100]);
    assertEquals(100, storage.readFile(file, 100).value().data().remaining());
    assertEquals(Errno.EFBIG, storage.readFile(file, 99).errno());
    assertEquals(Errno.EFBIG, storage.readFile(file, -1).errno());
    RawPath huge = files.file("huge", new byte[0]);
    files.truncate(huge, 3L << 30);
    assertEquals(Errno.EFBIG, storage.readFile(huge, Long.MAX_VALUE).errno());
  }

  @Test
  void readsSparseFilesAndRanges() throws IOException {
    RawPath sparse = files.path("sparse");
    long end = (3L << 30) + 5;
    try (RandomAccessFile file =
        new RandomAccessFile(files.directory().resolve("sparse").toFile(), "rw")) {
      file.seek(end - 5);
      file.write("hello".getBytes(US_ASCII));
    }
    ByteBuffer tail = storage.read(sparse, end - 8, 100).value();
    assertEquals(ByteBuffer.wrap("\0\0\0hello".getBytes(US_ASCII)), tail);
    assertTrue(tail.isDirect());
    assertEquals(8, tail.capacity());
    assertEquals(ByteBuffer.allocate(1000), storage.read(sparse, 1L << 30, 1000).value());
    assertEquals(
        ByteBuffer.wrap("he".getBytes(US_ASCII)), storage.read(sparse, end - 5, 2).value());
    assertEquals(0, storage.read(sparse, end, 10).value().remaining());
    assertEquals(0, storage.read(sparse, Long.MAX_VALUE - 10, 5).value().remaining());
    assertEquals(0, storage.read(sparse, 0, 0).value().remaining());
    assertEquals(Errno.EINVAL, storage.read(sparse, -1, 10).errno());
    assertEquals(Errno.EINVAL, storage.read(sparse, 0, -1).errno());
  }

  @Test
  void readsOnlyRegularFiles() {
    Map<RawPath, Integer> errnos = new HashMap<>();
    errnos.put(files.directory("directory"), Errno.EISDIR);
    errnos.put(files.fifo("fifo"), Errno.EINVAL);
    errnos.put(files.link("link", "directory"), Errno.ELOOP);
    errnos.put(files.link("dangling", "nowhere"), Errno.ELOOP);
    errnos.put(RawPath.of("/dev/null"), Errno.EINVAL);
    errnos.put(files.path("missing"), Errno.ENOENT);
    errnos.put(files.path("fifo/below"), Errno.ENOTDIR);
    errnos.forEach(
        (path, errno) -> {
          assertEquals(errno, storage.readFile(path, 1000).errno(), path::toString);
          assertEquals(errno, storage.read(path, 0, 10).errno(), path::toString);
        });
  }

  @Test
  void readsLinksOfAnyLengthWithoutFollowing() {
    String longest = "x\377/\n".repeat(1023) + "end";
    assertLink(files.link("long", longest), longest);
    assertLink(files.link("dangling", "nowhere"), "nowhere");
    assertLink(files.link("cycle", "cycle"), "cycle");
    assertEquals(Errno.EINVAL, storage.readlink(files.file("file", new byte[1])).errno());
    assertEquals(Errno.EINVAL, storage.readlink(files.directory("directory")).errno());
    assertEquals(Errno.ENOENT, storage.readlink(files.path("missing")).errno());
    assertEquals(
        walk == Walk.WITHOUT_LINKS ? Errno.ENOENT : Errno.ELOOP,
        storage.lstat(files.path("cycle/below")).errno());
  }

  private void assertLink(RawPath link, String target) {
    assertArrayEquals(target.getBytes(ISO_8859_1), storage.readlink(link).value());
    assertTrue(storage.lstat(link).value().isSymbolicLink());
    assertEquals(Errno.ENOTDIR, storage.list(link).errno());
  }

  @Test
  void answersWhatIsNotThere() {
    RawPath file = files.file("file", new byte[1]);
    RawPath missing = files.path("missing");
    assertEquals(Errno.ENOENT, storage.lstat(missing).errno());
    assertEquals(Errno.ENOENT, storage.list(missing).errno());
    assertEquals(Errno.ENOENT, storage.statfs(missing).errno());
    assertEquals(Errno.ENOTDIR, storage.lstat(file.resolve(new byte[] {'x'})).errno());
    assertEquals(Errno.ENOTDIR, storage.list(file).errno());
    assertEquals(Errno.ENAMETOOLONG, storage.lstat(files.path("n".repeat(256))).errno());
    for (int length : new int[] {4095, 4096, 100_000}) {
      RawPath path = RawPath.of("/" + "./".repeat(length / 2).substring(0, length - 2) + "x");
      int expected = length < 4096 ? Errno.ENOENT : Errno.ENAMETOOLONG;
      assertEquals(expected, storage.lstat(path).errno(), () -> "length " + path.length());
    }
  }

  @Test
  void deniesWhatPermissionsDeny() throws InterruptedException {
    RawPath open = files.directory("open");
    RawPath secret = files.file("open/secret", new byte[3]);
    RawPath closed = files.directory("closed");
    RawPath inside = files.file("closed/inside", new byte[3]);
    RawPath link = files.link("closed/link", "inside");
    files.chmod(secret, 0);
    files.chmod(closed, 0);
    // Loads every class that takes part while the thread may still read all files.
    storage.readFile(files.file("warm", new byte[1]), 10);
    storage.list(open);
    RawFiles.unprivileged(
        () -> {
          assertEquals(3, storage.lstat(secret).value().size());
          assertEquals(Errno.EACCES, storage.readFile(secret, 10).errno());
          assertEquals(Errno.EACCES, storage.read(secret, 0, 10).errno());
          assertEquals(3, storage.list(open).value().entries().size());
          assertEquals(Errno.EACCES, storage.list(closed).errno());
          assertEquals(Errno.EACCES, storage.lstat(inside).errno());
          assertEquals(Errno.EACCES, storage.readlink(link).errno());
          assertEquals(Errno.EACCES, storage.statfs(inside).errno());
        });
    files.chmod(closed, 0755);
  }

  @Test
  void tellsTheFileSystemsSpaceAsTheStatCommandDoes() throws Exception {
    RawPath dangling = files.link("dangling", "nowhere");
    String[] command = {"stat", "-f", "-c", "%s %S %b %f %a %c %d %l", "."};
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    String before;
    FileSystemStat ours;
    String after;
    // Others write to the disk meanwhile: compare when nothing changed during the call.
    do {
      before = output(command).get(0);
      ours = storage.statfs(dangling).value();
      after = output(command).get(0);
    } while (!before.equals(after) && System.nanoTime() < deadline);
    assertEquals(
        before,
        Stream.of(
                ours.blockSize(),
                ours.fragmentSize(),
                ours.blocks(),
                ours.blocksFree(),
                ours.blocksAvailable(),
                ours.files(),
                ours.filesFree(),
                ours.nameMax())
            .map(Object::toString)
            .reduce((a, b) -> a + " " + b)
            .orElseThrow());
  }

  @Test
  void leavesNoDescriptorOpen() throws IOException {
    RawPath file = files.file("file", new byte[70_000]);
    RawPath directory = files.directory("directory");
    RawPath fifo = files.fifo("fifo");
    for (int i = 0; i < 50; i++) {
      assertTrue(storage.readFile(file, 1 << 20).ok());
      assertFalse(storage.readFile(file, 10).ok());
      assertTrue(storage.read(file, 5, 10).ok());
      assertFalse(storage.readFile(directory, 10).ok());
      assertFalse(storage.readFile(fifo, 10).ok());
      assertTrue(storage.list(directory).ok());
      assertFalse(storage.list(file).ok());
      assertTrue(storage.statfs(fifo).ok());
    }
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      List<String> ours =
          descriptors
              .map(fd -> storage.readlink(RawPath.of(fd.toString())))
              .filter(Reply::ok)
              .map(target -> new String(target.value(), ISO_8859_1))
              .filter(target -> target.startsWith(files.directory().toString()))
              .toList();
      assertEquals(List.of(), ours);
    }
  }

  @Test
  void servesManyThreadsAtOnce() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Boolean>> readers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        readers.add(reader("thread " + i, 1000 + i));
      }
      List<Future<Boolean>> results = readers.stream().map(pool::submit).toList();
      for (Future<Boolean> result : results) {
        assertTrue(result.get(60, TimeUnit.SECONDS));
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private Callable<Boolean> reader(String name, int size) {
    byte[] content = new byte[size];
    Arrays.fill(content, (byte) size);
    RawPath file = files.file(name, content);
    RawPath link = files.link(name + " link", name);
    return () -> {
      for (int i = 0; i < 500; i++) {
        assertEquals(size, storage.lstat(file).value().size());
        assertEquals(ByteBuffer.wrap(content), storage.readFile(file, size).value().data());
        assertArrayEquals(name.getBytes(ISO_8859_1), storage.readlink(link).value());
        assertEquals(18, storage.list(files.root()).value().entries().size());
      }
      return true;
    };
  }
}
