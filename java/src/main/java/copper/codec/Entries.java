package copper.codec;

import copper.model.DirectoryListing;
import copper.model.DirectoryListing.Entry;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A status and a directory's entries, with their types or without. */
final class Entries {
  private Entries() {}

  static ByteBuffer encode(String message, Reply<DirectoryListing> reply, boolean types) {
    List<Entry> entries = reply.ok() ? reply.value().entries() : List.of();
    long size = 12;
    for (Entry entry : entries) {
      size += CerealOutput.size(entry.name()) + (types ? 4 : 0);
    }
    CerealOutput output = new CerealOutput(message, size);
    output.i32(-reply.errno()).i64(entries.size());
    for (Entry entry : entries) {
      output.bytes(entry.name());
      if (types) {
        output.i32(entry.type());
      }
    }
    return output.toBuffer();
  }

  static Reply<DirectoryListing> decode(String message, ByteBuffer payload, boolean types) {
    CerealInput input = new CerealInput(message, payload);
    int errno = input.errno();
    int count = input.count("names", 9 + (types ? 4 : 0));
    List<Entry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] name = name(input, i);
      entries.add(new Entry(name, types ? type(input, name) : DirectoryListing.UNKNOWN));
    }
    input.end();
    if (errno != 0 && count != 0) {
      throw input.bad("it has an error and " + count + " names");
    }
    return errno == 0 ? Reply.of(new DirectoryListing(entries)) : Reply.failure(errno);
  }

  private static byte[] name(CerealInput input, int index) {
    byte[] name = input.bytes("name " + index);
    if (name.length == 0) {
      throw input.bad("name " + index + " is empty");
    }
    for (byte b : name) {
      if (b == 0 || b == '/') {
        throw input.bad("a name cannot hold '/' or NUL: '" + RawPath.printable(name) + "'");
      }
    }
    return name;
  }

  private static int type(CerealInput input, byte[] name) {
    int type = input.i32("a type");
    return switch (type) {
      case DirectoryListing.UNKNOWN,
          FileStat.S_IFSOCK,
          FileStat.S_IFLNK,
          FileStat.S_IFREG,
          FileStat.S_IFBLK,
          FileStat.S_IFDIR,
          FileStat.S_IFCHR,
          FileStat.S_IFIFO ->
          type;
      default -> throw input.bad("'" + RawPath.printable(name) + "' has the unknown type " + type);
    };
  }
}
