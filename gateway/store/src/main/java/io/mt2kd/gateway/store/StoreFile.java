package io.mt2kd.gateway.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** The file on the disk, before SQLite opens it. */
final class StoreFile {
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private StoreFile() {}

  /**
   * Makes the file and its folder where they do not exist. SQLite gives its log the permissions of
   * the file.
   *
   * @throws IOException naming the file
   */
  static void prepare(Path file) throws IOException {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      create(file);
    } catch (IOException e) {
      throw new IOException(file + ": the speaker store cannot be made here", e);
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": not a file");
    }
    if (!Files.isReadable(file) || !Files.isWritable(file)) {
      throw new IOException(file + ": the speaker store may not be read and written");
    }
  }

  private static void create(Path file) throws IOException {
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    try {
      if (posix) {
        Files.createFile(file, OWNER_ONLY);
      } else {
        Files.createFile(file);
      }
    } catch (FileAlreadyExistsException e) {
      // Of an earlier run, or of another process that was quicker.
    }
  }
}
