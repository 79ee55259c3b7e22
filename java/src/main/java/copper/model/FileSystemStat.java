package copper.model;

/**
 * The space and the limits of a file system, the fields of {@code struct statvfs} that df reads.
 *
 * @param blockSize the unit of I/O in bytes (f_bsize)
 * @param fragmentSize the unit of the block counts in bytes (f_frsize)
 * @param blocks all blocks
 * @param blocksFree free blocks
 * @param blocksAvailable free blocks for ordinary users
 * @param files all inodes
 * @param filesFree free inodes
 * @param nameMax the longest name in bytes
 */
public record FileSystemStat(
    long blockSize,
    long fragmentSize,
    long blocks,
    long blocksFree,
    long blocksAvailable,
    long files,
    long filesFree,
    long nameMax) {}
