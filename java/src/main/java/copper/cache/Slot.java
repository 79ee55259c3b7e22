package copper.cache;

/**
 * Where an answer stands in a {@link Space}: whose it is, and its key.
 *
 * @param owner the cache
 * @param generation how often the cache had been cleared when the answer was asked for; those of
 *     earlier generations are never found again
 * @param key the cache's own key
 */
record Slot(SingleFlightCache<?, ?> owner, long generation, Object key) {
  @Override
  public boolean equals(Object other) {
    return other instanceof Slot slot
        && owner == slot.owner
        && generation == slot.generation
        && key.equals(slot.key);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * key.hashCode() + System.identityHashCode(owner)) + Long.hashCode(generation);
  }

  /** Tells whether the cache has not been cleared since. */
  boolean isCurrent() {
    return owner.generation() == generation;
  }
}
