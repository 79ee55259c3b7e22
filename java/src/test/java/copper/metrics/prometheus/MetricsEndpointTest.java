package copper.metrics.prometheus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.Outcome;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Prometheus finds a node's counts on loopback. */
class MetricsEndpointTest {
  private final Counters counters = new Counters();

  private static String fetch(int port) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(200, response.statusCode());
    return response.body();
  }

  @Test
  void servesCountersAndHistograms() throws IOException, InterruptedException {
    counters.add(Counter.STORAGE_READ_BYTES, 1234);
    counters.of(Operation.GETATTR).record(Outcome.HIT, 3_000);
    counters.of(Operation.GETATTR).record(Outcome.NEGATIVE_HIT, 2_000_000);
    try (MetricsEndpoint endpoint = MetricsEndpoint.open(0, counters)) {
      List<String> lines = fetch(endpoint.port()).lines().toList();
      for (String line :
          List.of(
              "copper_storage_read_bytes_total 1234.0",
              "copper_requests_total{operation=\"getattr\",outcome=\"hit\"} 1.0",
              "copper_requests_total{operation=\"getattr\",outcome=\"negative\"} 1.0",
              bucket("1.0E-6", 0),
              bucket("5.0E-6", 1),
              bucket("0.005", 2),
              bucket("+Inf", 2),
              "copper_operation_duration_seconds_count{layer=\"fuse\",operation=\"getattr\"} 2",
              "copper_operation_duration_seconds_sum{layer=\"fuse\",operation=\"getattr\"} 0.002003")) {
        assertTrue(lines.contains(line), () -> line + " is not in\n" + String.join("\n", lines));
      }
    }
  }

  private static String bucket(String bound, int count) {
    return "copper_operation_duration_seconds_bucket{layer=\"fuse\",operation=\"getattr\",le=\""
        + bound
        + "\"} "
        + count;
  }

  @Test
  void aPortThatIsTakenIsAnError() throws IOException {
    try (MetricsEndpoint first = MetricsEndpoint.open(0, counters)) {
      assertThrows(IOException.class, () -> MetricsEndpoint.open(first.port(), counters));
    }
  }
}
