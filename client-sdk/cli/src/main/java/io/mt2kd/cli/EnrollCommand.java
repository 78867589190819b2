package io.mt2kd.cli;

import io.mt2kd.client.EnrollRequest;
import io.mt2kd.client.Enrollment;
import io.mt2kd.client.Mt2kdClient;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mt2kd enroll}. */
@Command(
    name = "enroll",
    description = "Adds recordings to a speaker, who is created by the first ones.")
final class EnrollCommand extends ClientCommand {
  @Parameters(
      index = "0",
      paramLabel = "SPEAKER",
      description = "Your id: 1 to 128 of [A-Za-z0-9._-].")
  private String speaker = "";

  @Mixin private final VoiceParameters voice = new VoiceParameters();

  @Option(names = "--display-name", paramLabel = "NAME", description = "At most 256 characters.")
  private String displayName = "";

  EnrollCommand(Main main) {
    super(main);
  }

  @Override
  int run(Mt2kdClient client, Output output) throws IOException {
    Enrollment enrollment =
        client.enroll(
            EnrollRequest.of(speaker, voice.read(console().in())).withDisplayName(displayName));
    output.answer(
        () -> JsonResults.enrollment(enrollment),
        () -> output.labelled("", TextResults.enrollment(enrollment), enrollment.receipt()));
    return ExitCode.OK;
  }
}
