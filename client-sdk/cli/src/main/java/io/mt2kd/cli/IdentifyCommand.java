package io.mt2kd.cli;

import io.mt2kd.client.Identification;
import io.mt2kd.client.IdentifyRequest;
import io.mt2kd.client.Mt2kdClient;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mt2kd identify}. */
@Command(
    name = "identify",
    description = "Whose voice of the enrolled speakers is this? All files are of one voice.")
final class IdentifyCommand extends ClientCommand {
  @Mixin private final VoiceParameters voice = new VoiceParameters();
  @Mixin private final IdentificationChoice choice = new IdentificationChoice();

  IdentifyCommand(Main main) {
    super(main);
  }

  @Override
  int run(Mt2kdClient client, Output output) throws IOException {
    Identification identification =
        client.identify(
            IdentifyRequest.of(voice.read(console().in())).withOptions(choice.options()));
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
