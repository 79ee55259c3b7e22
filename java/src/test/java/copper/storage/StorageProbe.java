package copper.storage;

import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.util.HexFormat;

/** Prints all that storage says of a directory, in ASCII: to be run in a JVM of its own. */
final class StorageProbe {
  private StorageProbe() {}

  /** Describes the directory whose path is the argument, in hexadecimal. */
  public static void main(String[] args) {
    RawPath directory = RawPath.of(HexFormat.of().parseHex(args[0]));
    System.out.print(describe(new PosixStorage(), directory));
  }

  static String describe(Storage storage, RawPath directory) {
    StringBuilder text = new StringBuilder();
    for (DirectoryListing.Entry entry : storage.list(directory).value().entries()) {
      RawPath path = directory.resolve(entry.name());
      text.append(hex(entry.name())).append(" type ").append(entry.type());
      text.append(" read ").append(content(storage.readFile(path, 1 << 30)));
      Reply<byte[]> link = storage.readlink(path);
      text.append(" link ").append(link.ok() ? hex(link.value()) : "errno " + link.errno());
      // Not the whole of the image: reading the file changes the time of access.
      FileStat stat = storage.lstat(path).value();
      text.append(" stat ").append(stat).append('\n');
    }
    return text.toString();
  }

  private static String content(Reply<WholeFile> content) {
    return content.ok()
        ? content.value().length() + " bytes hash " + content.value().data().hashCode()
        : "errno " + content.errno() + " ";
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
