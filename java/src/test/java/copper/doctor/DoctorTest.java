package copper.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.doctor.Finding.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found on hosts of many kinds, shown by the files in which Linux tells of them. */
class DoctorTest {
  private static final String LIMITS =
      """
      Limit                     Soft Limit           Hard Limit           Units
      Max processes             %s                96365                processes
      Max open files            1024                 %s               files
      Max locked memory         %s              8388608              bytes
      Max address space         %s            unlimited            bytes
      """;

  private static final String MEMORY =
      "MemTotal:       24653028 kB\nMemFree:  1 kB\nMemAvailable:   %d kB\n";

  @TempDir private Path root;

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private Host host(Map<String, String> environment) {
    return new Host(root, environment);
  }

  private static Finding only(List<Finding> findings, String named) {
    List<Finding> found = findings.stream().filter(each -> each.what().contains(named)).toList();
    assertEquals(1, found.size(), named + " in " + findings);
    return found.get(0);
  }

  private static void assertAdvised(State state, String advice, Finding finding) {
    assertEquals(state, finding.state(), finding.toString());
    assertTrue(finding.advice().contains(advice), finding.toString());
  }

  private List<Finding> limits(String network) {
    return new LimitsExamination(host(Map.of()), network).findings();
  }

  private void limits(String processes, String files, String locked, String addresses, int memory)
      throws IOException {
    write("proc/self/limits", LIMITS.formatted(processes, files, locked, addresses));
    write("proc/meminfo", MEMORY.formatted(memory));
  }

  @Test
  void enoughOfEverything() throws IOException {
    limits("96365", "20000", "unlimited", "unlimited", 8_000_000);
    List<Finding> found = limits("cxi");
    found.stream()
        .filter(finding -> !finding.what().contains("processor"))
        .forEach(finding -> assertEquals(State.FINE, finding.state(), finding.toString()));
    assertTrue(only(found, "open files").what().startsWith("20000 "), found::toString);
    assertTrue(only(found, "of memory").what().startsWith("23.5 GiB"), found::toString);
  }

  @Test
  void tooLittleOfEverything() throws IOException {
    limits("20", "64", "65536", "1073741824", 100_000);
    List<Finding> found = limits("cxi://cxi1");
    assertAdvised(State.PROBLEM, "ulimit -n 1024", only(found, "only 64 open files"));
    assertAdvised(State.PROBLEM, "ulimit -u 512", only(found, "only 20 threads"));
    assertAdvised(State.PROBLEM, "ulimit -v unlimited", only(found, "address space of 1.0 GiB"));
    assertAdvised(State.PROBLEM, "end what uses it", only(found, "97 MiB available"));
    assertAdvised(State.NOTE, "ulimit -l unlimited", only(found, "locked memory"));
  }

  @Test
  void lockedMemoryMattersToSomeNetworksOnly() throws IOException {
    limits("96365", "512", "65536", "unlimited", 8_000_000);
    List<Finding> found = limits("copper+tcp://127.0.0.1:7101");
    assertEquals(State.FINE, only(found, "locked memory").state());
    assertEquals(State.NOTE, only(found, "only 512 open files").state());
  }

  @Test
  void aControlGroupThatAllowsLittle() throws IOException {
    limits("96365", "20000", "unlimited", "unlimited", 8_000_000);
    write("proc/self/cgroup", "0::/job/step\n");
    write("sys/fs/cgroup/job/memory.max", "134217728\n");
    Finding found = only(limits(""), "lets this job use 128 MiB");
    assertAdvised(State.PROBLEM, "-max_cache_bytes", found);
  }

  private List<Finding> network(String network, Map<String, String> environment) {
    return new NetworkExamination(host(environment), network).findings();
  }

  @Test
  void cardsThatAreUp() throws IOException {
    write("sys/class/net/eth0/operstate", "up\n");
    write("sys/class/net/eth0/speed", "25000\n");
    write("sys/class/net/eth1/operstate", "down\n");
    write("sys/class/net/lo/operstate", "unknown\n");
    Finding cards = only(network("", Map.of()), "network cards");
    assertTrue(cards.what().endsWith(": eth0 (25000 Mbit/s), lo"), cards.toString());
    assertTrue(network("", Map.of()).stream().noneMatch(f -> f.what().contains("Slingshot")));
  }

  @Test
  void noCardAtAll() {
    assertAdvised(State.PROBLEM, "ip link", only(network("", Map.of()), "no network card"));
  }

  @Test
  void slingshotWhereItIsMeant() throws IOException {
    write("sys/class/net/hsn0/operstate", "up\n");
    assertAdvised(
        State.PROBLEM, "compute node", only(network("cxi", Map.of()), "no device in /sys"));
    write("sys/class/cxi/cxi0/device", "");
    Finding there = only(network("cxi", Map.of()), "Slingshot");
    assertEquals("Slingshot: hsn0; devices cxi0", there.what());
    Finding other = only(network("cxi://cxi3", Map.of()), "no Slingshot device cxi3");
    assertAdvised(State.PROBLEM, "cxi://cxi0", other);
  }

  @Test
  void anAddressToListenOn() throws IOException {
    write("sys/class/net/lo/operstate", "unknown\n");
    List<Finding> found = network("copper+tcp://127.0.0.1:0", Map.of());
    assertEquals(State.FINE, only(found, "a node can listen on").state());
    // 192.0.2.0/24 is for documentation: no host has an address in it.
    found = network("copper+tcp://192.0.2.1:7101", Map.of());
    assertAdvised(State.PROBLEM, "ip addr", only(found, "cannot listen on"));
    found = network("copper+tcp://nowhere", Map.of());
    assertAdvised(State.PROBLEM, "copper+tcp://HOST:PORT", only(found, "the port is missing"));
  }

  @Test
  void aSecretThatOthersMayRead() throws IOException {
    write("secret", "known to all, and as long as a secret must be\n");
    Path secret = root.resolve("secret");
    Map<String, String> named = Map.of("COPPER_SECRET_FILE", secret.toString());
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    assertEquals(State.FINE, only(network("", named), secret.toString()).state());
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
    assertEquals(State.PROBLEM, only(network("", named), secret.toString()).state());
  }

  private List<Finding> places(Path view, Path logs) {
    Map<String, String> environment =
        Map.of("TMPDIR", root + "/none/at/all", "COPPER_RUN_DIR", root + "/run");
    return new PlacesExamination(host(environment), Optional.of(view), Optional.of(logs))
        .findings();
  }

  @Test
  void directories() throws IOException {
    Path empty = Files.createDirectory(root.resolve("empty"));
    write("full/file", "");
    List<Finding> found = places(empty, root.resolve("full"));
    assertEquals(State.FINE, only(found, "view: " + empty).state());
    assertEquals(State.FINE, only(found, "logs: ").state());
    assertTrue(only(found, "TMPDIR: ").what().endsWith(" can be made"), found::toString);
    try (var left = Files.list(root.resolve("full"))) {
      assertEquals(1, left.count(), "nothing is left behind");
    }
    assertFalse(Files.exists(root.resolve("none")), "nothing is made");
    assertAdvised(
        State.PROBLEM, "nonempty", only(places(root.resolve("full"), empty), "is not empty"));
    assertAdvised(
        State.PROBLEM, "mkdir -p", only(places(root.resolve("gone"), empty), "does not exist"));
    Path file = root.resolve("full/file");
    assertEquals(State.PROBLEM, only(places(file, empty), "is no directory").state());
    assertAdvised(
        State.PROBLEM, "-log_output_dir", only(places(empty, file.resolve("x")), "logs: "));
    assertEquals(State.PROBLEM, only(places(Path.of("/proc"), empty), "type proc").state());
  }

  @Test
  void socketsThatOthersMayReach() throws IOException {
    Path run = Files.createDirectory(root.resolve("run"));
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxr-xr-x"));
    Finding found = only(places(root.resolve("x"), root), "copper stats and the like");
    assertAdvised(State.PROBLEM, "mode 0700", found);
  }
}
