/**
 * Inputs from outside against the parsers that take them: what is no message is refused with the
 * exception that says so, what is one means nothing else than it says, and neither costs more than
 * its own length.
 *
 * <p>{@code scripts/fuzz.sh} searches for inputs with Jazzer; those that were worth keeping are in
 * java/src/fuzz/corpus and are tried in every test run.
 */
package copper.fuzz;
