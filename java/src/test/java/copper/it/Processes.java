package copper.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Looks at the processes and mounts of the machine, in /proc. */
final class Processes {
  private Processes() {}

  /** Returns the process ids of those, this one left out, whose command line names {@code text}. */
  static List<Long> naming(String text) {
    long self = ProcessHandle.current().pid();
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> pid != self && commandLine(pid).contains(text))
        .toList();
  }

  /** Returns the words of a process, a NUL after each; empty if it is gone or a zombie. */
  static String commandLine(long pid) {
    try {
      byte[] words = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
      return new String(words, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  /** Returns the file name of the program that a process runs; empty if it is gone. */
  static String program(long pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "exe"))
          .getFileName()
          .toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** Tells whether the process runs or sleeps; a zombie does not. */
  static boolean isAlive(long pid) {
    return !commandLine(pid).isEmpty();
  }

  /** Returns the mount points at and below {@code directory}, the last mounted first. */
  static List<Path> mountsBelow(Path directory) {
    try {
      // Not Files.lines, which ends at a mount point that is no text.
      byte[] table = Files.readAllBytes(Path.of("/proc/self/mountinfo"));
      return new String(table, StandardCharsets.UTF_8)
          .lines()
          .map(line -> unescape(line.split(" ", -1)[4]))
          .filter(point -> (point + "/").startsWith(directory + "/"))
          .map(Path::of)
          .sorted((a, b) -> b.getNameCount() - a.getNameCount())
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the list of mounts", e);
    }
  }

  static boolean isMounted(Path point) {
    return mountsBelow(point).contains(point);
  }

  /** The kernel writes blanks in the list of mounts as octal escapes (fs/proc_namespace.c). */
  private static String unescape(String field) {
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
