package io.mt2kd.cli;

import io.mt2kd.client.ListSpeakersRequest;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.SpeakerPage;
import io.mt2kd.client.SpeakerProfile;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mt2kd speakers}. */
@Command(name = "speakers", description = "The tenant's speakers.")
final class SpeakersCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  static CommandLine create(Main main) {
    return new CommandLine(new SpeakersCommand())
        .addSubcommand(new ListCommand(main))
        .addSubcommand(new ShowCommand(main))
        .addSubcommand(new DeleteCommand(main));
  }

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "list, show or delete is missing");
    }
  }

  /** {@code mt2kd speakers list}. */
  @Command(name = "list", description = "All of them, in the order of their ids.")
  static final class ListCommand extends ClientCommand {
    private static final int PAGE_SIZE = 1000;

    ListCommand(Main main) {
      super(main);
    }

    @Override
    int run(Mt2kdClient client, Output output) {
      Optional<String> token = Optional.of("");
      while (token.isPresent()) {
        SpeakerPage page = client.listSpeakers(new ListSpeakersRequest(PAGE_SIZE, token.get()));
        page.speakers().forEach(speaker -> print(output, speaker));
        token = page.nextPageToken();
      }
      return ExitCode.OK;
    }
  }

  /** {@code mt2kd speakers show}. */
  @Command(name = "show", description = "One of them.")
  static final class ShowCommand extends ClientCommand {
    @Parameters(paramLabel = "SPEAKER", description = "Id.")
    private String speaker = "";

    ShowCommand(Main main) {
      super(main);
    }

    @Override
    int run(Mt2kdClient client, Output output) throws IOException {
      print(output, client.getSpeaker(speaker));
      return ExitCode.OK;
    }
  }

  /** {@code mt2kd speakers delete}. */
  @Command(name = "delete", description = "Erases a speaker and its voiceprints.")
  static final class DeleteCommand extends ClientCommand {
    @Parameters(paramLabel = "SPEAKER", description = "Id.")
    private String speaker = "";

    DeleteCommand(Main main) {
      super(main);
    }

    @Override
    int run(Mt2kdClient client, Output output) {
      int erased = client.deleteSpeaker(speaker);
      output.answer(
          () -> JsonResults.object().put("speaker", speaker).put("erased_references", erased),
          () -> speaker + ": erased with " + erased + " reference(s)");
      return ExitCode.OK;
    }
  }

  private static void print(Output output, SpeakerProfile speaker) {
    output.answer(() -> JsonResults.profile(speaker), () -> TextResults.profile(speaker));
  }
}
