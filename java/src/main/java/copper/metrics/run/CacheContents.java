package copper.metrics.run;

import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.RawPath;
import java.util.function.BiConsumer;

/**
 * What a node's caches hold, for the tables that list it.
 *
 * <p>What comes and goes meanwhile may be seen or not. Any thread; nothing blocks.
 */
public interface CacheContents {
  /** Passes each file of which data is kept, and how many bytes; perhaps a part at a time. */
  void forEachFile(BiConsumer<RawPath, Long> visitor);

  /** Passes each directory whose names are kept; perhaps twice, if they are kept in two forms. */
  void forEachDirectory(BiConsumer<RawPath, DirectoryListing> visitor);

  /** Passes each path whose attributes are kept. */
  void forEachStat(BiConsumer<RawPath, FileStat> visitor);
}
