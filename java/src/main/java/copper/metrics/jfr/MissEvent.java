package copper.metrics.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A request of the kernel that had to wait for the parent or for storage. */
@Name("copper.Miss")
@Label("Cache Miss")
@Category("Copper")
@Description("A request of the kernel that had to wait for the parent or for storage")
@StackTrace(false)
public final class MissEvent extends Event {
  @Label("Operation")
  public String operation;

  @Label("Path")
  public String path;
}
