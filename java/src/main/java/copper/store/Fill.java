package copper.store;

/**
 * How full a store's caches are.
 *
 * @param attributes paths whose attributes are kept
 * @param directories directories whose names are kept
 * @param files files that are kept whole
 * @param chunks parts of large files that are kept
 * @param metadataBytes what names and attributes take
 * @param dataBytes what file data takes
 * @param dataLimit the bytes that file data may take, before some is dropped
 */
public record Fill(
    long attributes,
    long directories,
    long files,
    long chunks,
    long metadataBytes,
    long dataBytes,
    long dataLimit) {}
