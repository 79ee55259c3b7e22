/**
 * What {@code copper doctor} finds out: whether this host has what a node needs, and what to do
 * where it has not.
 *
 * <p>Each {@link copper.doctor.Examination} looks at one matter and changes nothing. One thread.
 */
package copper.doctor;
