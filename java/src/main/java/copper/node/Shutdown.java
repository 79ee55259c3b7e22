package copper.node;

import copper.transport.RpcTransport;
import copper.tree.AddressBook;
import copper.tree.AddressBook.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Asks the nodes of an address book, of whatever network, to end; C++ nodes too. */
public final class Shutdown {
  /** As many nodes are asked at once; the others wait. */
  private static final int AT_ONCE = 128;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Optional<Path> secretFile;

  /**
   * Makes a shutdown.
   *
   * @param secretFile the job's secret, which nodes that have one want to see
   */
  public Shutdown(Optional<Path> secretFile) {
    this.secretFile = secretFile;
  }

  /**
   * Asks every node of {@code book} to end, the last ones first, for these are the leaves: who
   * still has a parent ends in peace. Blocks until each has agreed, or has not answered in time.
   *
   * @return why, for each node that has not agreed; nodes that had ended before are among them
   * @throws IOException with one line, if a network cannot be used at all
   */
  public Map<Entry, String> run(AddressBook book) throws IOException {
    Map<String, RpcTransport> callers = new HashMap<>();
    try {
      for (Entry entry : book.entries()) {
        String network = Transports.network(entry.address());
        if (!callers.containsKey(network)) {
          callers.put(network, Transports.caller(network, secretFile));
        }
      }
      List<Entry> leavesFirst = new ArrayList<>(book.entries());
      Collections.reverse(leavesFirst);
      Map<Entry, String> failures = new HashMap<>();
      for (int i = 0; i < leavesFirst.size(); i += AT_ONCE) {
        ask(leavesFirst.subList(i, Math.min(i + AT_ONCE, leavesFirst.size())), callers, failures);
      }
      return failures;
    } finally {
      callers.values().forEach(RpcTransport::close);
    }
  }

  private static void ask(
      List<Entry> entries, Map<String, RpcTransport> callers, Map<Entry, String> failures) {
    List<CompletableFuture<Void>> answers = new ArrayList<>();
    for (Entry entry : entries) {
      RpcTransport caller = callers.get(Transports.network(entry.address()));
      answers.add(Transports.end(caller, entry.address(), PATIENCE));
    }
    for (int i = 0; i < answers.size(); i++) {
      try {
        answers.get(i).join();
      } catch (CompletionException e) {
        failures.put(entries.get(i), String.valueOf(e.getCause().getMessage()));
      }
    }
  }
}
