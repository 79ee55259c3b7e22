package copper.transport.tcp;

import io.netty.util.NetUtil;
import java.util.regex.Pattern;

/**
 * An address of the embedded transport, {@code copper+tcp://host:port}.
 *
 * <p>The host is a name, an IPv4 address, or an IPv6 address, which stands in brackets in text:
 * {@code copper+tcp://[::1]:7101}. Parsing looks nothing up.
 *
 * @param host the host, without brackets
 * @param port 0 to 65535; 0 stands for any free port, and only where a node listens
 */
public record TcpAddress(String host, int port) {
  /** What every address of this transport begins with. */
  public static final String PREFIX = "copper+tcp://";

  private static final int LONGEST_HOST = 253;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]*)");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

  /**
   * Checks host and port.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  public TcpAddress {
    if (!isHost(host)) {
      throw new IllegalArgumentException("'" + host + "' is neither a host name nor an IP address");
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
    }
  }

  /** Tells whether {@code text} is meant for this transport. */
  public static boolean isTcp(String text) {
    return text.startsWith(PREFIX);
  }

  /**
   * Reads an address as {@link #toString} prints it.
   *
   * @throws IllegalArgumentException with one line that names the text and what is wrong with it
   */
  public static TcpAddress parse(String text) {
    if (!isTcp(text)) {
      throw bad(text, "it does not begin with " + PREFIX);
    }
    String rest = text.substring(PREFIX.length());
    boolean bracket = rest.startsWith("[");
    int hostEnd = bracket ? rest.indexOf(']') : rest.indexOf(':');
    if (bracket && hostEnd < 0) {
      throw bad(text, "the bracket '[' is not closed");
    }
    int colon = bracket ? hostEnd + 1 : hostEnd;
    if (colon < 0 || colon >= rest.length() || rest.charAt(colon) != ':') {
      throw bad(text, "the port is missing");
    }
    String host = bracket ? rest.substring(1, hostEnd) : rest.substring(0, hostEnd);
    return of(text, bracket, host, rest.substring(colon + 1));
  }

  private static TcpAddress of(String text, boolean bracket, String host, String port) {
    if (!bracket && port.indexOf(':') >= 0) {
      throw bad(text, "an IPv6 address stands in brackets, as in [::1]");
    }
    if (bracket && !NetUtil.isValidIpV6Address(host)) {
      throw bad(text, "'" + host + "' is not an IPv6 address");
    }
    if (!PORT.matcher(port).matches()) {
      throw bad(text, "'" + port + "' is not a port number");
    }
    try {
      return new TcpAddress(host, Integer.parseInt(port));
    } catch (IllegalArgumentException e) {
      throw bad(text, e.getMessage());
    }
  }

  private static IllegalArgumentException bad(String text, String why) {
    return new IllegalArgumentException(
        "bad address '"
            + text
            + "': "
            + why
            + "; an address looks like "
            + PREFIX
            + "127.0.0.1:7101");
  }

  private static boolean isHost(String host) {
    return NetUtil.isValidIpV6Address(host)
        || (host.length() <= LONGEST_HOST && NAME.matcher(host).matches());
  }

  /** Returns this address with another port. */
  TcpAddress withPort(int newPort) {
    return new TcpAddress(host, newPort);
  }

  @Override
  public String toString() {
    return PREFIX + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}
