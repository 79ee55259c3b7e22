package copper.fuse.kernel;

/**
 * The numbers of the kernel's FUSE protocol 7 (linux/fuse.h): opcodes, flags, and the layouts of
 * the structures this mount reads and writes, as offsets in bytes.
 */
final class Fuse {
  static final int MAJOR = 7;

  /** The newest minor version whose layouts are known here. */
  static final int MINOR = 38;

  /** The oldest one with the long answer to INIT; Linux 4.18 speaks 27. */
  static final int OLDEST_MINOR = 23;

  static final long ROOT_ID = 1;

  // Opcodes.
  static final int LOOKUP = 1;
  static final int FORGET = 2;
  static final int GETATTR = 3;
  static final int SETATTR = 4;
  static final int READLINK = 5;
  static final int SYMLINK = 6;
  static final int MKNOD = 8;
  static final int MKDIR = 9;
  static final int UNLINK = 10;
  static final int RMDIR = 11;
  static final int RENAME = 12;
  static final int LINK = 13;
  static final int OPEN = 14;
  static final int READ = 15;
  static final int WRITE = 16;
  static final int STATFS = 17;
  static final int RELEASE = 18;
  static final int FSYNC = 20;
  static final int SETXATTR = 21;
  static final int GETXATTR = 22;
  static final int LISTXATTR = 23;
  static final int REMOVEXATTR = 24;
  static final int FLUSH = 25;
  static final int INIT = 26;
  static final int OPENDIR = 27;
  static final int READDIR = 28;
  static final int RELEASEDIR = 29;
  static final int FSYNCDIR = 30;
  static final int ACCESS = 34;
  static final int CREATE = 35;
  static final int INTERRUPT = 36;
  static final int BMAP = 37;
  static final int DESTROY = 38;
  static final int IOCTL = 39;
  static final int POLL = 40;
  static final int BATCH_FORGET = 42;
  static final int FALLOCATE = 43;
  static final int READDIRPLUS = 44;
  static final int RENAME2 = 45;
  static final int LSEEK = 46;
  static final int COPY_FILE_RANGE = 47;
  static final int SYNCFS = 50;
  static final int TMPFILE = 51;
  static final int STATX = 52;

  // Notifications, which travel as the error of an answer to nobody.
  static final int NOTIFY_INVAL_INODE = 2;
  static final int NOTIFY_INVAL_ENTRY = 3;
  static final int NOTIFY_STORE = 4;

  /** Flag of NOTIFY_INVAL_ENTRY: the entry is asked for anew, and stays if it is the same. */
  static final int EXPIRE_ONLY = 1;

  // struct fuse_in_header.
  static final int IN_LENGTH = 0;
  static final int IN_OPCODE = 4;
  static final int IN_UNIQUE = 8;
  static final int IN_NODE = 16;
  static final int IN_PID = 32;
  static final int IN_HEADER = 40;

  // struct fuse_out_header.
  static final int OUT_LENGTH = 0;
  static final int OUT_ERROR = 4;
  static final int OUT_UNIQUE = 8;
  static final int OUT_HEADER = 16;

  /** Length of struct fuse_attr. */
  static final int ATTR = 88;

  /** Length of what stands before the attributes in struct fuse_entry_out. */
  static final int ENTRY = 40;

  /** Length of struct fuse_dirent without its name. */
  static final int DIRENT = 24;

  // Lengths of further answers.
  static final int STATFS_OUT = 80;
  static final int IOCTL_OUT = 16;
  static final int OPEN_OUT = 16;
  static final int STORE_OUT = 24;

  // Answers to OPEN and OPENDIR.
  static final int FOPEN_KEEP_CACHE = 1 << 1;
  static final int FOPEN_CACHE_DIR = 1 << 3;

  /** Flag of an IOCTL on a directory. */
  static final int IOCTL_DIR = 1 << 4;

  /** A flag of GETATTR: the kernel asks for itself, to read on, and not for stat(2). */
  static final int GETATTR_FH = 1;

  /** The inode number of a directory entry that says nothing of it, as libfuse has it. */
  static final long UNKNOWN_INODE = 0xffffffffL;

  private Fuse() {}

  /** Returns the name of an operation that may have to wait. */
  static String name(int opcode) {
    return switch (opcode) {
      case LOOKUP -> "lookup";
      case GETATTR -> "getattr";
      case READLINK -> "readlink";
      case READ -> "read";
      case READDIR, READDIRPLUS -> "readdir";
      case STATFS -> "statfs";
      case IOCTL -> "ioctl";
      default -> "request " + opcode;
    };
  }
}
