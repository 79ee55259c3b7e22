package copper.codec;

import copper.model.Errno;
import copper.model.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** The messages between nodes. What is taken for one has to be written again to the same bytes. */
public final class MessageTargets {
  private static final int QUESTIONS = 3;

  /** Of a report only so many problems are kept. */
  private static final int MOST_PROBLEMS = 20;

  private MessageTargets() {}

  private static <T> void check(
      byte[] input, Function<ByteBuffer, T> decode, Function<T, List<ByteBuffer>> encode) {
    T message;
    try {
      message = decode.apply(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN));
    } catch (CodecException e) {
      return;
    }
    byte[] again = bytes(encode.apply(message));
    if (!Arrays.equals(input, again)) {
      throw new AssertionError("read as " + message + ", which is written differently");
    }
  }

  private static byte[] bytes(List<ByteBuffer> parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteBuffer part : parts) {
      byte[] copy = new byte[part.remaining()];
      part.duplicate().get(copy);
      all.writeBytes(copy);
    }
    return all.toByteArray();
  }

  /** PathRequest; a path may have slashes at its end that are dropped. */
  public static void pathRequest(byte[] input) {
    if (input.length > 0 && input[input.length - 1] != '/') {
      check(input, PathRequest::decode, PathRequest::encode);
    } else {
      refusedOrNot(input, PathRequest::decode);
    }
  }

  private static void refusedOrNot(byte[] input, Function<ByteBuffer, ?> decode) {
    try {
      Object unused = decode.apply(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN));
    } catch (CodecException e) {
      // As it should be.
    }
  }

  /** ChunkRequest. */
  public static void chunkRequest(byte[] input) {
    refusedOrNot(input, ChunkRequest::decode);
    if (!endsInSlash(input, 0)) {
      check(input, ChunkRequest::decode, ChunkRequest::encode);
    }
  }

  /** The path whose length stands at {@code at} ends in a slash, which is dropped. */
  private static boolean endsInSlash(byte[] input, int at) {
    if (input.length < at + Long.BYTES) {
      return true;
    }
    long length = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).getLong(at);
    int start = at + Long.BYTES;
    return length <= 0 || length > input.length - start || input[start + (int) length - 1] == '/';
  }

  /** A batch's questions; paths in it may have slashes at their ends. */
  public static void batchRequest(byte[] input) {
    try {
      List<Batches.Question> questions =
          Batches.questions(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN));
      byte[] again = bytes(Batches.request(questions));
      if (!questions.equals(Batches.questions(ByteBuffer.wrap(again)))) {
        throw new AssertionError(questions + " is written differently");
      }
    } catch (CodecException e) {
      // As it should be.
    }
  }

  /** A batch's answers. */
  public static void batchAnswer(byte[] input) {
    check(
        input,
        payload -> Batches.answers(payload, QUESTIONS),
        answers -> Batches.answer(answers.stream().map(List::of).toList()));
  }

  /** What became of what a child was sent; what a later version adds is passed over. */
  public static void pushRequest(byte[] input) {
    try {
      PushRequest request =
          PushRequest.decode(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN));
      if (!request.equals(PushRequest.decode(ByteBuffer.wrap(bytes(request.encode()))))) {
        throw new AssertionError(request + " is written differently");
      }
    } catch (CodecException e) {
      // As it should be.
    }
  }

  /** What a child is sent unasked. */
  public static void pushAnswer(byte[] input) {
    check(input, PushAnswer::decode, PushAnswer::encode);
  }

  /** A list of what to prefetch; paths in it may have slashes at their ends. */
  public static void prefetch(byte[] input) {
    try {
      List<PrefetchItem> items =
          PrefetchItem.decode(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN));
      if (!items.equals(PrefetchItem.decode(PrefetchItem.encode(items)))) {
        throw new AssertionError(items + " is written differently");
      }
    } catch (CodecException e) {
      // As it should be.
    }
  }

  /** A part of a directory; the path may have slashes at its end. */
  public static void partRequest(byte[] input) {
    refusedOrNot(input, PartRequest::decode);
    if (!endsInSlash(input, 0)) {
      check(input, PartRequest::decode, PartRequest::encode);
    }
  }

  /** What nodes say of themselves; what a later version adds is passed over. */
  public static void hello(byte[] input) {
    try {
      Hello hello = Hello.decode(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN));
      Hello again =
          Hello.decode(ByteBuffer.wrap(bytes(hello.encode())).order(ByteOrder.LITTLE_ENDIAN));
      if (!hello.equals(again) || hello.common(again) != hello.newest()) {
        throw new AssertionError(hello + " is written differently");
      }
    } catch (CodecException e) {
      // As it should be.
    }
  }

  /** TreeCall. */
  public static void treeCall(byte[] input) {
    check(input, TreeCall::decode, call -> List.of(call.encode()));
  }

  /** TreeReport; what is no UTF-8 in its texts is replaced. */
  public static void treeReport(byte[] input) {
    try {
      TreeReport report = TreeReport.decode(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN));
      TreeReport again = TreeReport.decode(report.encode());
      if (!report.equals(again) || report.problems().size() > MOST_PROBLEMS) {
        throw new AssertionError(report + " is written differently");
      }
      if (report.moreProblems() < 0 || report.done() < 0) {
        throw new AssertionError("negative counts: " + report);
      }
      report.plus(again).summed();
    } catch (CodecException e) {
      // As it should be.
    }
  }

  private static <T> void reply(byte[] input, ReplyCodec<T> codec) {
    check(input, codec::decode, reply -> codec.encode(reply, false));
    try {
      int errno = codec.decodeStatus(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN));
      if (errno < 0 || errno > Errno.MAX) {
        throw new AssertionError("the errno " + errno);
      }
    } catch (CodecException e) {
      // As it should be.
    }
  }

  /** Failures of C++ nodes are read as EIO, and so is what no errno is: not written back alike. */
  private static <T> void replyWithFailures(byte[] input, ReplyCodec<T> codec) {
    Reply<T> reply;
    try {
      reply = codec.decode(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN));
    } catch (CodecException e) {
      return;
    }
    if (!reply.ok()) {
      if (reply.errno() < 1 || reply.errno() > Errno.MAX) {
        throw new AssertionError("the errno " + reply.errno());
      }
      return;
    }
    reply(input, codec);
  }

  /** The answer of rpc_lstat. */
  public static void lstat(byte[] input) {
    replyWithFailures(input, Replies.LSTAT);
  }

  /** The answer of rpc_readfile. */
  public static void readFile(byte[] input) {
    replyWithFailures(input, Replies.READ_FILE);
  }

  /** The answer of copper_file. */
  public static void file(byte[] input) {
    replyWithFailures(input, Replies.FILE);
  }

  /** The answer of rpc_readdir. */
  public static void readdir(byte[] input) {
    replyWithFailures(input, Replies.READDIR);
  }

  /** The answer of copper_list. */
  public static void list(byte[] input) {
    replyWithFailures(input, Replies.LIST);
  }

  /** The answer of copper_names. */
  public static void names(byte[] input) {
    replyWithFailures(input, Replies.NAMES);
  }

  /** The answer of copper_files. */
  public static void files(byte[] input) {
    replyWithFailures(input, Replies.FILES);
  }

  /** The answer of copper_read; a stretch of the input without its checksum too. */
  public static void chunk(byte[] input) {
    replyWithFailures(input, Replies.CHUNK);
    byte[] intact =
        bytes(Replies.CHUNK.encode(Reply.of(copper.model.Chunk.of(ByteBuffer.wrap(input))), false));
    reply(intact, Replies.CHUNK);
  }

  /** The answer of copper_readlink. */
  public static void readlink(byte[] input) {
    replyWithFailures(input, Replies.READLINK);
  }

  /** The answer of copper_statfs. */
  public static void statfs(byte[] input) {
    replyWithFailures(input, Replies.STATFS);
  }
}
