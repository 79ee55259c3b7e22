package copper.fuse.kernel;

import copper.fuse.Libc;
import copper.fuse.MountException;
import copper.fuse.MountPoint;
import copper.model.Errno;
import copper.model.RawPath;
import java.nio.charset.StandardCharsets;

/** Mounts: as root by mount(2), as anybody else through fusermount3. */
final class Mounter {
  private final Calls calls;
  private final Libc libc;
  private final MountPoint mountPoint;
  private final KernelOptions options;

  Mounter(Calls calls, Libc libc, MountPoint mountPoint, KernelOptions options) {
    this.calls = calls;
    this.libc = libc;
    this.mountPoint = mountPoint;
    this.options = options;
  }

  /**
   * Mounts, and returns the device to answer on, which the caller owns.
   *
   * @throws MountException if it cannot be done; nothing is mounted then
   */
  Device mount() throws MountException {
    if (libc.geteuid() != 0) {
      return new Device(calls, new Fusermount(calls, mountPoint.path(), options).mount());
    }
    int fd = Device.open(calls);
    if (fd < 0) {
      throw new MountException("/dev/fuse cannot be opened: " + openFailure(-fd));
    }
    Device device = new Device(calls, fd);
    int errno = mount(fd);
    if (errno != 0) {
      device.close();
      throw new MountException(
          "the kernel refuses to mount at " + mountPoint.path() + ": " + mountFailure(errno));
    }
    return device;
  }

  private int mount(int fd) {
    return calls.mount(
                text(options.source()),
                RawPath.of(mountPoint.path().toString()).toCString(),
                text(options.type()),
                options.flags(),
                text(options.data(fd, 0, 0)))
            == 0
        ? 0
        : Device.lastError();
  }

  private static byte[] text(String text) {
    return (text + "\0").getBytes(StandardCharsets.UTF_8);
  }

  static String openFailure(int errno) {
    return switch (errno) {
      case Errno.ENOENT, Errno.ENODEV ->
          "the kernel module fuse is not loaded (modprobe fuse); in a container: --device"
              + " /dev/fuse";
      case Errno.EACCES, Errno.EPERM -> "permission denied; in a container: --device /dev/fuse";
      default -> Errno.name(errno);
    };
  }

  private static String mountFailure(int errno) {
    return switch (errno) {
      case Errno.EPERM -> "CAP_SYS_ADMIN is missing; in a container: --cap-add SYS_ADMIN";
      case Errno.EINVAL -> "EINVAL; check the -o options";
      default -> Errno.name(errno);
    };
  }
}
