package copper.model;

import java.nio.ByteBuffer;

/**
 * A stretch of a file with the attributes that go with it: both are of one state of the file.
 *
 * @param stat the whole file's attributes
 * @param data borrowed from a cache: read it, do not change it
 */
public record FilePart(FileStat stat, ByteBuffer data) {}
