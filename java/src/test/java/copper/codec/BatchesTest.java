package copper.codec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchesTest {
  private static final List<Batches.Question> QUESTIONS =
      List.of(
          new Batches.Question("rpc_lstat", RawPath.of("/a")),
          new Batches.Question("copper_list", RawPath.of(new byte[] {'/', (byte) 0xff, '\n'})));

  private static ByteBuffer joined(List<ByteBuffer> parts) {
    ByteBuffer all =
        ByteBuffer.allocate(parts.stream().mapToInt(ByteBuffer::remaining).sum())
            .order(ByteOrder.LITTLE_ENDIAN);
    parts.forEach(part -> all.put(part.duplicate()));
    return all.flip();
  }

  private static List<ByteBuffer> answers() {
    return List.of(ByteBuffer.wrap("first".getBytes(US_ASCII)), ByteBuffer.allocate(0));
  }

  private static ByteBuffer answer() {
    return joined(Batches.answer(answers().stream().map(List::of).toList()));
  }

  @Test
  void whatIsWrittenIsRead() {
    assertEquals(QUESTIONS, Batches.questions(joined(Batches.request(QUESTIONS))));
    assertEquals(answers(), Batches.answers(answer(), 2));
  }

  @Test
  void whatIsCutShortOrGoesOnIsRefused() {
    ByteBuffer request = joined(Batches.request(QUESTIONS));
    for (int i = 0; i < request.limit(); i++) {
      ByteBuffer cut = request.slice(0, i);
      assertThrows(CodecException.class, () -> Batches.questions(cut));
    }
    ByteBuffer answer = answer();
    for (int i = 0; i < answer.limit(); i++) {
      ByteBuffer cut = answer.slice(0, i);
      assertThrows(CodecException.class, () -> Batches.answers(cut, 2));
    }
    ByteBuffer longer = joined(List.of(answer, ByteBuffer.allocate(1)));
    assertThrows(CodecException.class, () -> Batches.answers(longer, 2));
  }

  @Test
  void anotherNumberOfAnswersIsRefused() {
    CodecException e = assertThrows(CodecException.class, () -> Batches.answers(answer(), 3));
    assertTrue(e.getMessage().contains("2 answers to 3 questions"), e::getMessage);
  }

  @Test
  void aFloodOfQuestionsIsRefused() {
    List<Batches.Question> many =
        Collections.nCopies(Batches.MOST + 1, new Batches.Question("rpc_lstat", RawPath.ROOT));
    ByteBuffer request = joined(Batches.request(many));
    CodecException e = assertThrows(CodecException.class, () -> Batches.questions(request));
    assertTrue(e.getMessage().contains("more than " + Batches.MOST), e::getMessage);
  }
}
