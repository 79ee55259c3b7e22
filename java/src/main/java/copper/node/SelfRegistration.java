package copper.node;

import copper.config.CopperConfig;
import copper.config.UsageException;
import copper.tree.AddressBook;
import copper.tree.AddressBookException;
import copper.tree.CxiAddress;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;

/**
 * How the nodes of a job get to know each other where nobody has listed them: each writes itself
 * into the job's book, waits until the others must have done so too, and reads it.
 *
 * <p>As C++ Copper does without a node file on the networks cxi, na+sm and tcp
 * (start_thallium_engine in src/fs/cu_fuse.cpp). It computes its address on cxi from the card's
 * hardware address, with valid bits that Mercury's own text has not, and would not find itself by
 * it; so what Mercury says is written here, and the cards are asked only to check it.
 *
 * @param book the job's book
 * @param patience how long the others get
 * @param network what the address was made from
 * @param cards where Linux lists the network cards
 */
record SelfRegistration(Path book, Duration patience, String network, Path cards) {
  private static final Logger LOG = Logger.getLogger(SelfRegistration.class.getName());

  /** Returns how this node is to register; empty if it need not. */
  static Optional<SelfRegistration> of(CopperConfig config, Path cards) {
    if (config.nodeFile().isPresent() || config.logOutputDir().isEmpty()) {
      return Optional.empty();
    }
    Path book = config.logOutputDir().get().resolve("logs").resolve(AddressBook.FILE_NAME);
    boolean listed = config.addressBook().filter(other -> !isSame(other, book)).isPresent();
    String network = config.netType();
    boolean registers = isCxi(network) || network.equals("na+sm") || network.equals("tcp");
    return listed || !registers
        ? Optional.empty()
        : Optional.of(new SelfRegistration(book, config.addressSync(), network, cards));
  }

  /** Tells whether two names are one file's, by the names alone. */
  static boolean isSame(Path one, Path other) {
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
  }

  private static boolean isCxi(String network) {
    return network.matches("(ofi\\+)?cxi(://.*)?");
  }

  /**
   * Writes the node into the book and waits for the others; blocks.
   *
   * @throws AddressBookException if the book cannot be written
   * @throws UsageException if the wait is interrupted
   */
  void register(String host, String address) throws AddressBookException, UsageException {
    if (isCxi(network)) {
      checkCard(address);
    }
    AddressBook.append(book, new AddressBook.Entry(host, address));
    LOG.info(() -> address + " is written to " + book + "; waiting " + patience.toSeconds() + " s");
    try {
      TimeUnit.SECONDS.sleep(patience.toSeconds());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UsageException("interrupted while waiting for the other nodes' addresses", e);
    }
  }

  /** Says so if the address names a card that this machine has not. */
  private void checkCard(String address) {
    Optional<CxiAddress> said = CxiAddress.parse(address);
    if (said.isEmpty()) {
      LOG.warning("Mercury says " + address + ", which is no address of a Slingshot card");
      return;
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(cards, "hsn*")) {
      for (Path card : found) {
        if (CxiAddress.read(card.resolve("address")).nic() == said.get().nic()) {
          return;
        }
      }
      LOG.warning("no card of " + cards + "/hsn* has the number in " + address);
    } catch (IOException | AddressBookException e) {
      LOG.warning("the cards cannot be compared with " + address + ": " + e.getMessage());
    }
  }
}
