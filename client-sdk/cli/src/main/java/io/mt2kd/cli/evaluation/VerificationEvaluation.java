package io.mt2kd.cli.evaluation;

import io.mt2kd.cli.evaluation.Manifest.Trial;
import io.mt2kd.cli.metrics.Bootstrap;
import io.mt2kd.cli.metrics.VerificationErrors;
import io.mt2kd.client.EnrollRequest;
import io.mt2kd.client.Enrollment;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.NotFoundException;
import io.mt2kd.client.Recording;
import io.mt2kd.client.Verification;
import io.mt2kd.client.VerifyRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Verification trials through the public API: every distinct enrollment side becomes a temporary
 * speaker, every distinct pair of speaker and probe side is verified once, the score is the
 * log-likelihood ratio. The speakers are deleted at the end, also when a call failed, or the thread
 * was interrupted or the process told to stop; those of a process that was killed stay.
 */
public final class VerificationEvaluation {
  /** Prior of a target in the detection cost. */
  public static final double PRIOR = 0.01;

  private final Mt2kdClient client;
  private final Runner runner;
  private final Bootstrap bootstrap;
  private final String speakerPrefix;

  /**
   * Asks this client, in its tenant.
   *
   * @param speakerPrefix begins the ids of the temporary speakers; no other speaker may have it
   */
  public VerificationEvaluation(
      Mt2kdClient client, Runner runner, Bootstrap bootstrap, String speakerPrefix) {
    this.client = client;
    this.runner = runner;
    this.bootstrap = bootstrap;
    this.speakerPrefix = speakerPrefix;
  }

  private record Side(String speaker, List<Path> recordings) {}

  private record Asked(int enrollments, Map<Side, Verification> verified) {}

  /** Equal error rate and minimum detection cost, with intervals over trials. */
  public Figures.Verification trials(List<Trial> trials) {
    Map<List<Path>, Side> sides = new LinkedHashMap<>();
    for (Trial trial : trials) {
      sides.computeIfAbsent(
          trial.enrollment(), recordings -> new Side(speakerPrefix + sides.size(), recordings));
    }
    List<Side> all = List.copyOf(sides.values());
    Asked asked =
        CleanUp.after(
            () -> ask(trials, sides, all),
            () -> runner.run("clean-up", all, Side::speaker, side -> delete(side.speaker())));
    return score(trials, asked.verified(), sides, asked.enrollments());
  }

  private Asked ask(List<Trial> trials, Map<List<Path>, Side> sides, List<Side> all) {
    List<Runner.Answer<Side, Enrollment>> enrolled =
        runner.run(
            "enrollment",
            all,
            side -> "enrollment " + side.recordings().get(0).getFileName(),
            side ->
                client.async().enroll(EnrollRequest.of(side.speaker(), read(side.recordings()))));
    return new Asked(enrolled.size(), verify(trials, sides, enrolled));
  }

  private Map<Side, Verification> verify(
      List<Trial> trials,
      Map<List<Path>, Side> sides,
      List<Runner.Answer<Side, Enrollment>> enrolled) {
    Set<String> speakers =
        enrolled.stream().map(answer -> answer.input().speaker()).collect(Collectors.toSet());
    List<Side> pairs =
        trials.stream()
            .map(trial -> pair(trial, sides))
            .distinct()
            .filter(pair -> speakers.contains(pair.speaker()))
            .toList();
    return runner
        .run(
            "verification",
            pairs,
            pair ->
                "probe " + pair.recordings().get(0).getFileName() + " against " + pair.speaker(),
            pair ->
                client.async().verify(VerifyRequest.of(pair.speaker(), read(pair.recordings()))))
        .stream()
        .collect(Collectors.toMap(Runner.Answer::input, Runner.Answer::result));
  }

  private static Side pair(Trial trial, Map<List<Path>, Side> sides) {
    Side enrollment = sides.get(trial.enrollment());
    if (enrollment == null) {
      throw new IllegalStateException(trial.id());
    }
    return new Side(enrollment.speaker(), trial.probe());
  }

  private Figures.Verification score(
      List<Trial> trials,
      Map<Side, Verification> verified,
      Map<List<Path>, Side> sides,
      int enrollments) {
    List<Trial> scored = new ArrayList<>();
    List<Double> scores = new ArrayList<>();
    for (Trial trial : trials) {
      Verification verification = verified.get(pair(trial, sides));
      if (verification != null) {
        scored.add(trial);
        scores.add(verification.logLikelihoodRatio());
      }
    }
    boolean[] targets = new boolean[scored.size()];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = scored.get(i).target();
    }
    VerificationErrors errors =
        new VerificationErrors(scores.stream().mapToDouble(Double::doubleValue).toArray(), targets);
    return new Figures.Verification(
        trials.size(),
        (int) trials.stream().filter(Trial::target).count(),
        trials.size() - scored.size(),
        enrollments,
        bootstrap.estimate(errors.size(), errors::equalErrorRate),
        bootstrap.estimate(errors.size(), weights -> errors.minimumDetectionCost(PRIOR, weights)));
  }

  private CompletableFuture<Integer> delete(String speaker) {
    // Whose enrollment failed may be there or not.
    return client
        .async()
        .deleteSpeaker(speaker)
        .exceptionally(
            failure -> {
              if (failure instanceof NotFoundException) {
                return 0;
              }
              throw failure instanceof RuntimeException known
                  ? known
                  : new IllegalStateException(failure);
            });
  }

  private static Recording[] read(List<Path> paths) throws IOException {
    List<Recording> recordings = new ArrayList<>();
    for (Path path : paths) {
      recordings.add(Recording.file(path));
    }
    return recordings.toArray(Recording[]::new);
  }
}
