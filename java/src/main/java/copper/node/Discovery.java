package copper.node;

import copper.transport.margo.MargoOptions;
import copper.transport.margo.MargoTransport;
import copper.tree.CxiAddress;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What {@code copper discover} prints of this machine: its Slingshot cards and the address that
 * Mercury has on each, from which a facility's address book is made.
 *
 * <p>The table is that of C++ Copper's list_cxi_hsn_thallium
 * (copper-tests/copper-get-addressbook/list_cxi_hsn_thallium.cpp), which gathers it by MPI; here
 * each machine prints its own line. A machine without cards has one column of each kind.
 *
 * @param cards where Linux lists the network cards
 * @param address returns what Mercury says for a card's number, or NA
 */
public record Discovery(Path cards, IntFunction<String> address) {
  private static final String NONE = "NA";
  private static final Pattern CARD = Pattern.compile("hsn(\\d{1,4})");

  /**
   * Returns the discovery of this machine.
   *
   * @throws IOException with one line, if the Margo transport is not there to be asked
   */
  public static Discovery ofThisMachine() throws IOException {
    MargoTransport.requireLibrary();
    return new Discovery(CxiAddress.CARDS, Discovery::askMercury);
  }

  private static String askMercury(int card) {
    try (MargoTransport transport = MargoTransport.open(MargoOptions.of("cxi://cxi" + card))) {
      return transport.address();
    } catch (IOException e) {
      return NONE;
    }
  }

  /** Returns the header line. */
  public String header() {
    return "hostname" + columns(card -> " | hsn" + card + " | mac" + card + " | cxi" + card);
  }

  /** Returns the line of this machine, which is called {@code host}. */
  public String line(String host) {
    return host
        + columns(card -> " | " + ip(card) + " | " + mac(card) + " | " + address.apply(card));
  }

  /** Returns the line of this machine under its own name. */
  public String line() {
    return line(Overlay.hostName());
  }

  private String columns(IntFunction<String> column) {
    return IntStream.rangeClosed(0, last()).mapToObj(column).collect(Collectors.joining());
  }

  /** Returns the largest number of a card, 0 if there is none. */
  private int last() {
    int last = 0;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(cards, "hsn*")) {
      for (Path card : found) {
        Matcher name = CARD.matcher(card.getFileName().toString());
        if (name.matches()) {
          last = Math.max(last, Integer.parseInt(name.group(1)));
        }
      }
    } catch (IOException e) {
      return last;
    }
    return last;
  }

  private String mac(int card) {
    try {
      String text = Files.readString(cards.resolve("hsn" + card).resolve("address")).strip();
      return text.isEmpty() ? NONE : text;
    } catch (IOException e) {
      return NONE;
    }
  }

  private static String ip(int card) {
    try {
      NetworkInterface found = NetworkInterface.getByName("hsn" + card);
      if (found != null) {
        for (InetAddress each : Collections.list(found.getInetAddresses())) {
          if (each instanceof Inet4Address) {
            return each.getHostAddress();
          }
        }
      }
    } catch (SocketException e) {
      return NONE;
    }
    return NONE;
  }
}
