/**
 * The embedded transport, {@code copper+tcp://host:port}: RPCs over TCP on Netty, without native
 * code.
 *
 * <p>One or two threads ({@code copper-tcp-…}) carry every connection of a transport. A connection,
 * and everything that belongs to it, is confined to one of them, its event loop; classes that are
 * say so. Nothing on such a thread blocks. Both ends of a connection prove that they hold the job's
 * {@link copper.transport.tcp.Secret} before the first RPC ({@link
 * copper.transport.tcp.Handshake}); what follows is described in {@link
 * copper.transport.tcp.FrameCodec}.
 */
package copper.transport.tcp;
