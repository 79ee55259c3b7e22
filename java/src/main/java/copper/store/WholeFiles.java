package copper.store;

import copper.cache.FileData;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Whole files, as the cache of file data sees them. */
final class WholeFiles implements FileData<RawPath, ByteBuffer> {
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
  public ByteBuffer data(ByteBuffer file) {
    return file;
  }

  @Override
  public int tag(ByteBuffer file) {
    return 0;
  }

  @Override
  public ByteBuffer of(ByteBuffer data, int tag) {
    return data;
  }
}
