/**
 * The messages of the RPCs and their bytes: what C++ Copper's cereal archives make of them.
 *
 * <p>Everything is little endian without padding or tags; a bool is one byte, a string or vector is
 * its u64 length and its elements, the members of a pair follow each other (thallium's cereal
 * archive; see server_local_cache_provider.h for the types). Decoders check every length against
 * the bytes that are there before they allocate, take no message with bytes left over, and throw
 * {@link copper.codec.CodecException} for all that is wrong. Everything here is stateless or used
 * by one thread at a time.
 */
package copper.codec;
