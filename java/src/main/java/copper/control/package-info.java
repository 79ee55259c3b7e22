/** Commands to a running node. Any thread; what blocks runs on an executor that is passed in. */
package copper.control;
