package copper.simulate;

import copper.model.Reply;
import copper.store.CooperativeStore;
import copper.trace.Operation;
import copper.trace.Trace;
import copper.trace.TraceEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What a trace's program asks for, and after which answer it asks for it.
 *
 * <p>A request is taken to follow from the last answer that came before it in the trace, and comes
 * as long after that answer as it did there. So requests that were on their way at the same time
 * are so again, and the program's own work between two requests takes as long as it did, however
 * long the answers take. Immutable; one for all nodes.
 */
final class Program {
  private final List<TraceEntry> requests;

  /** For each request those that follow from its answer. */
  private final int[][] followers;

  /** For each request the pause after the answer it follows from, or after the start, in ns. */
  private final long[] pauses;

  /** Those that follow from no answer. */
  private final int[] first;

  /** Makes the program of a trace whose pauses are at most {@code longestPause} ns. */
  Program(Trace trace, long longestPause) {
    this.requests = trace.entries();
    this.pauses = new long[requests.size()];
    List<List<Integer>> following = new ArrayList<>();
    List<Integer> starting = new ArrayList<>();
    requests.forEach(any -> following.add(new ArrayList<>()));
    int[] before = answersBefore();
    long began = requests.isEmpty() ? 0 : requests.get(0).start();
    for (int i = 0; i < requests.size(); i++) {
      long since = before[i] < 0 ? began : requests.get(before[i]).end();
      long pause = TimeUnit.MICROSECONDS.toNanos(requests.get(i).start() - since);
      pauses[i] = Math.min(pause, longestPause);
      (before[i] < 0 ? starting : following.get(before[i])).add(i);
    }
    this.first = array(starting);
    this.followers = following.stream().map(Program::array).toArray(int[][]::new);
  }

  private static int[] array(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Returns for each request the one whose answer was the last before it, or -1. */
  private int[] answersBefore() {
    Integer[] byEnd = new Integer[requests.size()];
    for (int i = 0; i < byEnd.length; i++) {
      byEnd[i] = i;
    }
    List<Integer> ended =
        List.of(byEnd).stream()
            .sorted(Comparator.comparingLong((Integer i) -> requests.get(i).end()))
            .toList();
    int[] before = new int[byEnd.length];
    int next = 0;
    int last = -1;
    for (int i = 0; i < before.length; i++) {
      while (next < ended.size()
          && requests.get(ended.get(next)).end() <= requests.get(i).start()
          // One that began with this one and took no time comes after it, or they would both wait.
          && ended.get(next) < i) {
        last = ended.get(next++);
      }
      before[i] = last;
    }
    return before;
  }

  /** Returns the number of requests. */
  int size() {
    return requests.size();
  }

  int[] first() {
    return first;
  }

  int[] followers(int request) {
    return followers[request];
  }

  /** Returns how long after the answer it follows from {@code request} comes, in ns. */
  long pause(int request) {
    return pauses[request];
  }

  /** Asks {@code store} what {@code request} asks; answers with an errno. */
  CompletableFuture<Integer> ask(CooperativeStore store, int request) {
    TraceEntry entry = requests.get(request);
    CompletableFuture<? extends Reply<?>> answer =
        switch (entry.operation()) {
          case STAT -> store.lstat(entry.path());
          case LIST -> store.list(entry.path());
          case LINK -> store.readlink(entry.path());
          case READ -> store.read(entry.path(), entry.offset(), entry.length());
          case STATFS -> store.statfs(entry.path());
        };
    return answer.thenApply(Reply::errno);
  }

  /** Tells whether an answer with {@code errno} is another one than the trace has. */
  boolean isUnlike(int request, int errno) {
    TraceEntry entry = requests.get(request);
    return entry.operation() != Operation.STATFS && entry.answer().errno() != errno;
  }
}
