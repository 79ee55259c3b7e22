package copper.it;

import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that looks at files on command ({@code client.py}) and can hold them open meanwhile.
 *
 * <p>It owns its process, and kills it when an answer does not come. One thread at a time.
 */
final class Client implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final OutputStream requests;
  private final Queue<CompletableFuture<JsonNode>> pending = new ConcurrentLinkedQueue<>();

  Client(Sandbox sandbox) {
    try {
      List<String> words =
          List.of(Machine.python(), "-B", "-u", sandbox.script("client.py").toString());
      process =
          sandbox.own(
              new ProcessBuilder(words)
                  .directory(sandbox.directory().toFile())
                  .redirectError(sandbox.newFile("client-err").toFile())
                  .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    requests = process.getOutputStream();
    Thread reader = new Thread(this::readAnswers, "client-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Sends a request and returns at once; the future is the answer, {"value": …} or {"errno": …}.
   */
  CompletableFuture<JsonNode> send(Object... request) {
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    pending.add(answer);
    try {
      requests.write((JSON.writeValueAsString(request) + "\n").getBytes(StandardCharsets.UTF_8));
      requests.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return answer;
  }

  /** Answers come in the order of the requests. */
  private void readAnswers() {
    IOException end = new IOException("the client has ended");
    try (BufferedReader answers =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        pending.remove().complete(JSON.readTree(line));
      }
    } catch (IOException e) {
      end = e;
    }
    for (CompletableFuture<JsonNode> left : pending) {
      left.completeExceptionally(end);
    }
  }

  /** Waits for an answer, and fails if none comes. */
  JsonNode await(CompletableFuture<JsonNode> answer) {
    try {
      return answer.get(Command.DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      process.destroyForcibly();
      return fail("no answer within " + Command.DEADLINE + ": the mount hangs");
    } catch (ExecutionException e) {
      return fail("the client broke", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns the answer's value as text, or the errno's name. */
  String ask(Object... request) {
    JsonNode answer = await(send(request));
    JsonNode value = answer.has("value") ? answer.get("value") : answer.get("errno");
    return value.isTextual() ? value.textValue() : value.toString();
  }

  String cat(Path file) {
    return ask("cat", file.toString());
  }

  String list(Path directory) {
    return ask("list", directory.toString());
  }

  String lstat(Path file) {
    return ask("lstat", file.toString());
  }

  /** Resets the node whose mount holds {@code file}: ioctl 1900, as C++ Copper's scripts do it. */
  String reset(Path file) {
    return ask("ioctl", file.toString(), 1900, "rw");
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
