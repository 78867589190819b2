package io.mt2kd.cli;

import io.mt2kd.client.Identification;
import io.mt2kd.client.IdentifyRequest;
import io.mt2kd.client.Mt2kdClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mt2kd identify}. */
@Command(
    name = "identify",
    description = "Whose voice of the enrolled speakers is this? All files are of one voice.")
final class IdentifyCommand extends ClientCommand {
  @Parameters(
      index = "0..*",
      arity = "1..*",
      paramLabel = "FILE",
      description = RecordingOptions.ONE_VOICE)
  private List<String> files = new ArrayList<>();

  @Mixin private final RecordingOptions recordings = new RecordingOptions();
  @Mixin private final IdentificationChoice choice = new IdentificationChoice();

  IdentifyCommand(Main main) {
    super(main);
  }

  @Override
  int run(Mt2kdClient client, Output output) throws IOException {
    Identification identification =
        client.identify(
            IdentifyRequest.of(recordings.readVoice(files, console().in()))
                .withOptions(choice.options()));
    output.answer(
        () ->
            JsonResults.putReceipt(
                JsonResults.putSpeaker(JsonResults.object(), identification.speaker()),
                identification.receipt()),
        () ->
            output.labelled(
                "", TextResults.speaker(identification.speaker()), identification.receipt()));
    return ExitCode.OK;
  }
}
