package copper.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All examinations, one after the other. */
public final class Doctor {
  /**
   * What the user wants to do, as far as it was said.
   *
   * @param view where Copper will be mounted
   * @param logs where logs will go
   * @param network what {@code -net_type} will be; empty if it was not said
   */
  public record Plan(Optional<Path> view, Optional<Path> logs, String network) {}

  /**
   * What was found on one matter.
   *
   * @param matter in a word or two
   */
  public record Chapter(String matter, List<Finding> findings) {
    /** Takes an unmodifiable copy of the list. */
    public Chapter {
      findings = List.copyOf(findings);
    }
  }

  private Doctor() {}

  /**
   * Returns the examinations of a host.
   *
   * @param jar copper.jar, as it is installed
   */
  public static List<Examination> examinations(Host host, Path jar, Plan plan) {
    return List.of(
        new FuseExamination(host),
        new JavaExamination(jar, host),
        new NetworkExamination(host, plan.network()),
        new LimitsExamination(host, plan.network()),
        new PlacesExamination(host, plan.view(), plan.logs()));
  }

  /** Makes the examinations, in their order. */
  public static List<Chapter> examine(List<Examination> examinations) {
    List<Chapter> chapters = new ArrayList<>();
    for (Examination examination : examinations) {
      chapters.add(new Chapter(examination.matter(), examination.findings()));
    }
    return chapters;
  }
}
