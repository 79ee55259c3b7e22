package copper.store;

import copper.cache.FileData;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Whole files, as the cache of file data sees them. */
final class WholeFiles implements FileData<RawPath, WholeFile> {
  /** About what a file has whose length is not known, in bytes. */
  private static final long USUAL = 64 << 10;

  private final CooperativeStore store;

  WholeFiles(CooperativeStore store) {
    this.store = store;
  }

  @Override
  public long expected(RawPath path) {
    Optional<Reply<FileStat>> known = store.cacheOf(Query.LSTAT).peek(path);
    return known.isPresent() && known.get().ok() ? known.get().value().size() : USUAL;
  }

  @Override
  public ByteBuffer data(WholeFile file) {
    return file.data();
  }

  @Override
  public long tag(WholeFile file) {
    return file.mtime();
  }

  @Override
  public WholeFile of(ByteBuffer data, long mtime) {
    return new WholeFile(data, mtime);
  }
}
