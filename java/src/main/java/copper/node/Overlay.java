package copper.node;

import copper.config.CopperConfig;
import copper.config.UsageException;
import copper.tree.AddressBook;
import copper.tree.AddressBook.Entry;
import copper.tree.AddressBookException;
import copper.tree.Costs;
import copper.tree.CxiAddress;
import copper.tree.FanOuts;
import copper.tree.Forest;
import copper.tree.TreePosition;
import copper.tree.TreeRule;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.logging.Logger;

/** Finds this node's place in the overlay from what the command line says. */
final class Overlay {
  private static final Logger LOG = Logger.getLogger(Overlay.class.getName());
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

  private Overlay() {}

  /** Returns this machine's name, without asking a name server. */
  static String hostName() {
    try {
      return Files.readString(HOST_NAME).strip();
    } catch (IOException e) {
      return InetAddress.getLoopbackAddress().getHostName();
    }
  }

  /**
   * Where this node stands, and all others.
   *
   * @param position this node's place
   * @param forest all nodes of the job
   */
  record Place(TreePosition position, Forest forest) {}

  /**
   * Returns the place of the node at {@code address}. Without an address book it is alone.
   *
   * @throws UsageException if the book or the node file cannot be used
   */
  static Place place(CopperConfig config, String address, String host) throws UsageException {
    if (config.addressBook().isEmpty() && (config.nodeFile().isPresent() || config.prefiltered())) {
      throw new UsageException(
          (config.nodeFile().isPresent() ? "-nf" : "-prefiltered_address_book 1")
              + " needs -facility_address_book, the file with the address of each host");
    }
    try {
      Optional<SelfRegistration> own = SelfRegistration.of(config, CxiAddress.CARDS);
      if (own.isPresent()) {
        own.get().register(host, address);
      } else if (config.addressBook().isEmpty()) {
        if (config.trees() > 1) {
          throw new UsageException(
              "-trees " + config.trees() + " needs -facility_address_book: this node is alone");
        }
        return new Place(TreePosition.alone(address), Forest.alone(new Entry(host, address)));
      }
      Path file = own.map(SelfRegistration::book).orElseGet(() -> config.addressBook().get());
      AddressBook book = AddressBook.read(file);
      if (!config.prefiltered() && config.nodeFile().isPresent()) {
        book = book.select(config.nodeFile().get());
      }
      book.notes().forEach(LOG::warning);
      Forest forest = Forest.of(book, rule(config, book, file));
      TreePosition position = TreePosition.find(forest, address, host);
      if (own.isEmpty()) {
        keep(book, config);
      }
      return new Place(position, forest);
    } catch (AddressBookException e) {
      throw new UsageException(e.getMessage(), e);
    }
  }

  private static TreeRule rule(CopperConfig config, AddressBook book, Path file)
      throws AddressBookException {
    int nodes = book.entries().size();
    if (!config.automaticTree() || config.trees() > nodes) {
      return new TreeRule(config.trees(), config.fanOut(), false);
    }
    TreeRule rule = FanOuts.rule(Costs.beside(file), nodes, config.trees(), config.fanOut());
    LOG.info(() -> "-tree auto: " + rule);
    return rule;
  }

  /**
   * Leaves the job's book where cu_fuse_shutdown and people look for it, unless it was taken from
   * there: the nodes of a large job would all replace one file of a shared directory.
   */
  private static void keep(AddressBook book, CopperConfig config) {
    if (config.logOutputDir().isEmpty()) {
      return;
    }
    Path kept = config.logOutputDir().get().resolve("logs").resolve(AddressBook.FILE_NAME);
    if (config.prefiltered() && SelfRegistration.isSame(config.addressBook().get(), kept)) {
      return;
    }
    try {
      book.write(kept);
    } catch (AddressBookException e) {
      LOG.warning(e.getMessage());
    }
  }
}
