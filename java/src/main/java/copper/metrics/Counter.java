package copper.metrics;

import java.util.List;
import java.util.Locale;

/** What a node counts; each appears in the counters file under its name in lower case. */
public enum Counter {
  STORAGE_LSTAT,
  STORAGE_LIST,
  STORAGE_READ,
  STORAGE_READ_BYTES,
  STORAGE_READLINK,
  STORAGE_STATFS,
  /** Requests of other nodes that were answered. */
  RPC_SERVED,
  /** Payload bytes of those answers. */
  RPC_BYTES_OUT,
  /** Requests to this node's parent, or to who stands in for it. */
  RPC_SENT,
  /** Payload bytes of its answers. */
  RPC_BYTES_IN,
  /** Requests to the parent that had no answer. */
  RPC_FAILED,
  /** How often a node that answers was lost, so that another one, or storage, is asked. */
  FAILOVERS,
  /** How often a nearer node came back and is asked again. */
  FAILBACKS,
  /** Things sent to children that had not asked for them. */
  PUSHED,
  /** Payload bytes of these. */
  PUSHED_BYTES,
  /** Things that came from the parent unasked, and were kept. */
  PUSH_TAKEN,
  /** Of these, what was asked for here later. */
  PUSH_USED,
  /** Things that came unasked and were not kept, since they were here, on their way or too much. */
  PUSH_USELESS,
  FUSE_GETATTR,
  FUSE_READDIR,
  FUSE_READ,
  /** Files whose pages the kernel was given before it asked. */
  FUSE_STORE,
  FUSE_READLINK,
  FUSE_STATFS,
  FUSE_IOCTL,
  /** Requests of the kernel that this version does not know. */
  FUSE_UNKNOWN,
  /** Requests of the kernel whose answer was in a cache of this node, failures included. */
  FUSE_FROM_CACHE,
  CACHE_HITS,
  CACHE_MISSES,
  /** Bytes of file data written to the directory of -cache_dir. */
  SPILL_WRITTEN_BYTES,
  /** Bytes that came back from there. */
  SPILL_READ_BYTES,
  /** What was dropped, because more came than could be written. */
  SPILL_SKIPPED,
  /** Records that were not as they were written, and were fetched anew. */
  SPILL_DAMAGED;

  /** The counts of calls of storage, one for each kind. */
  public static final List<Counter> STORAGE_CALLS =
      List.of(STORAGE_LSTAT, STORAGE_LIST, STORAGE_READ, STORAGE_READLINK, STORAGE_STATFS);

  /** Returns the name in the counters file. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
