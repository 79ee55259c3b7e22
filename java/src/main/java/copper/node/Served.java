package copper.node;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.config.CopperConfig;
import copper.config.UsageException;
import copper.model.RawPath;
import copper.storage.NestedMounts;
import copper.storage.PosixStorage;
import copper.storage.ServedPaths;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a node serves, as the command line says.
 *
 * @param target the directory that is mirrored, without links in its path
 * @param paths which paths of storage there are
 * @param isAll whether that is all of storage, so that no link leads out of it
 */
record Served(RawPath target, ServedPaths paths, boolean isAll) {
  /**
   * Finds out.
   *
   * @throws UsageException if the target is no directory, or a path is not below it
   */
  static Served of(CopperConfig config) throws UsageException {
    RawPath target = RealPaths.target(config.target());
    CopperConfig.Narrowing narrowing = config.narrowing();
    Set<RawPath> denied = below(config, target, "-deny", narrowing.denied());
    if (denied.contains(target)) {
      throw new UsageException(
          "-deny " + config.target() + " leaves nothing of -tpath; name what is below it");
    }
    ServedPaths paths =
        ServedPaths.below(target, Set.of(config.target()))
            .allowing(below(config, target, "-allow", narrowing.allowed()))
            .denying(denied)
            // A walk through the mount would never end if it came by the mount again.
            .denying(RealPaths.names(config.view()))
            .without(new NestedMounts(Ticker.systemTicker()));
    boolean all = target.isRoot() && narrowing.equals(CopperConfig.Narrowing.NONE);
    return new Served(target, paths, all);
  }

  private static Set<RawPath> below(
      CopperConfig config, RawPath target, String flag, List<RawPath> given) throws UsageException {
    Set<RawPath> paths = new HashSet<>();
    for (RawPath path : given) {
      Set<RawPath> names = new HashSet<>(RealPaths.names(path));
      names.removeIf(name -> !name.startsWith(target));
      if (names.isEmpty()) {
        throw new UsageException(
            flag + " " + path + " is not below -tpath " + config.target() + "; leave it out");
      }
      paths.addAll(names);
    }
    return paths;
  }

  /** Returns storage as far as it is served. */
  PosixStorage storage() {
    return isAll ? new PosixStorage() : PosixStorage.withoutLinks();
  }
}
