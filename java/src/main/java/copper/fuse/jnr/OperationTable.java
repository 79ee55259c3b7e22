package copper.fuse.jnr;

import copper.fuse.CopperOperations;
import copper.metrics.Pending;
import copper.metrics.PendingCalls;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FilePart;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import jnr.ffi.BaseStruct;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import jnr.ffi.provider.jffi.ClosureHelper;
import ru.serce.jnrfuse.struct.FuseOperations;
import ru.serce.jnrfuse.struct.Statvfs;

/**
 * The {@code struct fuse_operations} libfuse calls: each callback asks {@link CopperOperations},
 * waits for its future, and writes the answer where libfuse wants it.
 *
 * <p>Nothing escapes to native code: whatever a callback throws becomes EIO and a line in the log.
 * Callbacks run on the threads of the session loop and are the only code of a node that blocks.
 */
final class OperationTable {
  private static final Logger LOG = Logger.getLogger(OperationTable.class.getName());

  private static final int LONGEST_NAME = 255;

  /** Offset in bytes of the mode within struct stat. */
  private static final int MODE = 24;

  private final CopperOperations operations;
  private final KernelPaths known;
  private final Consumer<RawPath> refusedWrite;
  private final Runtime runtime = Runtime.getSystemRuntime();
  private final FuseOperations table = new FuseOperations(runtime);

  private final PendingCalls pending = new PendingCalls();

  /** Keeps the closures alive: native code alone holds their addresses. */
  private final List<Object> closures = new ArrayList<>();

  /**
   * Makes the table.
   *
   * @param refusedWrite told of each file a program wrote to; must not block
   */
  OperationTable(CopperOperations operations, KernelPaths known, Consumer<RawPath> refusedWrite) {
    this.refusedWrite = refusedWrite;
    this.operations = operations;
    this.known = known;
    Struct.getMemory(table).setMemory(0, Struct.size(table), (byte) 0);
    set(table.getattr, Callbacks.Fill.class, this::getattr);
    set(table.readlink, Callbacks.Readlink.class, this::readlink);
    set(table.read, Callbacks.Read.class, this::read);
    set(table.readdir, Callbacks.Readdir.class, this::readdir);
    set(table.statfs, Callbacks.Fill.class, this::statfs);
    set(table.ioctl, Callbacks.Ioctl.class, this::ioctl);
    // ENOSYS is asked once: from then on the kernel opens and flushes without us, keeps the pages
    // of
    // a file from one open to the next, and knows that there are no extended attributes. Never so
    // for opendir: libfuse 2 crashes.
    answer(-Errno.ENOSYS, table.open, table.flush, table.access);
    answer(-Errno.ENOSYS, table.getxattr, table.listxattr);
    answer(-Errno.EROFS, table.mknod, table.mkdir, table.unlink, table.rmdir, table.symlink);
    answer(-Errno.EROFS, table.rename, table.link, table.chmod, table.chown, table.truncate);
    set(table.write, Callbacks.PathOnly.class, this::write);
    answer(-Errno.EROFS, table.create, table.utimens, table.fallocate);
    answer(-Errno.EROFS, table.setxattr, table.removexattr);
  }

  /** Returns the native struct; it lives as long as this object. */
  Pointer memory() {
    return Struct.getMemory(table);
  }

  /** Returns the size of the struct in bytes. */
  long size() {
    return Struct.size(table);
  }

  private <T> void set(BaseStruct.Func<?> member, Class<T> type, T callback) {
    closures.add(callback);
    Pointer function = runtime.getClosureManager().getClosurePointer(type, callback);
    closures.add(function);
    memory().putPointer(member.offset(), function);
  }

  private void answer(int result, BaseStruct.Func<?>... members) {
    for (BaseStruct.Func<?> member : members) {
      set(member, Callbacks.Constant.class, () -> result);
    }
  }

  private int getattr(Pointer pathPointer, Pointer stat) {
    return guard(
        "getattr",
        pathPointer,
        path -> {
          Reply<FileStat> reply;
          long generation;
          do {
            // An answer from before a reset must not reach the kernel after it.
            generation = known.generation();
            reply = await(operations.getattr(path));
            known.answered(path, reply);
          } while (generation != known.generation());
          if (!reply.ok()) {
            return -reply.errno();
          }
          stat.put(0, reply.value().toBytes(), 0, FileStat.SIZE);
          return 0;
        });
  }

  private int readlink(Pointer pathPointer, Pointer buffer, long size) {
    return guard(
        "readlink",
        pathPointer,
        path -> {
          Reply<byte[]> reply = await(operations.readlink(path));
          if (!reply.ok()) {
            return -reply.errno();
          }
          int length = (int) Math.min(reply.value().length, size - 1);
          buffer.put(0, reply.value(), 0, length);
          buffer.putByte(length, (byte) 0);
          return 0;
        });
  }

  private int read(Pointer pathPointer, Pointer buffer, long size, long offset, Pointer info) {
    return guard(
        "read",
        pathPointer,
        path -> {
          Reply<FilePart> reply = await(operations.read(path, offset, (int) size));
          return reply.ok() ? copy(reply.value().data(), buffer) : -reply.errno();
        });
  }

  private int copy(ByteBuffer from, Pointer to) {
    int length = from.remaining();
    if (from.isDirect()) {
      try {
        // Between two bare addresses it is one memcpy; from a wrapped buffer it is a loop of bytes.
        long address = Pointer.wrap(runtime, from).address();
        Pointer.wrap(runtime, address, length).transferTo(0, to, 0, length);
      } finally {
        Reference.reachabilityFence(from);
      }
    } else {
      byte[] bytes = new byte[length];
      from.duplicate().get(bytes);
      to.put(0, bytes, 0, length);
    }
    return length;
  }

  /**
   * What a program wrote into a shared mapping is in the page cache, where others would read it.
   */
  private int write(Pointer pathPointer) {
    return guard(
        "write",
        pathPointer,
        path -> {
          refusedWrite.accept(path);
          return -Errno.EROFS;
        });
  }

  private int readdir(
      Pointer pathPointer, Pointer buffer, Pointer filler, long offset, Pointer info) {
    return guard(
        "readdir",
        pathPointer,
        path -> {
          Reply<DirectoryListing> reply = await(operations.readdir(path));
          return reply.ok() ? fill(reply.value(), buffer, fillDir(filler)) : -reply.errno();
        });
  }

  private Callbacks.FillDir fillDir(Pointer function) {
    ClosureHelper helper = ClosureHelper.getInstance();
    return helper
        .getNativeConveter(Callbacks.FillDir.class)
        .fromNative(function, helper.getFromNativeContext());
  }

  /** Passes the type with each name, or every is_file() of a scandir would cost a getattr. */
  private int fill(DirectoryListing listing, Pointer buffer, Callbacks.FillDir filler) {
    Pointer name = Memory.allocateDirect(runtime, LONGEST_NAME + 1);
    Pointer stat = Memory.allocateDirect(runtime, FileStat.SIZE, true);
    for (DirectoryListing.Entry entry : listing.entries()) {
      int length = entry.name().length;
      if (length > LONGEST_NAME) {
        return -Errno.ENAMETOOLONG;
      }
      name.put(0, entry.name(), 0, length);
      name.putByte(length, (byte) 0);
      stat.putInt(MODE, entry.type());
      if (filler.call(buffer, name, stat, 0) != 0) {
        return -Errno.ENOMEM;
      }
    }
    return 0;
  }

  private int statfs(Pointer pathPointer, Pointer struct) {
    return guard(
        "statfs",
        pathPointer,
        path -> {
          Reply<FileSystemStat> reply = await(operations.statfs());
          if (!reply.ok()) {
            return -reply.errno();
          }
          FileSystemStat from = reply.value();
          Statvfs to = Statvfs.of(struct);
          to.f_bsize.set(from.blockSize());
          to.f_frsize.set(from.fragmentSize());
          to.f_blocks.set(from.blocks());
          to.f_bfree.set(from.blocksFree());
          to.f_bavail.set(from.blocksAvailable());
          to.f_files.set(from.files());
          to.f_ffree.set(from.filesFree());
          to.f_favail.set(from.filesFree());
          to.f_namemax.set(from.nameMax());
          return 0;
        });
  }

  private int ioctl(
      Pointer pathPointer, int command, Pointer argument, Pointer info, int flags, Pointer data) {
    return guard(
        "ioctl",
        pathPointer,
        path -> {
          Reply<Integer> reply = await(operations.ioctl(path, command));
          return reply.ok() ? reply.value() : -reply.errno();
        });
  }

  private interface Body {
    int run(RawPath path) throws InterruptedException, ExecutionException;
  }

  /** Returns the requests that have no answer yet, in no order. */
  List<Pending> pending() {
    return pending.all();
  }

  private int guard(String operation, Pointer pathPointer, Body body) {
    RawPath path = null;
    try {
      byte[] bytes = new byte[pathPointer.indexOf(0, (byte) 0)];
      pathPointer.get(0, bytes, 0, bytes.length);
      RawPath about = RawPath.of(bytes);
      path = about;
      return pending.during(
          new Pending(operation, about, System.nanoTime()), () -> answer(about, body));
    } catch (Throwable e) {
      LOG.log(Level.SEVERE, "a request for " + path + " failed inside the node", e);
      return -Errno.EIO;
    }
  }

  private static int answer(RawPath path, Body body) {
    try {
      return body.run(path);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -Errno.EINTR;
    } catch (ExecutionException e) {
      LOG.log(Level.WARNING, "no answer for " + path + ": " + e.getCause().getMessage());
      LOG.log(Level.FINE, "no answer for " + path, e.getCause());
      return -Errno.EIO;
    }
  }

  private static <T> T await(CompletableFuture<T> answer)
      throws InterruptedException, ExecutionException {
    return answer.get();
  }
}
