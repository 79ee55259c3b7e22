package copper.storage;

/**
 * The numbers of Linux that differ between the processors we run on, and those that do not.
 *
 * <p>Source: the kernel's asm-generic/fcntl.h and unistd.h, arch/x86 and arch/arm64.
 */
enum LinuxAbi {
  X86_64(0200000, 0400000, 217),
  AARCH64(040000, 0100000, 61);

  static final int O_RDONLY = 0;
  static final int O_NOCTTY = 0400;
  static final int O_NONBLOCK = 04000;
  static final int O_CLOEXEC = 02000000;
  static final int O_PATH = 010000000;

  /** The number of openat2, the same on every processor. */
  static final int OPENAT2 = 437;

  static final int OPEN_HOW_SIZE = 24;
  static final int RESOLVE_NO_SYMLINKS = 4;

  /** The type of file systems that programs serve (FUSE_SUPER_MAGIC in linux/magic.h). */
  static final long FUSE = 0x65735546;

  private final int directory;
  private final int nofollow;
  private final int getdents64;

  LinuxAbi(int directory, int nofollow, int getdents64) {
    this.directory = directory;
    this.nofollow = nofollow;
    this.getdents64 = getdents64;
  }

  /**
   * Returns the one of this machine.
   *
   * @throws IllegalStateException if the system or the processor is another
   */
  static LinuxAbi current() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  /** Returns the one for a JVM's os.name and os.arch; errors as {@link #current}. */
  static LinuxAbi of(String system, String processor) {
    return switch (system + " " + processor) {
      case "Linux amd64", "Linux x86_64" -> X86_64;
      case "Linux aarch64" -> AARCH64;
      default ->
          throw new IllegalStateException(
              "storage is read on Linux with x86-64 or aarch64 processors, not on "
                  + system
                  + " with "
                  + processor);
    };
  }

  /** Returns O_DIRECTORY: open only a directory. */
  int directory() {
    return directory;
  }

  /** Returns O_NOFOLLOW: do not follow the last component. */
  int nofollow() {
    return nofollow;
  }

  /** Returns the number of the system call getdents64, whose glibc wrapper came with 2.30 only. */
  int getdents64() {
    return getdents64;
  }
}
