/**
 * The transport over Margo, wire-compatible with C++ Copper: MPI-class networks, shared memory and
 * TCP through libfabric, by way of the C shim in jni/.
 *
 * <p>{@link copper.transport.margo.MargoNative} holds all native methods. The transport's threads
 * are its pollers, which wait in native code, run handlers and complete calls; no Java runs on a
 * thread of Margo's. docs/margo.md tells how the shim works.
 */
package copper.transport.margo;
