package copper.tree;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of a process on a Slingshot network as Mercury prints it, {@code ofi+cxi://0x} and 32
 * bits in hexadecimal: 3 valid bits, the 20-bit number of the network card, 9 bits of process id.
 *
 * <p>The card's number is the last 20 bits of its hardware address. What C++ Copper computes from
 * that (get_hsn0_cxi_addr in src/copper/node_tree.cpp) has the valid bits 001; the address books of
 * Aurora and Frontier have them 000 for the same card, so the two texts differ: compare {@link
 * #nic}.
 *
 * @param valid 0 to 7
 * @param nic the card's number
 * @param pid 0 to 511; 0 where the network chooses
 */
public record CxiAddress(int valid, int nic, int pid) {
  /** Where Linux lists the network cards; Slingshot's are hsn0, hsn1 and so on. */
  public static final Path CARDS = Path.of("/sys/class/net");

  private static final int NIC_BITS = 20;
  private static final int PID_BITS = 9;

  private static final Pattern MAC = Pattern.compile("\\p{XDigit}{2}(:\\p{XDigit}{2}){5}");
  private static final Pattern TEXT = Pattern.compile("ofi\\+cxi://0x(\\p{XDigit}{1,8})");

  /** Checks that every part fits its bits. */
  public CxiAddress {
    if (valid >> 3 != 0 || nic >> NIC_BITS != 0 || pid >> PID_BITS != 0) {
      throw new IllegalArgumentException("valid " + valid + ", nic " + nic + ", pid " + pid);
    }
  }

  /**
   * Returns the address that C++ Copper computes for the card with this hardware address.
   *
   * @throws IllegalArgumentException if it is not of the form 02:00:00:00:48:b3
   */
  public static CxiAddress ofMac(String mac) {
    if (!MAC.matcher(mac).matches()) {
      throw new IllegalArgumentException("not a hardware address: '" + TextFile.shown(mac) + "'");
    }
    String digits = mac.replace(":", "");
    return new CxiAddress(1, Integer.parseInt(digits.substring(digits.length() - 5), 16), 0);
  }

  /**
   * Returns the address for the card whose hardware address is in {@code file}, such as
   * hsn0/address in {@link #CARDS}.
   *
   * @throws AddressBookException if there is none
   */
  public static CxiAddress read(Path file) throws AddressBookException {
    List<String> lines = TextFile.lines(file);
    try {
      return ofMac(lines.isEmpty() ? "" : lines.get(0).strip());
    } catch (IllegalArgumentException e) {
      throw new AddressBookException(file + ": " + e.getMessage() + "; check -net_type", e);
    }
  }

  /** Reads the text of an address; none if it is of another network. */
  public static Optional<CxiAddress> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int bits = Integer.parseUnsignedInt(matcher.group(1), 16);
    int nic = (bits >>> PID_BITS) & ((1 << NIC_BITS) - 1);
    return Optional.of(
        new CxiAddress(bits >>> (NIC_BITS + PID_BITS), nic, bits & ((1 << PID_BITS) - 1)));
  }

  /** Returns the address as an address book has it. */
  @Override
  public String toString() {
    int bits = (valid << (NIC_BITS + PID_BITS)) | (nic << PID_BITS) | pid;
    return String.format("ofi+cxi://0x%08x", bits);
  }
}
