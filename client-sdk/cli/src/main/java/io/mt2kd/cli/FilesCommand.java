package io.mt2kd.cli;

import io.mt2kd.client.AsyncMt2kdClient;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Recording;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A command that asks about each of several files, some at a time, and answers in their order. */
abstract class FilesCommand<R> extends ClientCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Recordings of 0.1 to 30 seconds; - is standard input.")
  private List<String> files = new ArrayList<>();

  @Option(
      names = {"-c", "--concurrency"},
      defaultValue = "4",
      description = "Files under way at a time, >= 1. Default: ${DEFAULT-VALUE}.")
  private int concurrency = 4;

  @Mixin private final RecordingOptions recordings = new RecordingOptions();

  FilesCommand(Main main) {
    super(main);
  }

  abstract CompletableFuture<R> ask(AsyncMt2kdClient client, Recording recording);

  /**
   * One answer.
   *
   * @param several whether there are more, so that text must name the file
   */
  abstract void answer(Output output, String file, R result, boolean several);

  @Override
  int run(Mt2kdClient client, Output output) {
    if (concurrency < 1) {
      throw usage("--concurrency: " + concurrency + " (expected: >= 1)");
    }
    if (files.stream().filter(RecordingOptions.STANDARD_INPUT::equals).count() > 1) {
      throw usage("FILE: - given twice (expected: once)");
    }
    int[] exitCode = {ExitCode.OK};
    ConcurrentCalls.run(
        files,
        concurrency,
        file -> ask(client.async(), recordings.read(file, console().in())),
        new ConcurrentCalls.Ends<String, R>() {
          @Override
          public void succeeded(String file, R result) {
            answer(output, file, result, files.size() > 1);
          }

          @Override
          public void failed(String file, Throwable failure) {
            exitCode[0] = ExitCode.FAILED;
            output.fileError(file, failure);
          }
        });
    return exitCode[0];
  }
}
