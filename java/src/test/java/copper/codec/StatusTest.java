package copper.codec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.DirectoryListing;
import copper.model.DirectoryListing.Entry;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the statuses of answers mean, which answers are refused, and that no file is copied. */
class StatusTest {
  private static final List<ReplyCodec<?>> ALL =
      List.of(
          Replies.LSTAT,
          Replies.READ_FILE,
          Replies.FILE,
          Replies.READDIR,
          Replies.LIST,
          Replies.READLINK,
          Replies.STATFS);

  /** Returns the answer {@code status} with the number of elements {@code count} behind it. */
  private static ByteBuffer answer(ReplyCodec<?> codec, long status, long count) {
    CerealOutput output = status(codec, status);
    if (codec == Replies.FILE && status == 0) {
      output.i64(1_700_000_000_000_000_000L);
    }
    return output.i64(count).toBuffer();
  }

  private static CerealOutput status(ReplyCodec<?> codec, long status) {
    CerealOutput output = new CerealOutput(16);
    return codec == Replies.READ_FILE ? output.i64(status) : output.i32((int) status);
  }

  private static void assertErrno(int errno, ReplyCodec<?> codec, long status) {
    assertEquals(errno, codec.decode(answer(codec, status, 0)).errno());
    assertEquals(errno, codec.decodeStatus(status(codec, status).toBuffer()));
  }

  @Test
  void minusOneIsEioWhereCppMeansAFailedCall() {
    assertErrno(Errno.EIO, Replies.READ_FILE, -1);
    assertErrno(Errno.EIO, Replies.READ_FILE, 0xffffffffL);
    assertErrno(Errno.EIO, Replies.READDIR, -1);
    assertErrno(Errno.EPERM, Replies.LSTAT, -1);
    assertErrno(Errno.EPERM, Replies.LIST, -1);
    assertErrno(Errno.EPERM, Replies.READLINK, -1);
    assertErrno(Errno.EPERM, Replies.STATFS, -1);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5, 13, 116, 4095})
  void otherErrnosTravelNegated(int errno) {
    for (ReplyCodec<?> codec : ALL) {
      assertErrno(errno, codec, -errno);
    }
  }

  @Test
  void aNumberThatIsNoErrnoIsEio() {
    for (ReplyCodec<?> codec : ALL) {
      assertErrno(Errno.EIO, codec, -4096);
      assertErrno(Errno.EIO, codec, Integer.MIN_VALUE);
    }
    assertErrno(Errno.EIO, Replies.READ_FILE, Long.MIN_VALUE);
    assertErrno(Errno.EIO, Replies.READ_FILE, Long.MIN_VALUE + 2);
    assertErrno(Errno.EIO, Replies.READ_FILE, -(1L << 32) - 2);
  }

  @Test
  void writesErrnosAsCppReadsThem() {
    Reply<WholeFile> eacces = Reply.failure(Errno.EACCES);
    assertEquals("f3ffffffffffffff", Messages.hex(Replies.READ_FILE.encode(eacces, true)));
    assertEquals(
        "f3ffffffffffffff0000000000000000", Messages.hex(Replies.READ_FILE.encode(eacces, false)));
    Reply<WholeFile> eperm = Reply.failure(Errno.EPERM);
    assertEquals("ffffffffffffffff", Messages.hex(Replies.READ_FILE.encode(eperm, true)));
    assertEquals(
        "ffffffffffffffff0000000000000000", Messages.hex(Replies.READ_FILE.encode(eperm, false)));
    assertEquals("ffffffff", Messages.hex(Replies.READDIR.encode(Reply.failure(1), true)));
    assertEquals("ffffffff", Messages.hex(Replies.LSTAT.encode(Reply.failure(1), true)));
  }

  @Test
  void aStatusThatContradictsTheRestIsRefused() {
    for (ReplyCodec<?> codec : ALL) {
      if (codec != Replies.READ_FILE) {
        assertRefused("the status 1", () -> codec.decode(answer(codec, 1, 0)));
        assertRefused("the status 1", () -> codec.decodeStatus(status(codec, 1).toBuffer()));
      }
      ByteBuffer beside = status(codec, -2).bytes(new byte[] {'x'}).toBuffer();
      assertRefused("a value beside the error -2", () -> codec.decode(beside));
    }
    refused(Replies.LSTAT, 0, 0, "a stat image of 0 bytes, not 144");
    refused(Replies.READ_FILE, 5, 0, "a file of 0 bytes with the status 5");
    refused(Replies.READLINK, 0, 0, "an empty target");
    refused(Replies.STATFS, 0, 0, "0 numbers, not 8");
    ByteBuffer tooMuch = status(Replies.READ_FILE, 0).bytes(new byte[1]).toBuffer();
    assertRefused("1 bytes with the status 0", () -> Replies.READ_FILE.decode(tooMuch));
  }

  @Test
  void impossibleLengthsAreNamed() {
    for (long length : new long[] {1, Integer.MAX_VALUE, 1L << 31, Long.MAX_VALUE, -1}) {
      for (ReplyCodec<?> codec : ALL) {
        String problem = "a length of " + Long.toUnsignedString(length) + " where 0 bytes are left";
        refused(codec, 0, length, problem);
        refused(codec, -2, length, problem);
      }
      ByteBuffer request = new CerealOutput(9).bool(false).i64(length).toBuffer();
      assertRefused("where 0 bytes are left", () -> PathRequest.decode(request));
    }
  }

  private static void refused(ReplyCodec<?> codec, long status, long count, String problem) {
    assertRefused(problem, () -> codec.decode(answer(codec, status, count)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "a/b", "/a", "a/", "a\0b", "\0"})
  void badNamesAreRefused(String name) {
    byte[] bytes = name.getBytes(US_ASCII);
    String problem = name.isEmpty() ? "an empty name" : "a name with a NUL or '/' in it";
    // The bytes behind it let the number of names pass: it is the name that is refused.
    ByteBuffer names =
        status(Replies.READDIR, 0).i64(1).bytes(bytes).i64(0).i64(0).i64(0).toBuffer();
    assertRefused("answer of rpc_readdir: " + problem, () -> Replies.READDIR.decode(names));
    assertRefused("answer of copper_list: " + problem, () -> Replies.LIST.decode(names));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "relative", "./a", "/a\0b", "\0", "/\0"})
  void badPathsAreRefused(String path) {
    byte[] bytes = path.getBytes(US_ASCII);
    ByteBuffer request = new CerealOutput(16).bool(false).bytes(bytes).toBuffer();
    assertRefused("path request: ", () -> PathRequest.decode(request));
  }

  @Test
  void pathsHaveALimitAndFlagsAreBools() {
    byte[] path = "/".repeat(70_000).getBytes(US_ASCII);
    ByteBuffer tooLong = new CerealOutput(16).bool(false).bytes(path).toBuffer();
    assertRefused("a path of 70000 bytes", () -> PathRequest.decode(tooLong));
    ByteBuffer flag = ByteBuffer.wrap(new byte[] {2, 1, 0, 0, 0, 0, 0, 0, 0, '/'});
    assertRefused("a bool is 2", () -> PathRequest.decode(flag));
    flag.put(0, (byte) 1);
    assertEquals(new PathRequest(true, RawPath.ROOT), PathRequest.decode(flag));
  }

  @Test
  void aTargetWithANulIsRefused() {
    ByteBuffer target = status(Replies.READLINK, 0).bytes(new byte[] {'a', 0}).toBuffer();
    assertRefused("a target with a NUL", () -> Replies.READLINK.decode(target));
  }

  @ParameterizedTest
  @ValueSource(ints = {0123456, 0100644, 0030000, 0160000, 0170000, 1, -1, Integer.MIN_VALUE})
  void unknownTypesAreRefused(int type) {
    assertRefused(
        "'x' has the unknown file type " + type, () -> Replies.LIST.decode(entry(type, 0, 0)));
  }

  @Test
  void attributesBesideANameMustBeWholeAndOfItsType() {
    int file = FileStat.S_IFREG;
    Entry entry = Replies.LIST.decode(entry(file, file | 0640, 144)).value().entries().get(0);
    assertEquals(file | 0640, entry.stat().orElseThrow().mode());
    assertEquals(file, entry.type());
    assertRefused(
        "'x' has two file types",
        () -> Replies.LIST.decode(entry(file, FileStat.S_IFDIR | 0755, 144)));
    for (int length : new int[] {1, 143, 145}) {
      assertRefused(
          "a stat image of " + length + " bytes",
          () -> Replies.LIST.decode(entry(file, file, length)));
    }
  }

  private static ByteBuffer entry(int type, int mode, int length) {
    byte[] image = new byte[Math.max(length, FileStat.SIZE)];
    FileStat.builder().mode(mode).build().copyTo(image, 0);
    byte[] attributes = Arrays.copyOf(image, length);
    return status(Replies.LIST, 0)
        .i64(1)
        .bytes(new byte[] {'x'})
        .i32(type)
        .bytes(attributes)
        .bytes(new byte[0])
        .bool(false)
        .i64(0)
        .i64(0)
        .i64(0)
        .i64(0)
        .i64(0)
        .i64(0)
        .i32(1)
        .toBuffer();
  }

  private static void assertRefused(String problem, Executable decode) {
    CodecException e = assertThrows(CodecException.class, decode);
    assertTrue(e.getMessage().contains(problem), e.getMessage());
  }

  private static WholeFile file(ByteBuffer data) {
    return new WholeFile(data, WholeFile.UNKNOWN);
  }

  @Test
  void fileDataIsSharedNotCopied() {
    ByteBuffer data = Messages.direct(new byte[] {1, 2, 3});
    List<ByteBuffer> message = Replies.READ_FILE.encode(Reply.of(file(data)), false);
    assertEquals(7, data.position());
    data.put(8, (byte) 42);
    byte[] bytes = Messages.join(message);
    assertEquals(42, bytes[17]);
    ByteBuffer payload = Messages.direct(bytes);
    ByteBuffer decoded = Replies.READ_FILE.decode(payload).value().data();
    assertTrue(decoded.isDirect());
    assertEquals(0, decoded.position());
    assertEquals(ByteBuffer.wrap(new byte[] {1, 42, 3}), decoded);
    payload.put(7 + 18, (byte) 99);
    assertEquals(99, decoded.get(2));
    assertEquals(7, payload.position());
  }

  @Test
  void readOnlyPayloadsAreRead() {
    byte[] bytes =
        Messages.join(Replies.READ_FILE.encode(Reply.of(file(ByteBuffer.allocate(9))), false));
    ByteBuffer payload = Messages.direct(bytes).asReadOnlyBuffer();
    assertEquals(9, Replies.READ_FILE.decode(payload).value().length());
    assertEquals(0, Replies.READ_FILE.decodeStatus(Messages.direct(new byte[8])));
  }

  @Test
  void longListingsGrowTheMessage() {
    List<Entry> entries =
        IntStream.range(0, 5000)
            .mapToObj(i -> new Entry(("name-" + i).getBytes(US_ASCII), FileStat.S_IFREG))
            .map(e -> e.with(FileStat.builder().mode(FileStat.S_IFREG).size(7).build()))
            .toList();
    Reply<DirectoryListing> reply = Reply.of(new DirectoryListing(entries));
    byte[] bytes = Messages.join(Replies.LIST.encode(reply, false));
    List<Entry> decoded = Replies.LIST.decode(Messages.direct(bytes)).value().entries();
    assertEquals(5000, decoded.size());
    assertArrayEquals("name-4999".getBytes(US_ASCII), decoded.get(4999).name());
    assertEquals(7, decoded.get(4999).stat().orElseThrow().size());
  }
}
