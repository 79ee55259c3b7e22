package copper.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.tcp.TcpAddress;
import copper.transport.tcp.TcpOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {
  private static final String GOOD = "0123456789abcdef0123456789abcdef";

  @TempDir Path folder;

  private Path file(String content, String mode) throws IOException {
    Path file = folder.resolve("secret");
    Files.writeString(file, content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static String error(Path file) {
    IOException e = assertThrows(IOException.class, () -> Secret.read(file));
    assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
    return e.getMessage();
  }

  @Test
  void createdAndReadIsTheSame() throws Exception {
    Path file = folder.resolve("secret");

    Secret made = Secret.create(file);

    assertArrayEquals(made.mac(new byte[5]), Secret.read(file).mac(new byte[5]));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void everyOneCreatedIsDifferent() throws Exception {
    Secret.create(folder.resolve("one"));
    Secret.create(folder.resolve("two"));

    assertNotEquals(
        Files.readString(folder.resolve("one")), Files.readString(folder.resolve("two")));
  }

  @Test
  void createDoesNotReplace() throws Exception {
    Path file = file(GOOD, "rw-------");

    IOException e = assertThrows(IOException.class, () -> Secret.create(file));

    assertTrue(e.getMessage().contains(file + " exists already"), e.getMessage());
    assertEquals(GOOD, Files.readString(file));
  }

  @Test
  void createSaysWhereItCannot() {
    Path file = folder.resolve("missing/secret");

    IOException e = assertThrows(IOException.class, () -> Secret.create(file));

    assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
  }

  /** The second of RFC 4231's cases, with a key that is long enough. */
  @Test
  void theMacIsHmacSha256() throws Exception {
    String key = "Jefe".repeat(8);
    Secret secret = Secret.read(file(key, "rw-------"));
    javax.crypto.Mac mac = javax.crypto.Mac.getInstance("HmacSHA256");
    mac.init(new javax.crypto.spec.SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "x"));
    byte[] text = "what do ya want for nothing?".getBytes(StandardCharsets.UTF_8);

    byte[] parts = secret.mac("what do ya want ".getBytes(StandardCharsets.UTF_8), tail(text, 16));

    assertEquals(HexFormat.of().formatHex(mac.doFinal(text)), HexFormat.of().formatHex(parts));
  }

  private static byte[] tail(byte[] bytes, int from) {
    return java.util.Arrays.copyOfRange(bytes, from, bytes.length);
  }

  @Test
  void whiteSpaceAroundDoesNotCount() throws Exception {
    byte[] plain = Secret.read(file(GOOD, "rw-------")).mac();

    assertArrayEquals(plain, Secret.read(file(" \t" + GOOD + "\r\n\n", "r--------")).mac());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r--r--", "rw----r--", "rw-rw----", "rw---x---", "rw-----w-"})
  void openToOthersIsRefused(String mode) throws Exception {
    Path file = file(GOOD, mode);

    assertTrue(error(file).contains("run chmod 600 " + file));
  }

  @Test
  void tooShortIsRefused() throws Exception {
    String error = error(file("   " + GOOD.substring(1) + "\n", "rw-------"));

    assertTrue(error.contains("holds 31 bytes"), error);
  }

  @Test
  void tooLongIsRefused() throws Exception {
    assertTrue(error(file("x".repeat(5000), "rw-------")).contains("longer than 4096"));
  }

  @Test
  void missingIsRefused() {
    String error = error(folder.resolve("nowhere"));

    assertTrue(error.contains("does not exist"), error);
    assertTrue(error.contains("-secret_file or COPPER_SECRET_FILE"), error);
  }

  @Test
  void aDirectoryIsRefused() {
    assertTrue(error(folder).contains("not a regular file"));
  }

  @Test
  void aLinkIsRefused() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), file(GOOD, "rw-------"));

    assertTrue(error(link).contains("not a regular file"));
  }

  @Test
  void anothersFileIsRefused() throws Exception {
    Path file = file(GOOD, "rw-------");
    Assumptions.assumeTrue(
        Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")),
        "only root can give a file away");
    Files.setAttribute(file, "unix:uid", 54321);

    assertTrue(error(file).contains("belongs to user 54321"));
  }

  @Test
  void itIsNotPrinted() throws Exception {
    Secret secret = Secret.read(file(GOOD, "rw-------"));
    TcpOptions options = TcpOptions.of(TcpAddress.parse("copper+tcp://127.0.0.1:0"), secret);

    assertEquals("Secret", secret.toString());
    assertFalse(options.toString().contains(GOOD));
  }
}
