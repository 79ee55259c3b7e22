/**
 * Tests of the installed programs: real processes, real mounts, real sockets, on one machine.
 *
 * <p>The JVM of the tests never touches a mount itself, since a mount that hangs would hang it too:
 * every look at a mount is a process of its own with a deadline. Whatever a test starts belongs to
 * its {@link copper.it.Sandbox}, which ends it and complains about what it finds left.
 */
package copper.it;
