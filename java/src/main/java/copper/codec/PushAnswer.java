package copper.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer of copper_push: questions that the child has not asked, each with the answer that it
 * would have had.
 *
 * <p>The number of questions, then of each the RPC's name, the bytes of its request and those of
 * its answer, as three vectors.
 */
public final class PushAnswer {
  /** The most questions in one message. */
  public static final int MOST = 64;

  /** A longer message is refused, in bytes. */
  public static final int LONGEST = 3 << 20;

  private static final int LENGTH = 8;

  private PushAnswer() {}

  /**
   * A question with its answer.
   *
   * @param rpc the RPC that would ask it
   * @param request its bytes
   * @param answer its bytes in one or more buffers
   */
  public record Item(String rpc, List<ByteBuffer> request, List<ByteBuffer> answer) {
    /** Takes unmodifiable copies of the lists. */
    public Item {
      request = List.copyOf(request);
      answer = List.copyOf(answer);
    }

    /** Returns the number of bytes it has on the wire. */
    public long length() {
      return 3 * LENGTH + rpc.length() + sum(request) + sum(answer);
    }
  }

  private static long sum(List<ByteBuffer> parts) {
    return parts.stream().mapToLong(ByteBuffer::remaining).sum();
  }

  /** Returns the bytes of a message; those of the answers are not copied. */
  public static List<ByteBuffer> encode(List<Item> items) {
    List<ByteBuffer> parts = new ArrayList<>();
    parts.add(new CerealOutput(LENGTH).i64(items.size()).toBuffer());
    for (Item item : items) {
      CerealOutput head = new CerealOutput(128);
      head.bytes(item.rpc().getBytes(StandardCharsets.US_ASCII));
      parts.add(head.i64(sum(item.request())).toBuffer());
      parts.addAll(item.request());
      parts.add(new CerealOutput(LENGTH).i64(sum(item.answer())).toBuffer());
      parts.addAll(item.answer());
    }
    return parts;
  }

  /**
   * Reads a message; the buffers are parts of the payload.
   *
   * @throws CodecException if it is none
   */
  public static List<Item> decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, "answer of " + Rpcs.PUSH);
    if (payload.remaining() > LONGEST) {
      throw input.wrong(payload.remaining() + " bytes, more than " + LONGEST);
    }
    int count = input.count(3 * LENGTH);
    if (count > MOST) {
      throw input.wrong(count + " answers, more than " + MOST);
    }
    List<Item> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String rpc = Batches.name(input);
      items.add(new Item(rpc, List.of(input.slice()), List.of(input.slice())));
    }
    input.end();
    return items;
  }
}
