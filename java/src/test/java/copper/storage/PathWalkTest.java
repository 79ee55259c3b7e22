package copper.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.Errno;
import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That nothing behind a symbolic link is reached, with and without openat2(2). */
@Timeout(60)
class PathWalkTest {
  private final RawFiles files = new RawFiles();
  private final WatchedLibC libc = new WatchedLibC();

  @AfterEach
  void removeFiles() {
    files.close();
  }

  private Storage storage(boolean openat2) {
    return new PosixStorage(PathWalk.withoutLinks(new Posix(libc, LinuxAbi.current()), openat2));
  }

  private void assertMissing(Storage storage, RawPath path) {
    assertEquals(Errno.ENOENT, storage.lstat(path).errno(), path.toString());
    assertEquals(Errno.ENOENT, storage.list(path).errno(), path.toString());
    assertEquals(Errno.ENOENT, storage.readFile(path, 100).errno(), path.toString());
    assertEquals(Errno.ENOENT, storage.read(path, 0, 100).errno(), path.toString());
    assertEquals(Errno.ENOENT, storage.readlink(path).errno(), path.toString());
    assertEquals(Errno.ENOENT, storage.statfs(path).errno(), path.toString());
    assertEquals(Set.of(), libc.open());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatLiesBehindALinkIsMissing(boolean openat2) {
    Storage storage = storage(openat2);
    files.directory("real");
    files.directory("real/below");
    files.link("real/below/inner", "x");
    RawPath file = files.file("real/below/file", "content".getBytes(StandardCharsets.US_ASCII));
    files.link("relative", "real");
    files.link("absolute", files.path("real").toString());
    files.link("up", "real/..");

    assertTrue(storage.lstat(file).ok());
    for (String way : new String[] {"relative", "absolute", "up/real"}) {
      assertMissing(storage, files.path(way + "/below"));
      assertMissing(storage, files.path(way + "/below/file"));
      assertMissing(storage, files.path(way + "/below/inner"));
    }
    assertTrue(storage.lstat(files.path("absolute")).value().isSymbolicLink());
    assertEquals("real", text(storage.readlink(files.path("relative")).value()));
    assertEquals(Errno.ENOTDIR, storage.list(files.path("relative")).errno());
    assertEquals(Errno.ELOOP, storage.readFile(files.path("relative"), 10).errno());
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDirectoryThatBecomesALinkLeadsNowhere(boolean openat2) {
    Storage storage = storage(openat2);
    RawPath directory = files.directory("directory");
    RawPath inside = files.file("directory/file", new byte[10]);
    assertEquals(ByteBuffer.allocate(10), storage.readFile(inside, 10).value().data());
    files.rename(directory, files.path("moved"));
    files.link("directory", "moved");
    assertMissing(storage, inside);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void parentsInAPathDoNotLeadPastALink(boolean openat2) {
    Storage storage = storage(openat2);
    files.directory("real");
    files.file("file", new byte[1]);
    files.link("link", "real");
    assertMissing(storage, files.path("link/../file"));
  }
}
