package copper.simulate;

import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.storage.Storage;
import java.util.HashMap;
import java.util.Map;

/** The names of a real file system, each asked for once. */
public final class RealNames implements Names {
  private final Storage storage;
  private final Map<RawPath, Reply<FileStat>> stats = new HashMap<>();
  private final Map<RawPath, Reply<DirectoryListing>> listings = new HashMap<>();
  private final Map<RawPath, Reply<byte[]>> links = new HashMap<>();

  /** Takes the names from {@code storage}, which is borrowed. */
  public RealNames(Storage storage) {
    this.storage = storage;
  }

  @Override
  public Reply<FileStat> stat(RawPath path) {
    return stats.computeIfAbsent(path, storage::lstat);
  }

  @Override
  public Reply<DirectoryListing> list(RawPath path) {
    return listings.computeIfAbsent(path, storage::list);
  }

  @Override
  public Reply<byte[]> link(RawPath path) {
    return links.computeIfAbsent(path, storage::readlink);
  }
}
