package copper.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.RawPath;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which paths a node serves. */
class ServedPathsTest {
  private static final RawPath TARGET = RawPath.of("/real/target");

  private static ServedPaths served() {
    return ServedPaths.below(TARGET, List.of(RawPath.of("/link/target")));
  }

  private static Set<RawPath> paths(String... texts) {
    return Stream.of(texts).map(RawPath::of).collect(Collectors.toSet());
  }

  private static Optional<String> resolve(ServedPaths served, String path) {
    return served.resolve(RawPath.of(path)).map(RawPath::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "/real/target, /real/target",
    "/real/target/a/b, /real/target/a/b",
    "//real/./target//a, /real/target/a",
    "/real/target/a/../b, /real/target/b",
    "/real/target/..., /real/target/...",
    "/real/target/..a/.b/c.., /real/target/..a/.b/c..",
    "/link/target/a, /real/target/a",
    "/x/../link/target/a, /real/target/a",
  })
  void isServed(String asked, String real) {
    assertEquals(Optional.of(real), resolve(served(), asked));
    assertTrue(served().serves(RawPath.of(real)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/real",
        "/real/targets",
        "/real/target/..",
        "/real/target/a/../../b",
        "/real/target/../../etc/shadow",
        "/../etc/shadow",
        "/link",
        "/link/target/../other",
      })
  void isNotServed(String asked) {
    assertEquals(Optional.empty(), resolve(served(), asked));
    assertFalse(served().serves(RawPath.of(asked)));
  }

  @Test
  void whatIsNotNormalIsServedOnlyOnceItIsResolved() {
    assertFalse(served().serves(RawPath.of("/real/target/a/../b")));
    assertFalse(served().serves(RawPath.of("/real/target/./b")));
    assertFalse(served().serves(RawPath.of("/real/target//b")));
  }

  @Test
  void denialsCountMoreThanPermissions() {
    ServedPaths served =
        served()
            .allowing(paths("/real/target/a/b", "/real/target/c"))
            .denying(paths("/real/target/a/b/secret"));
    for (String there : List.of("", "/a", "/a/b", "/a/b/x", "/a/b/secrets", "/c/d")) {
      assertTrue(served.serves(RawPath.of(TARGET + there)), there);
    }
    for (String gone : List.of("/b", "/a/c", "/a/bb", "/a/b/secret", "/a/b/secret/x")) {
      assertFalse(served.serves(RawPath.of(TARGET + gone)), gone);
    }
  }

  @Test
  void whatLiesOnAMountBelowTheTargetIsGone() {
    ServedPaths served =
        served().without(() -> paths("/real/target/m", "/real", "/real/target", "/elsewhere"));
    assertTrue(served.serves(TARGET));
    assertTrue(served.serves(RawPath.of("/real/target/a")));
    assertFalse(served.serves(RawPath.of("/real/target/m")));
    assertFalse(served.serves(RawPath.of("/real/target/m/a")));
    assertEquals(". .. a", names(served, TARGET, "a", "m"));
  }

  private static String names(ServedPaths served, RawPath directory, String... names) {
    List<DirectoryListing.Entry> entries =
        Stream.concat(Stream.of(".", ".."), Stream.of(names))
            .map(name -> name.getBytes(StandardCharsets.UTF_8))
            .map(name -> new DirectoryListing.Entry(name, FileStat.S_IFREG))
            .toList();
    DirectoryListing visible = served.visible(directory, new DirectoryListing(entries).with(true));
    assertTrue(visible.current());
    return String.join(
        " ", visible.entries().stream().map(DirectoryListing.Entry::toString).toList());
  }

  @Test
  void listingsDoNotOfferWhatIsNotServed() {
    ServedPaths denying = served().denying(paths("/real/target/a/secret"));
    assertEquals(". .. a b", names(denying, TARGET, "a", "b"));
    assertEquals(". .. open", names(denying, RawPath.of(TARGET + "/a"), "open", "secret"));
    ServedPaths allowing = served().allowing(paths("/real/target/a/b"));
    assertEquals(". .. a", names(allowing, TARGET, "a", "b"));
    assertEquals(". .. b", names(allowing, RawPath.of(TARGET + "/a"), "a", "b"));
    assertEquals(". .. a b", names(allowing, RawPath.of(TARGET + "/a/b"), "a", "b"));
  }

  @Test
  void theRootOfStorageHoldsEverything() {
    ServedPaths all = ServedPaths.below(RawPath.ROOT, List.of());
    assertEquals(Optional.of("/usr"), resolve(all, "//usr"));
    assertEquals(Optional.of("/etc"), resolve(all, "/../../etc"));
    assertEquals(Optional.of("/"), resolve(all, "/.."));
  }

  @Test
  void mountsOfCopperAreRecognized() {
    String table =
        """
        22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/root rw
        51 22 0:52 / /tmp/a\\040b/m rw,nosuid,nodev shared:2 - fuse.copper copper:/ rw,user_id=0
        52 22 0:53 / /tmp/cpp rw - fuse.cu_fuse cu_fuse rw,user_id=0
        53 22 0:54 / /home/me/other rw - fuse.sshfs host:/ rw
        54 22 0:55 / /tmp/named rw - fuse.mine copper:/soft rw
        55 22 0:56 / /tmp/\303\274 rw - fuse.copper x rw
        garbage - fuse.copper
        """;
    assertEquals(
        Set.of("/tmp/a b/m", "/tmp/cpp", "/tmp/named", "/tmp/\\xc3\\xbc"),
        NestedMounts.points(table).stream().map(RawPath::toString).collect(Collectors.toSet()));
  }
}
