package io.mt2kd.benchmarks.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Which processes give way to others that want the processors too. Linux only.
 *
 * <p>Where the kernel has autogroups it shares the processors among sessions first, and niceness
 * counts within a session only: then a backend with a session of its own has its session's set too.
 */
final class Niceness {
  private static final int SESSION = 3;

  private Niceness() {}

  /**
   * Sets it for all threads that the processes have now, and so for those that these start.
   *
   * @param nice 0 for none to 19 for the most
   */
  static void set(List<ProcessHandle> processes, int nice)
      throws IOException, InterruptedException {
    String own = session(ProcessHandle.current());
    Map<String, ProcessHandle> sessions = new HashMap<>();
    List<String> command = new ArrayList<>(List.of("renice", "-n", Integer.toString(nice), "-p"));
    for (ProcessHandle process : processes) {
      sessions.put(session(process), process);
      try (Stream<Path> threads = Files.list(file(process, "task"))) {
        threads.forEach(thread -> command.add(thread.getFileName().toString()));
      }
    }
    // It fails where a thread has ended meanwhile, for that one only.
    new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    sessions.remove(own);
    for (ProcessHandle process : sessions.values()) {
      Path autogroup = file(process, "autogroup");
      if (Files.exists(autogroup)) {
        Files.writeString(autogroup, Integer.toString(nice));
      }
    }
  }

  private static String session(ProcessHandle process) throws IOException {
    String stat = Files.readString(file(process, "stat"));
    // The name before it may hold anything.
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[SESSION];
  }

  private static Path file(ProcessHandle process, String name) {
    return Path.of("/proc", Long.toString(process.pid()), name);
  }
}
