package copper.storage;

import copper.model.DirectoryListing;
import copper.model.RawPath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Which paths of storage a node serves, to its mount and to other nodes alike: those below the
 * target, of these the allowed ones, and never a denied one.
 *
 * <p>What is not served does not exist: it is ENOENT by name and is left out of listings, as what a
 * complete listing lacks is ENOENT on every node that has the listing. Directories on the way to an
 * allowed path exist, and hold nothing but that way. Paths are compared as text, which is exact
 * where storage is read by {@link PosixStorage#withoutLinks}. Immutable; safe on any thread.
 */
public final class ServedPaths {
  /** Everything there is. */
  public static final ServedPaths ALL =
      new ServedPaths(RawPath.ROOT, List.of(), List.of(), List.of(), Set::of);

  private final RawPath target;
  private final List<RawPath> otherNames;
  private final List<RawPath> allowed;
  private final List<RawPath> denied;
  private final Supplier<Set<RawPath>> mounts;

  private ServedPaths(
      RawPath target,
      Collection<RawPath> otherNames,
      Collection<RawPath> allowed,
      Collection<RawPath> denied,
      Supplier<Set<RawPath>> mounts) {
    this.target = target;
    this.otherNames = List.copyOf(otherNames);
    this.allowed = List.copyOf(allowed);
    this.denied = List.copyOf(denied);
    this.mounts = mounts;
  }

  /**
   * Returns everything below {@code target}.
   *
   * @param target the directory that is mirrored, without links in its path
   * @param otherNames by which nodes may ask for it: paths with links in them that lead there
   */
  public static ServedPaths below(RawPath target, Collection<RawPath> otherNames) {
    return new ServedPaths(target, otherNames, List.of(), List.of(), Set::of);
  }

  /** Returns these without all that is not at or below one of {@code paths}, if there is one. */
  public ServedPaths allowing(Collection<RawPath> paths) {
    return new ServedPaths(target, otherNames, paths, denied, mounts);
  }

  /** Returns these without {@code paths} and all below them. */
  public ServedPaths denying(Collection<RawPath> paths) {
    List<RawPath> all = new ArrayList<>(denied);
    all.addAll(paths);
    return new ServedPaths(target, otherNames, allowed, all, mounts);
  }

  /**
   * Returns these without what {@code mountPoints} names whenever it is asked, below the target: a
   * file system that shows this one again would have no end.
   */
  public ServedPaths without(Supplier<Set<RawPath>> mountPoints) {
    return new ServedPaths(target, otherNames, allowed, denied, mountPoints);
  }

  /**
   * Returns the path by which storage knows what {@code asked} means; nothing if it is not served.
   *
   * @param asked as another node sent it: it may hold "." and "..", which are resolved by their
   *     text alone
   */
  public Optional<RawPath> resolve(RawPath asked) {
    RawPath path = asked.isNormal() ? asked : asked.normalize();
    if (!path.startsWith(target)) {
      for (RawPath name : otherNames) {
        if (path.startsWith(name)) {
          path = target.append(path.below(name));
          break;
        }
      }
    }
    return serves(path) ? Optional.of(path) : Optional.empty();
  }

  /** Tells whether {@code path} is served; one that is not normal is not. */
  public boolean serves(RawPath path) {
    if (this == ALL) {
      return true;
    }
    if (!path.isNormal() || !path.startsWith(target)) {
      return false;
    }
    for (RawPath each : denied) {
      if (path.startsWith(each)) {
        return false;
      }
    }
    for (RawPath each : mounts.get()) {
      if (isNested(each) && path.startsWith(each)) {
        return false;
      }
    }
    return allowed.isEmpty() || allowed.stream().anyMatch(each -> leadsTo(path, each));
  }

  private static boolean leadsTo(RawPath path, RawPath allowed) {
    return path.startsWith(allowed) || allowed.startsWith(path);
  }

  private boolean isNested(RawPath mountPoint) {
    return !target.startsWith(mountPoint);
  }

  /**
   * Returns {@code listing}, which is complete, without the names in {@code directory} that are not
   * served.
   */
  public DirectoryListing visible(RawPath directory, DirectoryListing listing) {
    if (!isNarrowed(directory)) {
      return listing;
    }
    List<DirectoryListing.Entry> served =
        listing.entries().stream()
            .filter(entry -> entry.isSelfOrParent() || serves(directory.resolve(entry.name())))
            .toList();
    return new DirectoryListing(served, listing.current(), listing.version(), served.size());
  }

  /** Tells whether a name in {@code directory} may be one that is not served. */
  public boolean isNarrowed(RawPath directory) {
    return denied.stream().anyMatch(each -> each.parent().equals(directory))
        || allowed.stream().anyMatch(each -> !each.equals(directory) && each.startsWith(directory))
        || mounts.get().stream().anyMatch(each -> each.parent().equals(directory));
  }
}
