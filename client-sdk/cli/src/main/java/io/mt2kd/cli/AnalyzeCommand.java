package io.mt2kd.cli;

import io.mt2kd.client.Analysis;
import io.mt2kd.client.AnalyzeRequest;
import io.mt2kd.client.AsyncMt2kdClient;
import io.mt2kd.client.Recording;
import io.mt2kd.client.Task;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mt2kd analyze}. */
@Command(
    name = "analyze",
    description = "What was said, what else was heard and who spoke, in one pass.")
final class AnalyzeCommand extends FilesCommand<Analysis> {
  /** Names as people write them. */
  enum Question {
    RECOGNITION(Task.SPEECH_RECOGNITION),
    TAGGING(Task.AUDIO_TAGGING),
    IDENTIFICATION(Task.SPEAKER_IDENTIFICATION);

    private final Task task;

    Question(Task task) {
      this.task = task;
    }
  }

  @Option(
      names = "--task",
      split = ",",
      paramLabel = "TASK",
      description = "${COMPLETION-CANDIDATES}; several with commas. Default: all.")
  private List<Question> questions = List.of(Question.values());

  @Mixin private final TagChoice tagChoice = new TagChoice();
  @Mixin private final IdentificationChoice identificationChoice = new IdentificationChoice();

  AnalyzeCommand(Main main) {
    super(main);
  }

  private Set<Task> tasks() {
    Set<Task> tasks = EnumSet.noneOf(Task.class);
    questions.forEach(question -> tasks.add(question.task));
    return tasks;
  }

  @Override
  CompletableFuture<Analysis> ask(AsyncMt2kdClient client, Recording recording) {
    return client.analyze(
        AnalyzeRequest.of(recording, tasks().toArray(Task[]::new))
            .withTagOptions(tagChoice.options())
            .withIdentificationOptions(identificationChoice.options()));
  }

  @Override
  void answer(Output output, String file, Analysis analysis, boolean several) {
    output.answer(
        () -> JsonResults.analysis(file, analysis, tasks()),
        () -> TextResults.analysis(file, analysis, tasks()));
  }
}
