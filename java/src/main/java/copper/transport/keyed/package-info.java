/**
 * A layer over any transport by which nodes that hold the job's secret know each other, call by
 * call: what a call or an answer says is proven, not hidden.
 *
 * <p>Two RPCs of the transport below carry it all: copper_key, by which a caller and a node show
 * each other that they hold the secret and agree on keys of their own ({@link
 * copper.transport.keyed.Introduction}), and copper_sealed, a call with its proof ({@link
 * copper.transport.keyed.Seal}).
 */
package copper.transport.keyed;
