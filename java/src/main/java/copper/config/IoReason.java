package copper.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Says in words for people why a file could not be used. */
public final class IoReason {
  private IoReason() {}

  /** Returns the reason without the file's name and without the name of a Java class. */
  public static String of(IOException failure) {
    if (failure instanceof FileSystemException e && e.getReason() != null) {
      return e.getReason();
    } else if (failure instanceof NoSuchFileException) {
      return "it does not exist";
    } else if (failure instanceof AccessDeniedException) {
      return "permission denied";
    } else if (failure instanceof NotDirectoryException
        || failure instanceof FileAlreadyExistsException) {
      return "it is no directory";
    }
    return failure.getMessage();
  }
}
