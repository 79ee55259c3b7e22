package copper.codec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.Errno;
import copper.model.FileStat;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What the statuses of the answers mean, and that no file data is copied. */
class StatusTest {
  private static ByteBuffer status32(int status, long vector) {
    return new CerealOutput("test", 12).i32(status).i64(vector).toBuffer();
  }

  private static ByteBuffer status64(long status, long vector) {
    return new CerealOutput("test", 16).i64(status).i64(vector).toBuffer();
  }

  @Test
  void minusOneIsEioWhereCppMeansAFailedCall() {
    assertEquals(Errno.EIO, ReadFileResponse.decode(status64(-1, 0)).errno());
    assertEquals(Errno.EIO, ReadFileResponse.decode(status64(0xffffffffL, 0)).errno());
    assertEquals(Errno.EIO, ReaddirResponse.decode(status32(-1, 0)).errno());
    assertEquals(Errno.EPERM, LstatResponse.decode(status32(-1, 0)).errno());
    assertEquals(Errno.EPERM, ReadlinkResponse.decode(status32(-1, 0)).errno());
    assertEquals(Errno.EPERM, ListResponse.decode(status32(-1, 0)).errno());
  }

  @Test
  void otherErrnosTravelNegated() {
    for (int errno : new int[] {2, 5, 13, 4095}) {
      assertEquals(errno, ReadFileResponse.decode(status64(-errno, 0)).errno());
      assertEquals(errno, ReaddirResponse.decode(status32(-errno, 0)).errno());
      assertEquals(errno, LstatResponse.decode(status32(-errno, 0)).errno());
      assertEquals(errno, ReadlinkResponse.decode(status32(-errno, 0)).errno());
      assertEquals(errno, ListResponse.decode(status32(-errno, 0)).errno());
    }
    assertEquals("f3ffffffffffffff", Messages.hex(ReadFileResponse.encode(true, failed())));
    assertEquals(
        "f3ffffffffffffff0000000000000000", Messages.hex(ReadFileResponse.encode(false, failed())));
  }

  private static Reply<ByteBuffer> failed() {
    return Reply.failure(Errno.EACCES);
  }

  @Test
  void aNumberThatIsNoErrnoIsEio() {
    assertEquals(Errno.EIO, ReadFileResponse.decode(status64(-4096, 0)).errno());
    assertEquals(Errno.EIO, ReadFileResponse.decode(status64(Long.MIN_VALUE, 0)).errno());
    assertEquals(Errno.EIO, LstatResponse.decode(status32(Integer.MIN_VALUE, 0)).errno());
  }

  @Test
  void aStatusThatContradictsTheRestIsRefused() {
    assertRefused("status is 1", () -> LstatResponse.decode(status32(1, 0)));
    assertRefused("status is 1", () -> ReaddirResponse.decode(status32(1, 0)));
    assertRefused("should have 144", () -> LstatResponse.decode(status32(0, 0)));
    assertRefused("holds 0 bytes", () -> ReadFileResponse.decode(status64(5, 0)));
    assertRefused("its target has 0", () -> ReadlinkResponse.decode(status32(0, 0)));
    ByteBuffer tooMuch = new CerealOutput("t", 17).i64(0).bytes(new byte[1]).toBuffer();
    assertRefused("status is 0 and it holds 1", () -> ReadFileResponse.decode(tooMuch));
    ByteBuffer error = new CerealOutput("t", 13).i32(-2).bytes(new byte[1]).toBuffer();
    assertRefused("should have 0", () -> LstatResponse.decode(error));
    assertRefused("it ends before", () -> ReadFileResponse.decode(status32(0, 0)));
    ByteBuffer names = new CerealOutput("t", 21).i32(-2).i64(1).bytes(new byte[] {'x'}).toBuffer();
    assertRefused("an error and 1 names", () -> ReaddirResponse.decode(names));
    assertRefused("neither 0 nor 1", () -> ReadyResponse.decode(ByteBuffer.wrap(new byte[] {2})));
    assertRefused(
        "neither 0 nor -1",
        () -> ShutdownResponse.decode(ByteBuffer.wrap(new byte[] {1, 0, 0, 0})));
  }

  @Test
  void badNamesAndPathsAreRefused() {
    for (String name : List.of("", "/", "a/b", "a\0b", "\0")) {
      byte[] bytes = name.getBytes(US_ASCII);
      long size = 12 + CerealOutput.size(bytes);
      ByteBuffer listing = new CerealOutput("t", size + 9).i32(0).i64(1).bytes(bytes).toBuffer();
      CodecException e =
          assertThrows(CodecException.class, () -> ReaddirResponse.decode(padded(listing)));
      assertTrue(e.getMessage().startsWith("the answer of rpc_readdir: "), e.getMessage());
    }
    for (String path : List.of("", "relative", "/a\0b")) {
      byte[] bytes = path.getBytes(US_ASCII);
      ByteBuffer request =
          new CerealOutput("t", 1 + CerealOutput.size(bytes)).bool(false).bytes(bytes).toBuffer();
      CodecException e =
          assertThrows(CodecException.class, () -> PathRequest.decode("rpc_lstat", request));
      assertTrue(e.getMessage().startsWith("the request of rpc_lstat: "), e.getMessage());
    }
    ByteBuffer target = new CerealOutput("t", 14).i32(0).bytes(new byte[] {'a', 0}).toBuffer();
    assertRefused("holds a NUL", () -> ReadlinkResponse.decode(target));
  }

  /** Adds bytes, so that it is not the number of names that is refused. */
  private static ByteBuffer padded(ByteBuffer message) {
    return ByteBuffer.allocate(message.remaining() + 9).put(message.duplicate()).rewind();
  }

  @Test
  void unknownTypesAreRefused() {
    ByteBuffer listing =
        new CerealOutput("t", 25).i32(0).i64(1).bytes(new byte[] {'x'}).i32(0123456).toBuffer();
    assertRefused("'x' has the unknown type", () -> ListResponse.decode(listing));
  }

  private static void assertRefused(String problem, Executable decode) {
    CodecException e = assertThrows(CodecException.class, decode);
    assertTrue(e.getMessage().contains(problem), e.getMessage());
  }

  @Test
  void fileDataIsSharedNotCopied() {
    ByteBuffer data = Messages.direct(new byte[] {1, 2, 3});
    List<ByteBuffer> message = ReadFileResponse.encode(false, Reply.of(data));
    assertEquals(7, data.position());
    data.put(8, (byte) 42);
    byte[] bytes = Messages.join(message);
    assertEquals(42, bytes[17]);
    ByteBuffer payload = Messages.direct(bytes);
    ByteBuffer decoded = ReadFileResponse.decode(payload).value();
    assertTrue(decoded.isDirect());
    assertEquals(0, decoded.position());
    assertEquals(ByteBuffer.wrap(new byte[] {1, 42, 3}), decoded);
    payload.put(7 + 18, (byte) 99);
    assertEquals(99, decoded.get(2));
    assertEquals(7, payload.position());
  }

  @Test
  void statsAreKeptAsTheyCame() {
    FileStat stat = FileStat.builder().mode(FileStat.S_IFREG | 0644).size(5).build();
    byte[] bytes = Messages.join(LstatResponse.encode(false, Reply.of(stat)));
    assertEquals(stat, LstatResponse.decode(ByteBuffer.wrap(bytes)).value());
  }

  @Test
  void anImpossibleLengthIsNamed() {
    CodecException e =
        assertThrows(CodecException.class, () -> new CerealOutput("the test", 1L << 31));
    assertEquals("the test: 2147483648 bytes are more than a message can have", e.getMessage());
  }
}
