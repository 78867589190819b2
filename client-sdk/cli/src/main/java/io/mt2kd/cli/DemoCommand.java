package io.mt2kd.cli;

import io.mt2kd.client.Analysis;
import io.mt2kd.client.EnrollRequest;
import io.mt2kd.client.Enrollment;
import io.mt2kd.client.ModelInfo;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Receipt;
import io.mt2kd.client.Recording;
import io.mt2kd.client.SpeakerIdentification;
import io.mt2kd.client.Tag;
import io.mt2kd.client.Task;
import io.mt2kd.gateway.server.configuration.ConfigurationReader;
import io.mt2kd.gateway.standalone.StandaloneGateway;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * The whole path on one machine: a gateway over the network, the embedded engine and the reference
 * model, called through the client library. The recordings are synthesised; what is printed is what
 * the model heard, and the command fails where it did not hear the words, the sound or the voice
 * that was there.
 */
@Command(
    name = "demo",
    description = "Starts a gateway, enrolls a voice and analyzes a few recordings with it.")
final class DemoCommand implements Callable<Integer> {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final String SPEAKER = "anna";

  /**
   * @param file under {@code /demo}
   * @param what it is
   * @param text that the model must recognise; empty for sounds
   * @param tag that must come first
   * @param speaker whom the voice must be accepted as; empty where as nobody
   */
  private record Clip(String file, String what, String text, String tag, String speaker) {}

  private static final List<Clip> CLIPS =
      List.of(
          new Clip(
              "anna-speaks.flac", "Anna again, other words", "left one down go", "speech", SPEAKER),
          new Clip("bruno-speaks.flac", "Bruno, a stranger", "eight bed no right", "speech", ""),
          new Clip("rain.flac", "rain", "", "rain", ""),
          new Clip("siren.flac", "a siren", "", "siren", ""));

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    long start = System.nanoTime();
    Path folder = Files.createTempDirectory("mt2kd-demo-");
    Path database = folder.resolve("speakers.db");
    try (StandaloneGateway gateway = gateway(database)) {
      if (!gateway.awaitReady(START_LIMIT)) {
        spec.commandLine()
            .getErr()
            .println("mt2kd demo: the model is not ready after " + START_LIMIT);
        return ExitCode.FAILED;
      }
      try (Mt2kdClient client =
          Mt2kdClient.builder("localhost:" + gateway.port()).plaintext().build()) {
        boolean heard = run(client, out, start);
        out.println(
            heard ? "All as it should be." : "NOT as it should be: see the lines marked !!");
        return heard ? ExitCode.OK : ExitCode.FAILED;
      }
    } finally {
      out.flush();
      for (String suffix : List.of("", "-wal", "-shm")) {
        Files.deleteIfExists(Path.of(database + suffix));
      }
      Files.deleteIfExists(folder);
    }
  }

  private static StandaloneGateway gateway(Path database) throws IOException {
    return StandaloneGateway.start(
        ConfigurationReader.read(
            Optional.empty(),
            Map.of(
                ConfigurationReader.ENVIRONMENT_PREFIX + "SERVER_PORT",
                "0",
                ConfigurationReader.ENVIRONMENT_PREFIX + "METRICS_ENABLED",
                "false",
                ConfigurationReader.ENVIRONMENT_PREFIX + "SPEAKERS_DATABASE",
                database.toString())));
  }

  private static boolean run(Mt2kdClient client, PrintWriter out, long start) throws IOException {
    ModelInfo model = client.getModel();
    out.printf("%s %s on %s%n", model.name(), model.version(), model.backend().server());
    Enrollment enrollment =
        client.enroll(
            EnrollRequest.of(
                SPEAKER, recording("anna-enrolls-1.flac"), recording("anna-enrolls-2.flac")));
    out.printf(
        Locale.ROOT,
        "%nenrolled %s: %s, %.1f s of speech in %d recordings%n",
        SPEAKER,
        enrollment.speaker().state(),
        seconds(enrollment.speaker().speech()),
        enrollment.speaker().referenceCount());
    boolean heard = true;
    for (Clip clip : CLIPS) {
      Analysis analysis = client.analyze(recording(clip.file()), Task.values());
      if (clip == CLIPS.get(0)) {
        out.printf(
            Locale.ROOT,
            "first answer %.1f s after the start%n",
            (System.nanoTime() - start) / 1e9);
      }
      heard &= print(clip, analysis, out);
    }
    return heard;
  }

  private static boolean print(Clip clip, Analysis analysis, PrintWriter out) {
    String tags =
        analysis.tags().stream()
            .limit(3)
            .map(tag -> String.format(Locale.ROOT, "%s %.2f", tag.label(), tag.probability()))
            .collect(Collectors.joining(", "));
    String first = analysis.tags().stream().findFirst().map(Tag::label).orElse("");
    boolean spoken = !clip.text().isEmpty();
    out.printf("%n%s (%s)%n", clip.what(), clip.file());
    boolean heard = line(out, "tags", tags, first.equals(clip.tag()));
    if (spoken) {
      heard &=
          line(
              out,
              "said",
              analysis.transcript().text(),
              analysis.transcript().text().equals(clip.text()));
      SpeakerIdentification speaker = analysis.speaker();
      heard &=
          line(
              out,
              "voice",
              voice(speaker),
              speaker.acceptedSpeakerId().orElse("").equals(clip.speaker()));
    }
    Receipt receipt = analysis.receipt();
    out.printf(
        Locale.ROOT,
        "   receipt: %.2f s of audio and %.2f s of padding; decode %d ms, queue %d ms, model %d ms, total %d ms%n",
        seconds(receipt.audio()),
        seconds(receipt.padding()),
        receipt.decodeTime().toMillis(),
        receipt.queueTime().toMillis(),
        receipt.backendTime().toMillis(),
        receipt.totalTime().toMillis());
    return heard;
  }

  private static String voice(SpeakerIdentification speaker) {
    return speaker.candidates().stream()
        .findFirst()
        .map(
            best ->
                String.format(
                    Locale.ROOT,
                    "%s%s, log-likelihood ratio %.2f",
                    speaker.acceptedSpeakerId().isPresent() ? "" : "not accepted as ",
                    best.speakerId(),
                    best.logLikelihoodRatio()))
        .orElse("nobody enrolled");
  }

  private static boolean line(PrintWriter out, String name, String value, boolean right) {
    out.printf("%s %7s: %s%n", right ? "  " : "!!", name, value);
    return right;
  }

  private static Recording recording(String file) throws IOException {
    try (InputStream in = DemoCommand.class.getResourceAsStream("/demo/" + file)) {
      if (in == null) {
        throw new FileNotFoundException("/demo/" + file + " is not in the jar");
      }
      return Recording.flac(in.readAllBytes());
    }
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
