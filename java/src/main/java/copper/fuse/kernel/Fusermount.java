package copper.fuse.kernel;

import copper.fuse.MountException;
import copper.fuse.NativeArgs;
import copper.model.Errno;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Mounts through the set-user-id program fusermount3, which passes the open device back over a
 * socket that the variable _FUSE_COMMFD names to it.
 *
 * <p>Not through ProcessBuilder, whose children inherit no descriptor but the first three.
 */
final class Fusermount {
  static final List<String> PROGRAMS = List.of("fusermount3", "fusermount");

  private static final String DEFAULT_PATH = "/usr/bin:/bin";

  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int CLOEXEC = 02000000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  /** Which descriptor the socket is in the program. */
  private static final int SOCKET = 3;

  private static final int STANDARD_ERROR = 2;

  /** More than glibc's posix_spawn_file_actions_t. */
  private static final int FILE_ACTIONS = 256;

  // struct msghdr, iovec and cmsghdr on 64-bit Linux, one after the other, then a byte.
  private static final int MSGHDR = 56;
  private static final int IOVEC = MSGHDR;
  private static final int CMSG = IOVEC + 16;
  private static final int CMSG_DATA = CMSG + 16;
  private static final int CMSG_SPACE = 24;
  private static final int BYTE = CMSG + CMSG_SPACE;

  private final Calls calls;
  private final Path mountPoint;
  private final KernelOptions options;

  Fusermount(Calls calls, Path mountPoint, KernelOptions options) {
    this.calls = calls;
    this.mountPoint = mountPoint;
    this.options = options;
  }

  /** Tells whether one of the programs is on the PATH. */
  static boolean isInstalled() {
    String path = System.getenv().getOrDefault("PATH", DEFAULT_PATH);
    return Stream.of(path.split(":"))
        .flatMap(directory -> PROGRAMS.stream().map(name -> Path.of(directory, name)))
        .anyMatch(Files::isExecutable);
  }

  /**
   * Mounts and returns the descriptor of the device.
   *
   * @throws MountException with what the program said
   */
  int mount() throws MountException {
    String said = "";
    for (String program : PROGRAMS) {
      int[] socket = pair(true);
      int[] errors = pair(false);
      int pid = spawn(program, socket[1], errors[1]);
      calls.close(socket[1]);
      calls.close(errors[1]);
      int fd = pid > 0 ? receive(socket[0]) : -1;
      calls.close(socket[0]);
      said = fd < 0 && pid > 0 ? text(errors[0]) : said;
      calls.close(errors[0]);
      if (pid > 0) {
        calls.waitpid(pid, NativeMemory.allocate(Integer.BYTES).address(), 0);
      }
      if (fd >= 0) {
        return fd;
      }
      if (pid > 0) {
        break; // it is there, and has said why not
      }
    }
    throw new MountException(
        "mounting at " + mountPoint + " as an ordinary user failed: " + reason(said));
  }

  private static String reason(String said) {
    return said.isEmpty()
        ? "fusermount3 is missing or said nothing; install fuse3"
        : said.strip().replace('\n', ';');
  }

  /** Returns two connected sockets or the two ends of a pipe, or fails. */
  private int[] pair(boolean socket) throws MountException {
    NativeMemory two = NativeMemory.allocate(2 * Integer.BYTES);
    int result =
        socket
            ? calls.socketpair(AF_UNIX, SOCK_STREAM | CLOEXEC, 0, two.address())
            : calls.pipe2(two.address(), CLOEXEC);
    if (result != 0) {
      throw new MountException("no descriptors are left: " + Errno.name(Device.lastError()));
    }
    return new int[] {two.bytes().getInt(0), two.bytes().getInt(Integer.BYTES)};
  }

  /** Starts the program and returns its process id; 0 if it is not there. */
  private int spawn(String program, int socket, int errors) {
    NativeMemory actions = NativeMemory.allocate(FILE_ACTIONS);
    calls.posix_spawn_file_actions_init(actions.address());
    calls.posix_spawn_file_actions_adddup2(actions.address(), socket, SOCKET);
    calls.posix_spawn_file_actions_adddup2(actions.address(), errors, STANDARD_ERROR);
    NativeArgs arguments =
        new NativeArgs(
            List.of(program, "-o", options.fusermountList(), "--", mountPoint.toString()));
    String path = System.getenv().getOrDefault("PATH", DEFAULT_PATH);
    NativeArgs environment = new NativeArgs(List.of("_FUSE_COMMFD=" + SOCKET, "PATH=" + path));
    NativeMemory pid = NativeMemory.allocate(Integer.BYTES);
    byte[] file = (program + "\0").getBytes(StandardCharsets.US_ASCII);
    int errno =
        calls.posix_spawnp(
            pid.address(),
            file,
            actions.address(),
            0,
            arguments.vector().address(),
            environment.vector().address());
    calls.posix_spawn_file_actions_destroy(actions.address());
    return errno == 0 ? pid.bytes().getInt(0) : 0;
  }

  /** Returns the descriptor that comes with a byte over the socket, -1 if none does. */
  private int receive(int socket) {
    NativeMemory memory = NativeMemory.allocate(BYTE + 8);
    ByteBuffer message = memory.bytes();
    message.putLong(16, memory.address() + IOVEC);
    message.putLong(24, 1);
    message.putLong(32, memory.address() + CMSG);
    message.putLong(40, CMSG_SPACE);
    message.putLong(IOVEC, memory.address() + BYTE);
    message.putLong(IOVEC + 8, 1);
    long length;
    do {
      length = calls.recvmsg(socket, memory.address(), MSG_CMSG_CLOEXEC);
    } while (length < 0 && Device.lastError() == Errno.EINTR);
    boolean received = length > 0 && message.getLong(40) >= CMSG_SPACE - Integer.BYTES;
    return received ? message.getInt(CMSG_DATA) : -1;
  }

  private String text(int fd) {
    NativeMemory memory = NativeMemory.allocate(4096);
    StringBuilder text = new StringBuilder();
    long length = calls.read(fd, memory.address(), memory.bytes().capacity());
    while (length > 0) {
      byte[] bytes = new byte[(int) length];
      memory.bytes().get(0, bytes);
      text.append(new String(bytes, StandardCharsets.UTF_8));
      length = calls.read(fd, memory.address(), memory.bytes().capacity());
    }
    return text.toString();
  }
}
