package copper.doctor;

import copper.fuse.Libc;
import copper.fuse.MountOptions;
import copper.fuse.MountPoint;
import copper.fuse.jnr.JnrMount;
import copper.fuse.kernel.KernelMount;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Whether this user can mount a FUSE file system here. */
public final class FuseExamination implements Examination {
  private static final Path DEVICE = Path.of("/dev/fuse");
  private static final int SET_USER_ID = 04000;
  private static final int CAP_SYS_ADMIN = 21;
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");
  private static final int OLDEST_MAJOR = 4;
  private static final int OLDEST_MINOR = 18;

  private final Host host;
  private final boolean root;
  private final List<Finding> found = new ArrayList<>();

  /** Examines {@code host} for the user of this process. */
  public FuseExamination(Host host) {
    this.host = host;
    this.root = Libc.load().geteuid() == 0;
  }

  @Override
  public String matter() {
    return "FUSE";
  }

  @Override
  public List<Finding> findings() {
    found.clear();
    device();
    if (root) {
      capability();
    } else {
      fusermount();
      otherUsers();
    }
    kernel();
    libfuse();
    mounts();
    return List.copyOf(found);
  }

  private void device() {
    Optional<String> missing = KernelMount.missing();
    if (missing.isPresent()) {
      String[] parts = missing.get().split("; ", 2);
      found.add(Finding.problem(parts[0], parts.length > 1 ? parts[1] : ""));
      return;
    }
    try {
      FileChannel.open(DEVICE, StandardOpenOption.READ, StandardOpenOption.WRITE).close();
      found.add(Finding.fine(DEVICE + " can be opened"));
    } catch (IOException e) {
      found.add(
          Finding.problem(
              DEVICE + " cannot be opened: " + e.getMessage(),
              "load the kernel module (modprobe fuse); in a container: --device /dev/fuse"));
    }
  }

  private void capability() {
    boolean may =
        host.lines("proc/self/status").stream()
            .filter(line -> line.startsWith("CapEff:"))
            .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
            .allMatch(mask -> ((mask >> CAP_SYS_ADMIN) & 1) == 1);
    found.add(
        may
            ? Finding.fine("root may mount (CAP_SYS_ADMIN)")
            : Finding.problem(
                "root may not mount here: CAP_SYS_ADMIN is missing",
                "in a container: --cap-add SYS_ADMIN; or mount as an ordinary user"));
  }

  private void fusermount() {
    Optional<Path> program =
        Stream.of("fusermount3", "fusermount")
            .flatMap(name -> host.program(name).stream())
            .findFirst();
    if (program.isEmpty()) {
      // Said with the device, where that can be opened; else this is the next thing to mend.
      if (found.stream().noneMatch(finding -> finding.what().contains("fusermount3"))) {
        found.add(
            Finding.problem(
                "neither fusermount3 nor fusermount is on the PATH",
                "install fuse3, or add its directory to the PATH"));
      }
      return;
    }
    String name = program.get().toString();
    try {
      Object mode = Files.getAttribute(program.get(), "unix:mode");
      Object owner = Files.getAttribute(program.get(), "unix:uid");
      boolean rootsOwn = owner.equals(0) && mode instanceof Integer m && (m & SET_USER_ID) != 0;
      found.add(
          rootsOwn
              ? Finding.fine(name + " is set-user-id root")
              : Finding.problem(
                  name + " is not set-user-id root, so it cannot mount for ordinary users",
                  "take the system's fuse3 instead of one from Spack or Conda, or have root do chown"
                      + " root and chmod u+s"));
    } catch (IOException e) {
      found.add(Finding.problem(name + " cannot be looked at: " + e.getMessage(), "install fuse3"));
    }
  }

  private void otherUsers() {
    boolean allowed =
        host.lines("etc/fuse.conf").stream()
            .anyMatch(line -> line.strip().equals("user_allow_other"));
    found.add(
        allowed
            ? Finding.fine("/etc/fuse.conf allows -o allow_other")
            : Finding.note(
                "mounts are for their own user alone: /etc/fuse.conf has no user_allow_other",
                "add that line only if other users are to use a mount (-o allow_other)"));
  }

  private void kernel() {
    String release = host.line("proc/sys/kernel/osrelease");
    String machine = System.getProperty("os.arch");
    Matcher version = VERSION.matcher(release);
    boolean old =
        version.matches()
            && Integer.parseInt(version.group(1)) * 1000 + Integer.parseInt(version.group(2))
                < OLDEST_MAJOR * 1000 + OLDEST_MINOR;
    String name = "Linux " + release + " on " + machine;
    MountOptions plain = new MountOptions("copper", Duration.ZERO, false, List.of());
    if (old) {
      found.add(
          Finding.note(
              name + " is older than 4.18, which no test has seen", "take a newer kernel"));
    } else if (KernelMount.missing().isEmpty() && !KernelMount.isPossible(plain)) {
      found.add(
          Finding.note(
              name + ": -fuse kernel is made for x86-64 and aarch64",
              "mounts go through libfuse 2, where there is one"));
    } else {
      found.add(Finding.fine(name));
    }
    if (host.lines("proc/filesystems").stream().noneMatch(line -> line.strip().endsWith("fuse"))) {
      found.add(Finding.problem("the kernel knows no file system of type fuse", "modprobe fuse"));
    }
  }

  private void libfuse() {
    Optional<String> missing = JnrMount.missing();
    found.add(
        missing.isEmpty()
            ? Finding.fine("libfuse.so.2 is there, for -fuse jnr")
            : Finding.note("no -fuse jnr, which few need: " + missing.get(), ""));
  }

  private void mounts() {
    Libc libc = Libc.load();
    try {
      List<MountPoint> all = MountPoint.ofCopper(libc);
      List<MountPoint> dead = all.stream().filter(MountPoint::isDead).toList();
      if (dead.isEmpty()) {
        found.add(Finding.fine("no mount of a dead node; Copper is mounted " + times(all.size())));
      }
      for (MountPoint mount : dead) {
        found.add(
            Finding.note(
                "the Copper mount at " + mount.path() + " is dead: its process is gone",
                "fusermount3 -uz " + mount.path() + "; or start cu_fuse there again"));
      }
    } catch (IOException e) {
      found.add(Finding.note("/proc/self/mountinfo cannot be read: " + e.getMessage(), ""));
    }
  }

  private static String times(int count) {
    return count == 0 ? "nowhere" : count == 1 ? "once" : count + " times";
  }
}
