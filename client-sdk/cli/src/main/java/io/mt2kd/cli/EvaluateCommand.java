package io.mt2kd.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mt2kd.cli.evaluation.Evaluation;
import io.mt2kd.cli.evaluation.Figures;
import io.mt2kd.cli.evaluation.InvalidManifestException;
import io.mt2kd.cli.evaluation.Manifest;
import io.mt2kd.cli.evaluation.VerificationEvaluation;
import io.mt2kd.cli.metrics.Bootstrap;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Priority;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mt2kd evaluate}. */
@Command(
    name = "evaluate",
    description = {
      "How good are the answers of a running gateway? Word error rate, mean average precision, top-1 accuracy, equal"
          + " error rate and minimum detection cost (prior 0.01), each with a 95 %% bootstrap interval.",
      "",
      "MANIFEST has one JSON object a line, paths relative to it:",
      "  {\"kind\":\"recognition\",\"id\":\"r1\",\"audio\":\"a.flac\",\"text\":\"yes no\",\"speaker\":\"s1\"}",
      "  {\"kind\":\"tagging\",\"id\":\"t1\",\"audio\":\"b.ogg\",\"labels\":[\"dog\"]}",
      "  {\"kind\":\"trial\",\"id\":\"v1\",\"target\":true,\"enrollment\":[\"a.flac\"],\"probe\":[\"c.flac\"]}",
      "",
      "Trials enroll temporary speakers in the tenant \"evaluate\" or the one given, and delete them afterwards. What"
          + " fails is counted, left out of the figures, and makes the command end with 1."
    })
final class EvaluateCommand extends ClientCommand {
  @Parameters(paramLabel = "MANIFEST", description = "The labelled test set.")
  private Path manifest = Path.of("");

  @Option(
      names = {"-c", "--concurrency"},
      defaultValue = "8",
      description = "Calls under way at a time, >= 1. Default: ${DEFAULT-VALUE}.")
  private int concurrency = 8;

  @Option(names = "--limit", paramLabel = "N", description = "Only the first N of each kind, >= 1.")
  private int limit = Integer.MAX_VALUE;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description =
          "Of the bootstrap: the same seed gives the same intervals. Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  EvaluateCommand(Main main) {
    super(main);
  }

  @Override
  String defaultTenant() {
    return "evaluate";
  }

  @Override
  int run(Mt2kdClient gateway, Output output) throws IOException {
    Mt2kdClient client = gateway.withPriority(Priority.BATCH);
    Manifest entries = entries();
    EvaluationRunner runner = new EvaluationRunner(console(), output, concurrency);
    ObjectNode json = JsonResults.object();
    List<String> text = new ArrayList<>();
    try {
      evaluate(client, entries, runner, json, text);
    } finally {
      // What was found, perhaps in an hour, is told also where the gateway fails after it.
      if (!text.isEmpty()) {
        tell(output, json, text);
      }
      runner.tellHowManyWereNotTold();
    }
    return runner.failures() == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private void evaluate(
      Mt2kdClient client,
      Manifest entries,
      EvaluationRunner runner,
      ObjectNode json,
      List<String> text) {
    Bootstrap bootstrap = new Bootstrap(seed);
    Evaluation evaluation = new Evaluation(client, runner, bootstrap);
    if (!entries.utterances().isEmpty()) {
      Figures.Recognition figures = evaluation.recognition(entries.utterances());
      EvaluationReport.put(json, figures);
      text.add(EvaluationReport.text(figures));
    }
    if (!entries.clips().isEmpty()) {
      Figures.Tagging figures = evaluation.tagging(entries.clips());
      EvaluationReport.put(json, figures);
      text.add(EvaluationReport.text(figures));
    }
    if (!entries.trials().isEmpty()) {
      String prefix = "evaluate-" + UUID.randomUUID() + "-";
      Figures.Verification figures =
          new VerificationEvaluation(client, runner, bootstrap, prefix).trials(entries.trials());
      EvaluationReport.put(json, figures);
      text.add(EvaluationReport.text(figures));
    }
  }

  private void tell(Output output, ObjectNode json, List<String> text) {
    if (limit < Integer.MAX_VALUE) {
      json.put("limit", limit);
      text.add(0, "only the first " + limit + " of each kind");
    }
    output.answer(() -> json, () -> String.join("\n", text));
  }

  private Manifest entries() throws IOException {
    if (concurrency < 1) {
      throw usage("--concurrency: " + concurrency + " (expected: >= 1)");
    }
    if (limit < 1) {
      throw usage("--limit: " + limit + " (expected: >= 1)");
    }
    try {
      Manifest entries = Manifest.read(manifest).first(limit);
      if (entries.size() == 0) {
        throw usage(manifest + ": no entries (expected: at least one)");
      }
      return entries;
    } catch (InvalidManifestException e) {
      throw usage(manifest + ": " + e.getMessage());
    } catch (IOException e) {
      throw new IOException(manifest + ": " + ErrorText.describe(e), e);
    }
  }
}
