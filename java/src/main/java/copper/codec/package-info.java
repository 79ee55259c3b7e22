/**
 * The bytes of each RPC's messages, as C++ Copper's cereal archive has them.
 *
 * <p>Messages are values; reading one either gives it or fails with a CodecException.
 */
package copper.codec;
