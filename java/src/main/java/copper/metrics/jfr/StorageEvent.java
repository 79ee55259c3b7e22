package copper.metrics.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A call of storage. */
@Name("copper.Storage")
@Label("Storage Call")
@Category("Copper")
@Description("A call of storage")
@StackTrace(false)
public final class StorageEvent extends Event {
  @Label("Operation")
  public String operation;

  @Label("Path")
  public String path;

  @Label("Bytes Read")
  @DataAmount
  public long bytes;

  @Label("Error Number")
  public int errno;
}
