package copper.codec;

import copper.model.DirectoryListing;
import copper.model.DirectoryVersion;
import copper.model.Errno;
import copper.model.FileStat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The answers that are names in a directory; see {@link Replies}. */
final class ListingCodec extends ReplyCodec<DirectoryListing> {
  private static final int LENGTH = 8;
  private static final int TYPE = 4;
  private static final byte[] NOTHING = {};

  private final boolean types;

  ListingCodec(String rpc, boolean types) {
    super("answer of " + rpc);
    this.types = types;
  }

  @Override
  long readStatus(CerealInput input) {
    long status = super.readStatus(input);
    // A C++ node says −1 when it could not reach its own parent.
    return status == -Errno.EPERM && !types ? -Errno.EIO : status;
  }

  @Override
  List<ByteBuffer> writeValue(CerealOutput output, DirectoryListing value) {
    output.i64(value.entries().size());
    for (DirectoryListing.Entry entry : value.entries()) {
      output.bytes(entry.name());
      if (types) {
        output.i32(entry.type());
        output.bytes(entry.stat().map(FileStat::toBytes).orElse(NOTHING));
        output.bytes(entry.target().orElse(NOTHING));
      }
    }
    if (types) {
      version(output.bool(value.current()), value.version()).i32(value.total());
    }
    return List.of(output.toBuffer());
  }

  @Override
  DirectoryListing readValue(CerealInput input, long status) {
    int count = input.count(types ? LENGTH + TYPE + LENGTH + LENGTH : LENGTH);
    List<DirectoryListing.Entry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] name = Replies.name(input);
      entries.add(
          types ? typed(input, name) : new DirectoryListing.Entry(name, DirectoryListing.UNKNOWN));
    }
    if (!types) {
      return new DirectoryListing(entries);
    }
    boolean current = input.bool();
    DirectoryVersion version = version(input);
    int total = input.i32();
    if (total < count) {
      throw input.wrong(count + " of " + total + " names");
    }
    return new DirectoryListing(entries, current, version, total);
  }

  private static DirectoryListing.Entry typed(CerealInput input, byte[] name) {
    DirectoryListing.Entry entry = new DirectoryListing.Entry(name, input.i32());
    byte[] image = input.bytes();
    byte[] target = input.bytes();
    if (entry.type() != DirectoryListing.UNKNOWN && !FileStat.isType(entry.type())) {
      throw input.wrong("'" + entry + "' has the unknown file type " + entry.type());
    }
    if (image.length + target.length > 0 && entry.isSelfOrParent()) {
      throw input.wrong("attributes of '" + entry + "'");
    }
    if (target.length > 0) {
      entry = entry.with(Replies.target(input, target));
    }
    if (image.length == 0) {
      return entry;
    }
    FileStat stat = Replies.stat(input, image);
    if (stat.type() != entry.type()) {
      throw input.wrong("'" + entry + "' has two file types");
    }
    return entry.with(stat);
  }

  static CerealOutput version(CerealOutput output, DirectoryVersion version) {
    return output
        .i64(version.ino())
        .i64(version.mtimeSeconds())
        .i64(version.mtimeNanos())
        .i64(version.ctimeSeconds())
        .i64(version.ctimeNanos())
        .i64(version.reading());
  }

  static DirectoryVersion version(CerealInput input) {
    return new DirectoryVersion(
        input.i64(), input.i64(), input.i64(), input.i64(), input.i64(), input.i64());
  }
}
