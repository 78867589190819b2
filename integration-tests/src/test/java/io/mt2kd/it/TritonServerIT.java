package io.mt2kd.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.it.harness.JavaProcess;
import io.mt2kd.it.harness.TritonEnvironment;
import io.mt2kd.it.harness.TritonServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tests' own Triton leaves nothing behind. */
@Timeout(300)
class TritonServerIT {
  private static final int SERVER_AND_STUBS = 6;

  @Test
  void closingLeavesNoProcessAndNoSharedMemory() throws Exception {
    long pid;
    String prefix;
    try (TritonServer server = TritonServer.start()) {
      pid = server.pid();
      prefix = server.sharedMemoryPrefix();
      assertThat(TritonServer.group(pid)).hasSize(SERVER_AND_STUBS);
      assertThat(TritonServer.sharedMemory(prefix)).isNotEmpty();
    }
    assertThat(TritonServer.group(pid)).isEmpty();
    assertThat(TritonServer.sharedMemory(prefix)).isEmpty();
  }

  @Test
  void killingTheTestsJvmLeavesNoProcessAndNoSharedMemory(@TempDir Path scratch) throws Exception {
    TritonEnvironment.require();
    try (JavaProcess tests = JavaProcess.start(scratch, ServerHolder.class)) {
      String[] line = tests.readLine().split(" ", 3);
      long pid = Long.parseLong(line[0]);
      String prefix = line[1];
      List<ProcessHandle> processes = TritonServer.group(pid);
      ProcessHandle lifeline = ProcessHandle.of(Long.parseLong(line[2])).orElseThrow();
      assertThat(processes).hasSize(SERVER_AND_STUBS);

      tests.kill();

      for (ProcessHandle process : processes) {
        process.onExit().get(60, TimeUnit.SECONDS);
      }
      // It removes the files last.
      lifeline.onExit().get(60, TimeUnit.SECONDS);
      assertThat(TritonServer.sharedMemory(prefix)).isEmpty();
    }
  }

  /** A test run that holds a server when it is killed. */
  static final class ServerHolder {
    private ServerHolder() {}

    public static void main(String[] args) throws IOException, InterruptedException {
      try (TritonServer server = TritonServer.start()) {
        System.out.println(
            server.pid() + " " + server.sharedMemoryPrefix() + " " + server.lifelinePid());
        System.in.read();
      }
    }
  }
}
