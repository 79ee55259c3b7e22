package copper.config;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much a node may keep, and where.
 *
 * @param maxBytes the most bytes kept in memory ({@code -max_cache_bytes}); a part of the machine's
 *     memory if it is not said
 * @param spillDirectory where file data goes that memory has no room for ({@code -cache_dir})
 * @param maxSpillBytes the most bytes kept there ({@code -max_spill_bytes}); a part of the free
 *     space if it is not said
 */
public record CacheOptions(
    OptionalLong maxBytes, Optional<Path> spillDirectory, OptionalLong maxSpillBytes) {
  /** Nothing is said. */
  public static final CacheOptions NONE =
      new CacheOptions(OptionalLong.empty(), Optional.empty(), OptionalLong.empty());

  private static final Pattern BYTES = Pattern.compile("([0-9]+)([kmgt]?)b?");

  /**
   * Reads the flags' values; null where a flag is not given.
   *
   * @throws UsageException if one of them cannot be
   */
  static CacheOptions parse(String maxBytes, Optional<Path> directory, String maxSpillBytes)
      throws UsageException {
    if (maxSpillBytes != null && directory.isEmpty()) {
      throw new UsageException("-max_spill_bytes needs -cache_dir, the directory to spill to");
    }
    return new CacheOptions(
        bytes("max_cache_bytes", maxBytes), directory, bytes("max_spill_bytes", maxSpillBytes));
  }

  private static OptionalLong bytes(String flag, String text) throws UsageException {
    if (text == null) {
      return OptionalLong.empty();
    }
    Matcher matcher = BYTES.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (matcher.matches()) {
      try {
        int power = " kmgt".indexOf(matcher.group(2).isEmpty() ? ' ' : matcher.group(2).charAt(0));
        long value = Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power));
        if (value >= LEAST) {
          return OptionalLong.of(value);
        }
      } catch (ArithmeticException | NumberFormatException e) {
        // Reported below.
      }
    }
    throw new UsageException(
        "-"
            + flag
            + " takes a number of bytes of at least 1m, such as 1073741824, 1g or 512m, not '"
            + text
            + "'");
  }

  /** The least that makes sense, in bytes. */
  public static final long LEAST = 1 << 20;
}
