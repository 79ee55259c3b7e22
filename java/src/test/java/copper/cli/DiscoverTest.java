package copper.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DiscoverTest {
  private static boolean header(String word, String variable, String rank) {
    return Discover.hasHeader(
        word.isEmpty() ? List.of() : List.of(word),
        variable.isEmpty() ? Map.of() : Map.of(variable, rank));
  }

  @Test
  void theFirstProcessOfAJobPrintsTheHeader() {
    assertEquals(true, header("", "", ""));
    for (String variable : List.of("PMI_RANK", "PMIX_RANK", "PALS_RANKID", "SLURM_PROCID")) {
      assertEquals(true, header("", variable, "0"));
      assertEquals(false, header("", variable, "3"));
      assertEquals(true, header("--header", variable, "3"));
      assertEquals(false, header("--no-header", variable, "0"));
    }
  }
}
