package copper.fuse.kernel;

import java.time.Duration;

/**
 * How long the kernel may remember what it is told without asking again.
 *
 * @param entry that a name is there
 * @param attributes what a file is like
 * @param missing that a name is not there
 */
record Timeouts(Duration entry, Duration attributes, Duration missing) {}
