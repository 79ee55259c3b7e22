package copper.simulate;

import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;

/** The names, attributes and link targets of a file system; the answers are always the same. */
public interface Names {
  /** Returns the attributes of what is at {@code path}. */
  Reply<FileStat> stat(RawPath path);

  /** Returns the names in the directory at {@code path}, with "." and ".." where they are known. */
  Reply<DirectoryListing> list(RawPath path);

  /** Returns the target of the symbolic link at {@code path}. */
  Reply<byte[]> link(RawPath path);
}
