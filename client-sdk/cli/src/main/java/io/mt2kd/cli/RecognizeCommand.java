package io.mt2kd.cli;

import io.mt2kd.client.AsyncMt2kdClient;
import io.mt2kd.client.Recognition;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;

/** {@code mt2kd recognize}. */
@Command(name = "recognize", description = "What was said.")
final class RecognizeCommand extends FilesCommand<Recognition> {
  RecognizeCommand(Main main) {
    super(main);
  }

  @Override
  CompletableFuture<Recognition> ask(AsyncMt2kdClient client, Recording recording) {
    return client.recognize(RecognizeRequest.of(recording));
  }

  @Override
  void answer(Output output, String file, Recognition result, boolean several) {
    output.answer(
        () ->
            JsonResults.putReceipt(
                JsonResults.putTranscript(JsonResults.file(file), result.transcript()),
                result.receipt()),
        () -> output.labelled(several ? file : "", result.transcript().text(), result.receipt()));
  }
}
