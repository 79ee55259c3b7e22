package copper.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.config.CopperConfig.LogType;
import copper.model.RawPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people and job scripts type, and what they are told when it is wrong. */
class CommandLineTest {
  /** The flags that take a value. */
  private static final List<String> WITH_VALUE =
      List.of(
          "-tpath",
          "-vpath",
          "-net_type",
          "-nf",
          "-facility_address_book",
          "-prefiltered_address_book",
          "-trees",
          "-fanout",
          "-tree",
          "-addr_write_sync_time",
          "-max_cacheable_byte_size",
          "-md_enoent_ttl_ms",
          "-log_level",
          "-log_type",
          "-log_output_dir",
          "-es",
          "-secret_file",
          "-record_trace",
          "-o");

  static List<String> withValue() {
    return WITH_VALUE;
  }

  private static CopperConfig parse(String... arguments) throws UsageException {
    return CommandLine.parse(arguments, null);
  }

  /** Parses {@code more} behind a command line that is right. */
  private static CopperConfig with(String... more) throws UsageException {
    List<String> arguments = new ArrayList<>(List.of("-vpath", "/view"));
    arguments.addAll(List.of(more));
    return parse(arguments.toArray(String[]::new));
  }

  private static void assertRefused(String message, String... more) {
    UsageException e = assertThrows(UsageException.class, () -> with(more));
    assertEquals(message, e.getMessage());
    assertFalse(e.getMessage().contains("\n"));
  }

  @Test
  void defaultsAreThoseOfTheOriginal() throws UsageException {
    assertEquals(
        new CopperConfig(
            RawPath.ROOT,
            CopperConfig.Narrowing.NONE,
            RawPath.of("/view"),
            Path.of("/view"),
            "cxi",
            Optional.empty(),
            Optional.empty(),
            false,
            1,
            OptionalInt.empty(),
            false,
            Duration.ofSeconds(5),
            1048576,
            Duration.ofMillis(100),
            Duration.ofSeconds(3),
            PushMode.OFF,
            0,
            LogType.FILE_AND_STDOUT,
            Optional.empty(),
            1,
            Optional.empty(),
            false,
            Optional.empty(),
            new CopperConfig.Profiling(false, 0, false, Duration.ZERO),
            OptionalInt.empty(),
            new CopperConfig.Ending(true, false),
            new CopperConfig.FuseOptions(false, false, List.of(), CopperConfig.MountKind.AUTO),
            CacheOptions.NONE,
            List.of()),
        with());
  }

  @Test
  void everyFlagIsRead() throws UsageException {
    String line =
        "-tpath /soft -vpath /tmp/copper -net_type ofi+tcp://127.0.0.1:7101 -nf nodes"
            + " -facility_address_book book -prefiltered_address_book 1 -trees 3 -fanout 9 -tree auto"
            + " -max_cacheable_byte_size 10485760 -md_enoent_ttl_ms 2000 -log_level 4"
            + " -failover_ms 1500 -push auto"
            + " -log_type file -log_output_dir logs -es 4 -secret_file secret -require_auth"
            + " -addr_write_sync_time 7 -max_cache_bytes 8g"
            + " -cache_dir spill -max_spill_bytes 123456789 -record_trace trace.gz"
            + " -allow /soft/a -deny /soft//a/./secret -allow /soft/b%c"
            + " -profile_metrics -profile_top_n 20 -profile_paths_full"
            + " -profile_snapshot_interval_s 60 -metrics_port 9105 -no_guardian -end_with_parent"
            + " -s -f -d -o allow_other /mnt/copper";
    assertEquals(
        new CopperConfig(
            RawPath.of("/soft"),
            new CopperConfig.Narrowing(
                List.of(RawPath.of("/soft/a"), RawPath.of("/soft/b c")),
                List.of(RawPath.of("/soft/a/secret"))),
            RawPath.of("/tmp/copper"),
            Path.of("/mnt/copper"),
            "ofi+tcp://127.0.0.1:7101",
            Optional.of(Path.of("nodes")),
            Optional.of(Path.of("book")),
            true,
            3,
            OptionalInt.of(9),
            true,
            Duration.ofSeconds(7),
            10485760,
            Duration.ofSeconds(2),
            Duration.ofMillis(1500),
            PushMode.AUTO,
            4,
            LogType.FILE,
            Optional.of(Path.of("logs")),
            4,
            Optional.of(Path.of("secret")),
            true,
            Optional.of(Path.of("trace.gz")),
            new CopperConfig.Profiling(true, 20, true, Duration.ofSeconds(60)),
            OptionalInt.of(9105),
            new CopperConfig.Ending(false, true),
            new CopperConfig.FuseOptions(
                true, true, List.of("allow_other"), CopperConfig.MountKind.AUTO),
            new CacheOptions(
                OptionalLong.of(8L << 30),
                Optional.of(Path.of("spill")),
                OptionalLong.of(123456789)),
            List.of()),
        parse(
            Stream.of(line.split(" ")).map(word -> word.replace('%', ' ')).toArray(String[]::new)));
  }

  @Test
  void aProofWantsASecret() throws UsageException {
    assertRefused(
        "-require_auth needs the job's secret; name its file with -secret_file or"
            + " $COPPER_SECRET_FILE",
        "-require_auth");
    assertTrue(with("-require_auth", "-secret_file", "secret").requireAuth());
  }

  @Test
  void whatIsServedIsNamedAbsolutely() {
    assertRefused("-allow takes an absolute path, not 'soft'", "-allow", "soft");
    assertRefused("-deny takes an absolute path, not ''", "-deny", "");
  }

  @Test
  void bytesMayHaveAUnit() throws UsageException {
    assertEquals(OptionalLong.of(1 << 20), with("-max_cache_bytes", "1048576").cache().maxBytes());
    assertEquals(OptionalLong.of(1 << 20), with("-max_cache_bytes", "1024k").cache().maxBytes());
    assertEquals(OptionalLong.of(7 << 20), with("-max_cache_bytes", "7M").cache().maxBytes());
    assertEquals(OptionalLong.of(3L << 30), with("-max_cache_bytes", "3gb").cache().maxBytes());
    assertEquals(OptionalLong.of(2L << 40), with("-max_cache_bytes", "2T").cache().maxBytes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "1k", "1048575", "-1g", "1.5g", "much", "g", "9999999t", "1 g"})
  void bytesThatCannotBeAreRefused(String text) {
    assertRefused(
        "-max_cache_bytes takes a number of bytes of at least 1m, such as 1073741824, 1g or 512m,"
            + " not '"
            + text
            + "'",
        "-max_cache_bytes",
        text);
  }

  @Test
  void spillingNeedsADirectory() {
    assertRefused(
        "-max_spill_bytes needs -cache_dir, the directory to spill to", "-max_spill_bytes", "1g");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-profile_metrics",
        "-profile_top_n 5",
        "-profile_paths_full",
        "-profile_snapshot_interval_s 5"
      })
  void eachProfileFlagAsksForProfiles(String words) throws UsageException {
    CopperConfig config = with(words.split(" "));
    assertTrue(config.profiling().enabled());
    assertEquals(
        List.of("profiles are written into -log_output_dir, which is not given"), config.notes());
    List<String> more = new ArrayList<>(List.of(words.split(" ")));
    more.addAll(List.of("-log_output_dir", "logs"));
    assertEquals(List.of(), with(more.toArray(String[]::new)).notes());
  }

  @Test
  void flagsForTheSakeOfJobScriptsAreTaken() throws UsageException {
    assertEquals(with(), with("--plus", "-s"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-unknown", "-tpat", "-vpath2", "--vpath", "-profile", "-x", "-9x"})
  void unknownFlagsAreErrors(String flag) {
    assertRefused("unknown flag " + flag + "; cu_fuse --help lists the flags", flag);
  }

  @ParameterizedTest
  @MethodSource("withValue")
  void aMissingValueIsNamed(String flag) {
    assertRefused("the flag " + flag + " needs a value", flag);
    assertRefused("the flag " + flag + " needs a value", flag, "-f");
    assertRefused("the flag " + flag + " needs a value", flag, "-tpath", "/soft");
  }

  @ParameterizedTest
  @CsvSource({
    "-fanout, 1, 2, 65536",
    "-fanout, 65537, 2, 65536",
    "-fanout, wide, 2, 65536",
    "-trees, 0, 1, 2147483647",
    "-trees, -1, 1, 2147483647",
    "-trees, 2147483648, 1, 2147483647",
    "-trees, two, 1, 2147483647",
    "-trees, '', 1, 2147483647",
    "-trees, 1.5, 1, 2147483647",
    "-es, 0, 1, 1024",
    "-es, 1025, 1, 1024",
    "-prefiltered_address_book, 2, 0, 1",
    "-prefiltered_address_book, true, 0, 1",
    "-log_level, 7, 0, 6",
    "-log_level, debug, 0, 6",
    "-md_enoent_ttl_ms, 2147483648, 0, 2147483647",
    "-max_cacheable_byte_size, -5, 0, 9223372036854775807",
    "-max_cacheable_byte_size, 10M, 0, 9223372036854775807",
    "-max_cacheable_byte_size, 9223372036854775808, 0, 9223372036854775807",
  })
  void numbersHaveARange(String flag, String value, long min, long max) {
    assertRefused(
        flag + " takes a whole number from " + min + " to " + max + ", not '" + value + "'",
        flag,
        value);
  }

  @Test
  void theEndsOfTheRangesAreTaken() throws UsageException {
    assertEquals(Integer.MAX_VALUE, with("-trees", "2147483647").trees());
    assertEquals(0, with("-max_cacheable_byte_size", "0").maxCacheableBytes());
    assertEquals(Duration.ZERO, with("-md_enoent_ttl_ms", "0").enoentTtl());
    assertEquals(1024, with("-es", "1024").executionStreams());
    assertFalse(with("-prefiltered_address_book", "0").prefiltered());
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "5, 5", "6, 5"})
  void logLevelSixOfTheOldDocumentationIsDebug(String given, int level) throws UsageException {
    assertEquals(level, with("-log_level", given).logLevel());
  }

  @ParameterizedTest
  @CsvSource({
    "file, FILE, true, false",
    "stdout, STDOUT, false, true",
    "file_and_stdout, FILE_AND_STDOUT, true, true",
    "both, FILE_AND_STDOUT, true, true",
  })
  void logTypes(String given, LogType type, boolean toFile, boolean toStdout)
      throws UsageException {
    LogType parsed = with("-log_type", given).logType();
    assertEquals(type, parsed);
    assertEquals(toFile, parsed.toFile());
    assertEquals(toStdout, parsed.toStdout());
  }

  @Test
  void otherLogTypesAreRefused() {
    assertRefused("-log_type is file, stdout or file_and_stdout, not 'FILE'", "-log_type", "FILE");
  }

  @ParameterizedTest
  @EnumSource(CopperConfig.MountKind.class)
  void theMountIsChosenByName(CopperConfig.MountKind kind) throws UsageException {
    assertEquals(kind, with("-fuse", kind.name().toLowerCase(Locale.ROOT)).fuse().mount());
  }

  @Test
  void mountOptionsAreTakenAttachedAndApart() throws UsageException {
    CopperConfig.FuseOptions fuse = with("-o", "allow_other,ro", "-onosuid", "-o", "nodev").fuse();
    assertEquals(List.of("allow_other,ro", "nosuid", "nodev"), fuse.options());
    assertFalse(fuse.allowsNonEmpty());
    assertTrue(with("-o", "ro,nonempty").fuse().allowsNonEmpty());
    assertTrue(with("-ononempty").fuse().allowsNonEmpty());
    assertFalse(with("-o", "xnonempty").fuse().allowsNonEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "-s, false, false",
    "-f, true, false",
    "-d, true, true",
    "-fs, true, false",
    "-sfd, true, true"
  })
  void fusesOwnFlags(String flag, boolean foreground, boolean debug) throws UsageException {
    CopperConfig.FuseOptions fuse = with(flag).fuse();
    assertEquals(foreground, fuse.foreground());
    assertEquals(debug, fuse.debug());
  }

  @Test
  void helpNamesEveryFlag() {
    assertTrue(CommandLine.asksForHelp(new String[] {"-vpath", "/x", "--help"}));
    assertTrue(CommandLine.asksForHelp(new String[] {"-h"}));
    assertFalse(CommandLine.asksForHelp(new String[] {"-vpath", "/help"}));
    String help = CommandLine.help();
    assertTrue(help.startsWith("usage: cu_fuse "), help);
    Stream.concat(WITH_VALUE.stream(), Stream.of("-f", "-d", "-s", "-h,", "-V,"))
        .forEach(flag -> assertTrue(help.contains("\n  " + flag + " "), flag + " in " + help));
  }

  @Test
  void theVersionIsAskedFor() {
    assertTrue(CommandLine.asksForVersion(new String[] {"-V"}));
    assertTrue(CommandLine.asksForVersion(new String[] {"--version"}));
    assertFalse(CommandLine.asksForVersion(new String[] {"-vpath", "/version"}));
  }

  @Test
  void theViewPathIsRequiredAndAbsolute() {
    for (String[] line : new String[][] {{}, {"/mnt"}, {"-tpath", "/soft"}}) {
      UsageException e = assertThrows(UsageException.class, () -> parse(line));
      assertEquals("the flag -vpath is missing; it takes an absolute path", e.getMessage());
    }
    assertRefused("-vpath takes an absolute path, not 'view'", "-vpath", "view");
    assertRefused("-vpath takes an absolute path, not ''", "-vpath", "");
    assertRefused("-tpath takes an absolute path, not './x'", "-tpath", "./x");
  }

  @Test
  void pathsAreTidiedAndKeepTheirQuotes() throws UsageException {
    CopperConfig config = with("-tpath", "//soft/./a/../b/", "-nf", "\"nodes\"");
    assertEquals(RawPath.of("/soft/b"), config.target());
    assertEquals(Optional.of(Path.of("\"nodes\"")), config.nodeFile());
  }

  @Test
  void atMostOneMountPointIsTaken() throws UsageException {
    assertEquals(Path.of("/mnt/b"), with("/mnt/a/../b/").mountPoint());
    assertEquals(Path.of("").toAbsolutePath().resolve("here"), with("here").mountPoint());
    assertEquals(Path.of("/mnt"), parse("/mnt", "-vpath", "/view").mountPoint());
    assertRefused("one mount point is expected, not 2: /a /b", "/a", "-f", "/b");
    assertRefused("the mount point is empty; it takes a directory", "");
  }

  @Test
  void ofAFlagGivenTwiceTheLastCounts() throws UsageException {
    CopperConfig config = with("-trees", "2", "-vpath", "/other", "-trees", "3", "-nf", "a");
    assertEquals(3, config.trees());
    assertEquals(RawPath.of("/other"), config.view());
    assertEquals(Optional.of(Path.of("b")), with("-nf", "a", "-nf", "b").nodeFile());
    assertEquals("tcp", with("-net_type", "cxi", "-net_type", "tcp").netType());
    assertEquals(LogType.STDOUT, with("-log_type", "file", "-log_type", "stdout").logType());
  }

  @Test
  void theSecretMayComeFromTheEnvironment() throws UsageException {
    String[] plain = {"-vpath", "/view"};
    String[] flag = {"-vpath", "/view", "-secret_file", "/flag"};
    assertEquals(Optional.of(Path.of("/env")), CommandLine.parse(plain, "/env").secretFile());
    assertEquals(Optional.of(Path.of("/flag")), CommandLine.parse(flag, "/env").secretFile());
    assertEquals(Optional.empty(), CommandLine.parse(plain, "").secretFile());
    assertEquals(Optional.empty(), CommandLine.parse(plain, null).secretFile());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-nf", "-facility_address_book", "-log_output_dir", "-secret_file"})
  void anEmptyFileNameIsRefused(String flag) {
    assertRefused("the flag " + flag + " needs a path, not an empty value", flag, "");
  }

  /** The JVM puts U+FFFD where the locale cannot decode a byte: the file would be another one. */
  @Test
  void pathsTheLocaleCannotDecodeAreRefused() {
    String text = "/caf\uFFFD";
    String problem = " '" + text + "' cannot be read in this locale; set LC_ALL=C.UTF-8";
    List<String> flags =
        List.of(
            "-tpath", "-vpath", "-nf", "-facility_address_book", "-log_output_dir", "-secret_file");
    for (String flag : flags) {
      assertRefused(flag + problem, flag, text);
    }
    assertRefused("the mount point" + problem, text);
    UsageException e =
        assertThrows(
            UsageException.class, () -> CommandLine.parse(new String[] {"-vpath", "/view"}, text));
    assertEquals("$COPPER_SECRET_FILE" + problem, e.getMessage());
  }
}
