package copper.fuzz;

import copper.codec.MessageTargets;
import copper.config.CommandLineTargets;
import copper.control.ControlTargets;
import copper.fuse.kernel.KernelTargets;
import copper.storage.MountTargets;
import copper.store.PushTargets;
import copper.store.ServiceTargets;
import copper.trace.TraceTargets;
import copper.transport.keyed.KeyedTargets;
import copper.transport.tcp.TcpTargets;
import copper.tree.BookTargets;
import java.util.function.Consumer;

/** Everything that reads what comes from outside. */
public enum Parser {
  /** The frames of a connection, at the server's and the client's end. */
  FRAMES(TcpTargets::frames),
  /** The handshake, at the end that was called. */
  SERVER_HANDSHAKE(TcpTargets::serverHandshake),
  /** The handshake, at the end that calls. */
  CLIENT_HANDSHAKE(TcpTargets::clientHandshake),
  /** An address of the embedded network. */
  TCP_ADDRESS(TcpTargets::address),
  /** The requests of copper_key. */
  KEY_REQUEST(KeyedTargets::keyRequest),
  /** The answers of copper_key. */
  KEY_ANSWER(KeyedTargets::keyAnswer),
  /** The request of copper_sealed. */
  SEALED_CALL(KeyedTargets::sealedCall),
  /** The answer of copper_sealed. */
  SEALED_ANSWER(KeyedTargets::sealedAnswer),

  /** The request of the RPCs about a path. */
  PATH_REQUEST(MessageTargets::pathRequest),
  /** The request of copper_read. */
  CHUNK_REQUEST(MessageTargets::chunkRequest),
  /** The request of copper_more. */
  PART_REQUEST(MessageTargets::partRequest),
  /** The request of copper_hello, and its answer. */
  HELLO(MessageTargets::hello),
  /** The request of copper_batch. */
  BATCH_REQUEST(MessageTargets::batchRequest),
  /** The answer of copper_batch. */
  BATCH_ANSWER(MessageTargets::batchAnswer),
  /** The request of copper_push. */
  PUSH_REQUEST(MessageTargets::pushRequest),
  /** The answer of copper_push. */
  PUSH_ANSWER(MessageTargets::pushAnswer),
  /** What a parent sends unasked, up to the caches. */
  PUSHED(PushTargets::taken),
  /** The request of copper_prefetch. */
  PREFETCH_REQUEST(MessageTargets::prefetch),
  /** What goes down the tree. */
  TREE_CALL(MessageTargets::treeCall),
  /** What comes up the tree. */
  TREE_REPORT(MessageTargets::treeReport),
  /** The answer of rpc_lstat. */
  LSTAT_ANSWER(MessageTargets::lstat),
  /** The answer of rpc_readfile. */
  READFILE_ANSWER(MessageTargets::readFile),
  /** The answer of rpc_readdir. */
  READDIR_ANSWER(MessageTargets::readdir),
  /** The answer of copper_list. */
  LIST_ANSWER(MessageTargets::list),
  /** The answer of copper_names. */
  NAMES_ANSWER(MessageTargets::names),
  /** The answer of copper_file. */
  FILE_ANSWER(MessageTargets::file),
  /** The answer of copper_files. */
  FILES_ANSWER(MessageTargets::files),
  /** The answer of copper_read. */
  CHUNK_ANSWER(MessageTargets::chunk),
  /** The answer of copper_readlink. */
  READLINK_ANSWER(MessageTargets::readlink),
  /** The answer of copper_statfs. */
  STATFS_ANSWER(MessageTargets::statfs),
  /** All RPCs of a node, from the bytes of the request to those of the answer. */
  SERVICE(ServiceTargets::service),

  /** A request of the kernel. */
  FUSE_REQUEST(KernelTargets::request),
  /** The kernel's first request, where features are agreed on. */
  FUSE_INIT(KernelTargets::init),
  /** Mount options. */
  MOUNT_OPTIONS(KernelTargets::options),
  /** The kernel's table of mounts. */
  MOUNT_TABLE(MountTargets::table),

  /** A command of the node's own user. */
  CONTROL_REQUEST(ControlTargets::request),
  /** The address book and the node file. */
  ADDRESS_BOOK(BookTargets::book),
  /** The lines of a trace. */
  TRACE(TraceTargets::lines),
  /** The file of a trace as it lies on disk, compressed. */
  TRACE_FILE(TraceTargets::file),
  /** The flags of cu_fuse. */
  COMMAND_LINE(CommandLineTargets::flags);

  @SuppressWarnings("ImmutableEnumChecker") // A function without state.
  private final Consumer<byte[]> target;

  Parser(Consumer<byte[]> target) {
    this.target = target;
  }

  /** Tries one input; whatever it throws is a finding. */
  public void accept(byte[] input) {
    target.accept(input);
  }
}
