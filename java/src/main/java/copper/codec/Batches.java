package copper.codec;

import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages of copper_batch, which carries several questions and their answers at once.
 *
 * <p>A request is the number of questions, then the RPC's name and the path of each. An answer is
 * their number, then the answer that each RPC would have given by itself, as a vector in the same
 * order; an empty one says that the RPC is not known, or that its answers are files, which would
 * have no bound together.
 */
public final class Batches {
  /** The most questions in one message. */
  public static final int MOST = 256;

  private static final int LENGTH = 8;

  private Batches() {}

  /**
   * One question.
   *
   * @param rpc the RPC that would ask it by itself
   * @param path the path on storage
   */
  public record Question(String rpc, RawPath path) {}

  /** Returns the bytes of a request; at most {@link #MOST} questions. */
  public static List<ByteBuffer> request(List<Question> questions) {
    CerealOutput output = new CerealOutput(64 * questions.size() + LENGTH);
    output.i64(questions.size());
    for (Question question : questions) {
      output.bytes(question.rpc().getBytes(StandardCharsets.US_ASCII));
      output.bytes(question.path().toBytes());
    }
    return List.of(output.toBuffer());
  }

  /**
   * Reads a request.
   *
   * @throws CodecException if it is none
   */
  public static List<Question> questions(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, "batch request");
    int count = input.count(LENGTH + LENGTH);
    if (count > MOST) {
      throw input.wrong(count + " questions, more than " + MOST);
    }
    List<Question> questions = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      questions.add(new Question(name(input), PathRequest.path(input)));
    }
    input.end();
    return questions;
  }

  static String name(CerealInput input) {
    byte[] name = input.bytes();
    for (byte b : name) {
      if (b < 0) {
        throw input.wrong("the name of an RPC that is no ASCII");
      }
    }
    return new String(name, StandardCharsets.US_ASCII);
  }

  /** Returns the bytes of an answer; those of each question's own answer are not copied. */
  public static List<ByteBuffer> answer(List<List<ByteBuffer>> answers) {
    List<ByteBuffer> parts = new ArrayList<>(2 * answers.size() + 1);
    parts.add(new CerealOutput(LENGTH).i64(answers.size()).toBuffer());
    for (List<ByteBuffer> answer : answers) {
      long length = answer.stream().mapToLong(ByteBuffer::remaining).sum();
      parts.add(new CerealOutput(LENGTH).i64(length).toBuffer());
      parts.addAll(answer);
    }
    return parts;
  }

  /**
   * Reads the answer to {@code count} questions; the buffers are parts of the payload.
   *
   * @throws CodecException if it is none
   */
  public static List<ByteBuffer> answers(ByteBuffer payload, int count) {
    CerealInput input = new CerealInput(payload, "answer of " + Rpcs.BATCH);
    int given = input.count(LENGTH);
    if (given != count) {
      throw input.wrong(given + " answers to " + count + " questions");
    }
    List<ByteBuffer> answers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      answers.add(input.slice());
    }
    input.end();
    return answers;
  }
}
