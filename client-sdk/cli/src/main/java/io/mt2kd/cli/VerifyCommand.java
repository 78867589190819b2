package io.mt2kd.cli;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Verification;
import io.mt2kd.client.VerifyRequest;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mt2kd verify}. */
@Command(
    name = "verify",
    description =
        "Is this the voice of that speaker? Ends with 0 when accepted, with 3 when uncertain or rejected.")
final class VerifyCommand extends ClientCommand {
  @Parameters(index = "0", paramLabel = "SPEAKER", description = "Id of an enrolled speaker.")
  private String speaker = "";

  @Mixin private final VoiceParameters voice = new VoiceParameters();

  @Option(
      names = "--false-accept-rate",
      paramLabel = "RATE",
      description =
          "Rate at which strangers may be accepted, 0.0001 to 0.5. Default: the gateway's 0.01.")
  private double falseAcceptRate;

  VerifyCommand(Main main) {
    super(main);
  }

  @Override
  int run(Mt2kdClient client, Output output) throws IOException {
    Verification verification =
        client.verify(
            VerifyRequest.of(speaker, voice.read(console().in()))
                .withFalseAcceptRate(falseAcceptRate));
    output.answer(
        () -> JsonResults.verification(speaker, verification),
        () ->
            output.labelled(
                "", TextResults.verification(speaker, verification), verification.receipt()));
    return verification.accepted() ? ExitCode.OK : ExitCode.NOT_ACCEPTED;
  }
}
