package copper.cli;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Where a program says how its start went: to the script that put it in the background, over the
 * descriptor the property {@code copper.status_fd} names, or else to the standard error.
 */
final class Status implements AutoCloseable {
  private final OutputStream pipe;

  private Status(OutputStream pipe) {
    this.pipe = pipe;
  }

  static Status open() {
    String descriptor = System.getProperty("copper.status_fd");
    try {
      return new Status(
          descriptor == null ? null : new FileOutputStream("/proc/self/fd/" + descriptor));
    } catch (IOException e) {
      return new Status(null);
    }
  }

  /** Says that the mount answers. */
  void ready() {
    if (pipe != null) {
      write("ready");
    }
  }

  /** Says in one line what went wrong; {@code kind} is "usage" or "error". */
  @SuppressWarnings("SystemOut")
  void report(String kind, String text) {
    String line = text.replace('\n', ' ');
    if (pipe == null) {
      System.err.println("cu_fuse: " + line);
    } else {
      write(kind + " " + line);
    }
  }

  private void write(String line) {
    try {
      pipe.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      pipe.flush();
    } catch (IOException e) {
      // The script is gone; nobody is left to tell.
    }
  }

  @Override
  public void close() {
    if (pipe != null) {
      try {
        pipe.close();
      } catch (IOException e) {
        // As above.
      }
    }
  }
}
