package copper.metrics.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A change of mind about where answers come from. */
@Name("copper.Failover")
@Label("Failover")
@Category("Copper")
@Description("A parent became suspect, was lost, or answers again")
@StackTrace(false)
public final class FailoverEvent extends Event {
  @Label("Peer")
  public String peer;

  @Label("What Happened")
  public String what;

  @Label("Reason")
  public String reason;
}
