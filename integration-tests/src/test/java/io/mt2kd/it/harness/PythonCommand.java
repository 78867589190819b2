package io.mt2kd.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs Python to its end, in the folder of the Python module. */
public final class PythonCommand {
  private PythonCommand() {}

  /**
   * Runs it.
   *
   * @param log takes all that it prints
   * @return what it printed
   * @throws AssertionError when it ends with another status than 0
   */
  public static String run(Path python, Path log, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(python.toString()));
    command.addAll(arguments);
    int status =
        new ProcessBuilder(command)
            .directory(Checkout.tritonModels().toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    String printed = Files.readString(log);
    if (status != 0) {
      throw new AssertionError("status " + status + " of " + command + "\n" + printed);
    }
    return printed;
  }
}
