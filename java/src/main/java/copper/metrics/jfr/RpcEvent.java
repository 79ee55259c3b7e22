package copper.metrics.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** An RPC that this node sent to another one, from then until its answer came. */
@Name("copper.Rpc")
@Label("RPC")
@Category("Copper")
@Description("An RPC that this node sent to another one")
@StackTrace(false)
public final class RpcEvent extends Event {
  @Label("RPC")
  public String rpc;

  @Label("Peer")
  public String peer;

  @Label("Answer Bytes")
  @DataAmount
  public long bytes;

  @Label("Failure")
  public String failure;
}
