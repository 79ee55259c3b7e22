/** The commands people type. */
package copper.cli;
