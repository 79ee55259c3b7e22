package copper.cache;

import copper.model.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * How the file data of one cache comes and goes: from where dropped data was kept, or from afar
 * through the {@link Gate}; outside the Java heap in any case.
 */
final class Arrivals<K, V> {
  private final Space.Traffic shared;
  private final FileData<K, V> form;
  private final Gate gate;

  Arrivals(Space.Traffic shared, FileData<K, V> form) {
    this.shared = shared;
    this.form = form;
    this.gate = new Gate(shared.onTheWay(), shared.executor());
  }

  /** Answers from where dropped data is kept, or by {@code fetch}. */
  CompletableFuture<Reply<V>> bring(Slot slot, Supplier<CompletableFuture<Reply<V>>> fetch) {
    return gate.pass(expected(slot.key()), () -> kept(slot, fetch))
        .thenApply(reply -> reply.map(form::offHeap))
        .whenComplete((reply, failure) -> arrived());
  }

  private CompletableFuture<Reply<V>> kept(Slot slot, Supplier<CompletableFuture<Reply<V>>> fetch) {
    CompletableFuture<SecondHome.Found> kept = shared.dropped().find(slot);
    return kept == null
        ? fetch.get()
        : kept.thenCompose(
            found ->
                found == null
                    ? fetch.get()
                    : CompletableFuture.completedFuture(
                        Reply.of(form.of(found.data(), found.tag()))));
  }

  /** Says that there is new data in memory. */
  void arrived() {
    shared.arrived().run();
  }

  @SuppressWarnings(
      "unchecked") // What is in a slot is a key of its cache, whose arrivals these are.
  long expected(Object key) {
    return form.expected((K) key);
  }

  /** Tells whether what is asked for now has to wait for what was asked for before. */
  boolean isBusy(Object key) {
    return gate.isFull(expected(key));
  }

  void dropped(Slot slot, V value) {
    shared.dropped().offer(slot, form.data(value), form.tag(value));
  }

  /** Keeps what has just come for a while in any case. */
  void keep(Slot slot, CompletableFuture<Reply<V>> answer, long bytes) {
    shared.recent().put(slot, answer, bytes);
  }

  /** Returns the answer for {@code slot} if it was kept so; null if not. */
  @SuppressWarnings("unchecked") // As above.
  CompletableFuture<Reply<V>> recent(Slot slot) {
    return (CompletableFuture<Reply<V>>) shared.recent().find(slot);
  }

  /** Takes back what {@link #keep} did. */
  void forget(Slot slot) {
    shared.recent().remove(slot);
  }

  void remove(Slot slot) {
    forget(slot);
    shared.dropped().remove(slot);
  }

  void clear() {
    shared.recent().clear();
    shared.dropped().clear();
  }
}
