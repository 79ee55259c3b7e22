package copper.codec;

import copper.model.Chunk;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileBundle;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The answers of all RPCs: the original's (src/copper/server_local_cache_provider.cpp) and those
 * that only our own nodes know.
 *
 * <p>The status −1 is EPERM in an answer of rpc_lstat and of our own RPCs. In answers of
 * rpc_readfile and rpc_readdir a C++ node means that reading or calling its parent failed, so it is
 * read as EIO there. EPERM from storage is written as −1 there all the same: a C++ child hands it
 * on as EPERM, which is right, and one of our own sees EIO. 4294967295, which a C++ node says when
 * rpc_readfile fails, is read as EIO and never written.
 */
public final class Replies {
  /** rpc_lstat: the stat image. */
  public static final ReplyCodec<FileStat> LSTAT = new Lstat();

  /**
   * rpc_readfile: the whole file, without its time. The decoded buffer is a part of the payload.
   */
  public static final ReplyCodec<WholeFile> READ_FILE = new ReadFile();

  /** rpc_readdir: the names, without types. */
  public static final ReplyCodec<DirectoryListing> READDIR = new ListingCodec("rpc_readdir", false);

  /** copper_names: the names, without types. */
  public static final ReplyCodec<DirectoryListing> NAMES = new ListingCodec("copper_names", false);

  /** copper_file: time and data. The decoded buffer is a part of the payload. */
  public static final ReplyCodec<WholeFile> FILE = new Whole();

  /**
   * copper_files: names, and files with their times, in turn. The decoded buffers are parts of the
   * payload.
   */
  public static final ReplyCodec<FileBundle> FILES = new Files();

  /** copper_read: the data and its checksum. The decoded buffer is a part of the payload. */
  public static final ReplyCodec<Chunk> CHUNK = new Stretch();

  /**
   * copper_list and copper_more: the names, each with its type, with its stat image and a link's
   * target where they are known; then whether the listing is current, which reading of the
   * directory it is, and how many names that has.
   */
  public static final ReplyCodec<DirectoryListing> LIST = new ListingCodec("copper_list", true);

  /** copper_readlink: the link's target. */
  public static final ReplyCodec<byte[]> READLINK = new Readlink();

  /** copper_statfs: eight numbers. */
  public static final ReplyCodec<FileSystemStat> STATFS = new Statfs();

  private Replies() {}

  static FileStat stat(CerealInput input, byte[] image) {
    if (image.length != FileStat.SIZE) {
      throw input.wrong("a stat image of " + image.length + " bytes, not " + FileStat.SIZE);
    }
    return FileStat.of(image);
  }

  private static final class Lstat extends ReplyCodec<FileStat> {
    private Lstat() {
      super("answer of rpc_lstat");
    }

    @Override
    List<ByteBuffer> writeValue(CerealOutput output, FileStat value) {
      return List.of(output.bytes(value.toBytes()).toBuffer());
    }

    @Override
    FileStat readValue(CerealInput input, long status) {
      return stat(input, input.bytes());
    }
  }

  private static final class ReadFile extends ReplyCodec<WholeFile> {
    /** What a C++ node says for an error: −1 in 32 bits without a sign, widened. */
    private static final long CPP_ERROR = 0xffffffffL;

    private ReadFile() {
      super("answer of rpc_readfile");
    }

    @Override
    CerealOutput writeStatus(CerealOutput output, Reply<WholeFile> reply) {
      return output.i64(reply.ok() ? reply.value().length() : -reply.errno());
    }

    @Override
    long readStatus(CerealInput input) {
      long status = input.i64();
      return status == CPP_ERROR || status == -Errno.EPERM ? -Errno.EIO : status;
    }

    @Override
    List<ByteBuffer> writeValue(CerealOutput output, WholeFile value) {
      return List.of(output.i64(value.length()).toBuffer(), value.data());
    }

    @Override
    WholeFile readValue(CerealInput input, long status) {
      ByteBuffer data = input.slice();
      if (data.remaining() != status) {
        throw input.wrong("a file of " + data.remaining() + " bytes with the status " + status);
      }
      return new WholeFile(data, WholeFile.UNKNOWN);
    }
  }

  private static final class Whole extends ReplyCodec<WholeFile> {
    private Whole() {
      super("answer of " + Rpcs.FILE);
    }

    @Override
    List<ByteBuffer> writeValue(CerealOutput output, WholeFile value) {
      return List.of(output.i64(value.mtime()).i64(value.length()).toBuffer(), value.data());
    }

    @Override
    WholeFile readValue(CerealInput input, long status) {
      return file(input);
    }
  }

  private static WholeFile file(CerealInput input) {
    long mtime = input.i64();
    return new WholeFile(input.slice(), mtime);
  }

  static byte[] name(CerealInput input) {
    byte[] name = input.bytes();
    if (name.length == 0) {
      throw input.wrong("an empty name");
    }
    for (byte b : name) {
      if (b == 0 || b == '/') {
        throw input.wrong("a name with a NUL or '/' in it");
      }
    }
    return name;
  }

  private static boolean isSelfOrParent(byte[] name) {
    return new DirectoryListing.Entry(name, DirectoryListing.UNKNOWN).isSelfOrParent();
  }

  private static final class Files extends ReplyCodec<FileBundle> {
    private static final int LENGTH = 8;
    private static final int TIME = 8;

    private Files() {
      super("answer of copper_files");
    }

    @Override
    int room(FileBundle value) {
      int sum = LENGTH;
      for (FileBundle.File file : value.files()) {
        sum += LENGTH + file.name().length + TIME + LENGTH + file.content().length();
      }
      return sum;
    }

    @Override
    List<ByteBuffer> writeValue(CerealOutput output, FileBundle value) {
      output.i64(value.files().size());
      for (FileBundle.File file : value.files()) {
        WholeFile content = file.content();
        output.bytes(file.name()).i64(content.mtime()).bytes(content.data());
      }
      return List.of(output.toBuffer());
    }

    @Override
    FileBundle readValue(CerealInput input, long status) {
      int count = input.count(LENGTH + TIME + LENGTH);
      List<FileBundle.File> files = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        byte[] name = name(input);
        if (isSelfOrParent(name)) {
          throw input.wrong("a file named " + RawPath.printable(name));
        }
        files.add(new FileBundle.File(name, file(input)));
      }
      return new FileBundle(files);
    }
  }

  private static final class Stretch extends ReplyCodec<Chunk> {
    private Stretch() {
      super("answer of " + Rpcs.READ);
    }

    @Override
    List<ByteBuffer> writeValue(CerealOutput output, Chunk value) {
      return List.of(
          output.i32(value.checksum()).i64(value.data().remaining()).toBuffer(), value.data());
    }

    @Override
    Chunk readValue(CerealInput input, long status) {
      int checksum = input.i32();
      Chunk chunk = new Chunk(input.slice(), checksum);
      if (!chunk.isIntact()) {
        throw input.wrong("the data does not have the checksum it left storage with");
      }
      return chunk;
    }
  }

  private static final class Readlink extends ReplyCodec<byte[]> {
    private Readlink() {
      super("answer of copper_readlink");
    }

    @Override
    List<ByteBuffer> writeValue(CerealOutput output, byte[] value) {
      return List.of(output.bytes(value).toBuffer());
    }

    @Override
    byte[] readValue(CerealInput input, long status) {
      return target(input, input.bytes());
    }
  }

  static byte[] target(CerealInput input, byte[] target) {
    if (target.length == 0) {
      throw input.wrong("an empty target");
    }
    for (byte b : target) {
      if (b == 0) {
        throw input.wrong("a target with a NUL in it");
      }
    }
    return target;
  }

  private static final class Statfs extends ReplyCodec<FileSystemStat> {
    private static final int FIELDS = 8;

    private Statfs() {
      super("answer of copper_statfs");
    }

    @Override
    List<ByteBuffer> writeValue(CerealOutput output, FileSystemStat value) {
      output.i64(FIELDS).i64(value.blockSize()).i64(value.fragmentSize()).i64(value.blocks());
      output.i64(value.blocksFree()).i64(value.blocksAvailable()).i64(value.files());
      return List.of(output.i64(value.filesFree()).i64(value.nameMax()).toBuffer());
    }

    @Override
    FileSystemStat readValue(CerealInput input, long status) {
      int count = input.count(Long.BYTES);
      if (count != FIELDS) {
        throw input.wrong(count + " numbers, not " + FIELDS);
      }
      long[] field = new long[FIELDS];
      for (int i = 0; i < FIELDS; i++) {
        field[i] = input.i64();
      }
      return new FileSystemStat(
          field[0], field[1], field[2], field[3], field[4], field[5], field[6], field[7]);
    }
  }
}
