package copper.doctor;

import copper.transport.Secret;
import copper.transport.margo.MargoOptions;
import copper.transport.margo.MargoTransport;
import copper.transport.tcp.TcpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which networks there are, and whether the one that is meant can be used. */
public final class NetworkExamination implements Examination {
  private static final String SECRET = "COPPER_SECRET_FILE";
  private static final String CARDS = "sys/class/net";

  private final Host host;
  private final String network;
  private final List<Finding> found = new ArrayList<>();

  /**
   * Examines the networks of {@code host}.
   *
   * @param network what {@code -net_type} will be; empty if that is not known
   */
  public NetworkExamination(Host host, String network) {
    this.host = host;
    this.network = network;
  }

  @Override
  public String matter() {
    return "Network";
  }

  @Override
  public List<Finding> findings() {
    found.clear();
    cards();
    slingshot();
    margo();
    if (TcpAddress.isTcp(network)) {
      listen();
    }
    secret();
    return List.copyOf(found);
  }

  private void cards() {
    List<String> up = new ArrayList<>();
    for (String card : host.names(CARDS)) {
      String state = host.line(CARDS + "/" + card + "/operstate");
      if (state.equals("up") || state.equals("unknown")) {
        String speed = host.line(CARDS + "/" + card + "/speed");
        up.add(card + (speed.matches("[1-9]\\d*") ? " (" + speed + " Mbit/s)" : ""));
      }
    }
    found.add(
        up.isEmpty()
            ? Finding.problem("no network card is up", "ip link set lo up, and the host's own")
            : Finding.fine("network cards that are up: " + String.join(", ", up)));
  }

  private void slingshot() {
    List<String> cards =
        host.names(CARDS).stream().filter(name -> name.matches("hsn\\d+")).toList();
    List<String> devices = host.names("sys/class/cxi");
    boolean wanted = network.startsWith("cxi");
    if (!cards.isEmpty() && !devices.isEmpty()) {
      found.add(
          Finding.fine(
              "Slingshot: "
                  + String.join(", ", cards)
                  + "; devices "
                  + String.join(", ", devices)));
      String number = network.replaceFirst("^cxi(://)?", "");
      if (wanted && number.startsWith("cxi") && !devices.contains(number)) {
        found.add(
            Finding.problem(
                "there is no Slingshot device " + number, "-net_type cxi://" + devices.get(0)));
      }
    } else if (wanted) {
      found.add(
          Finding.problem(
              "no Slingshot card: "
                  + (cards.isEmpty() ? "no hsn* in /sys/class/net" : "no device in /sys/class/cxi"),
              "start on a compute node, or use -net_type copper+tcp://HOST:PORT"));
    }
  }

  private void margo() {
    boolean wanted = !network.isEmpty() && !TcpAddress.isTcp(network);
    try {
      found.add(Finding.fine("Margo transport: " + MargoTransport.versions()));
      if (wanted) {
        start();
      }
    } catch (IOException e) {
      String[] parts = e.getMessage().split("; ", 2);
      String advice = parts.length > 1 ? parts[1] : "";
      found.add(
          wanted
              ? Finding.problem(parts[0], advice)
              : Finding.note(
                  "only the network copper+tcp (" + parts[0] + ")",
                  "for cxi, na+sm, ofi+tcp: install copper-java+margo with Spack"));
    }
  }

  /** Does what a node would, for a moment. */
  private void start() {
    try (MargoTransport transport = MargoTransport.open(MargoOptions.of(network))) {
      found.add(Finding.fine("a node on " + network + " starts, at " + transport.address()));
    } catch (IOException e) {
      String[] parts = e.getMessage().split(": check ", 2);
      found.add(Finding.problem(parts[0], parts.length > 1 ? "check " + parts[1] : ""));
    }
  }

  private void listen() {
    try {
      TcpAddress address = TcpAddress.parse(network);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(address.host(), address.port()));
        found.add(Finding.fine("a node can listen on " + network));
      }
    } catch (IllegalArgumentException e) {
      found.add(Finding.problem(e.getMessage(), "-net_type copper+tcp://HOST:PORT"));
    } catch (IOException e) {
      found.add(
          Finding.problem(
              "a node cannot listen on " + network + ": " + e.getMessage(),
              "take another port, or an address of this host (ip addr)"));
    }
  }

  private void secret() {
    String file = host.environment().getOrDefault(SECRET, "");
    if (file.isEmpty()) {
      return;
    }
    try {
      Secret.read(Path.of(file));
      found.add(Finding.fine(SECRET + "=" + file + " can be read, and by this user alone"));
    } catch (IOException e) {
      found.add(Finding.problem(e.getMessage(), ""));
    }
  }
}
