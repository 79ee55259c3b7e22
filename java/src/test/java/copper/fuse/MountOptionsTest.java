package copper.fuse;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountOptionsTest {
  private static List<String> words(String... users) {
    return new MountOptions("source", Duration.ZERO, false, List.of(users)).words();
  }

  @Test
  void listsAreTakenApartAtCommas() {
    assertEquals(List.of("ro", "max_read=1", "nodev"), words("ro,max_read=1", "nodev"));
    assertEquals(List.of(), words("", ",", ",,"));
  }

  @Test
  void aBackslashTakesTheCommasMeaning() {
    assertEquals(List.of("fsname=a,b", "ro"), words("fsname=a\\,b,ro"));
    assertEquals(List.of("fsname=a\\", "ro"), words("fsname=a\\\\,ro"));
    assertEquals(List.of("fsname=a\\"), words("fsname=a\\"));
  }
}
