package io.mt2kd.cli.evaluation;

import io.mt2kd.cli.evaluation.Manifest.Clip;
import io.mt2kd.cli.evaluation.Manifest.Utterance;
import io.mt2kd.cli.metrics.Bootstrap;
import io.mt2kd.cli.metrics.TaggingQuality;
import io.mt2kd.cli.metrics.TextNormalizer;
import io.mt2kd.cli.metrics.WordErrorRate;
import io.mt2kd.cli.metrics.WordErrors;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import io.mt2kd.client.Tag;
import io.mt2kd.client.TagOptions;
import io.mt2kd.client.TagRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Transcripts and tags of a manifest, asked for through the public API and scored. */
public final class Evaluation {
  private final Mt2kdClient client;
  private final Runner runner;
  private final Bootstrap bootstrap;

  /** Asks this client. */
  public Evaluation(Mt2kdClient client, Runner runner, Bootstrap bootstrap) {
    this.client = client;
    this.runner = runner;
    this.bootstrap = bootstrap;
  }

  /** Word error rate, with an interval over speakers. */
  public Figures.Recognition recognition(List<Utterance> utterances) {
    List<Runner.Answer<Utterance, String>> transcripts =
        runner.run(
            "recognition",
            utterances,
            Utterance::id,
            utterance ->
                client
                    .async()
                    .recognize(RecognizeRequest.of(Recording.file(utterance.audio())))
                    .thenApply(recognition -> recognition.transcript().text()));
    List<WordErrors> errors = new ArrayList<>();
    List<String> speakers = new ArrayList<>();
    transcripts.forEach(
        answer -> {
          errors.add(
              WordErrors.between(
                  TextNormalizer.words(answer.input().text()),
                  TextNormalizer.words(answer.result())));
          speakers.add(answer.input().speaker());
        });
    WordErrorRate rate = new WordErrorRate(errors, speakers);
    return new Figures.Recognition(
        utterances.size(),
        utterances.size() - transcripts.size(),
        rate.units(),
        rate.total(),
        bootstrap.estimate(rate.units(), rate::rate));
  }

  /**
   * Mean average precision and top-1 accuracy over the labels that the clips have, with intervals
   * over clips.
   */
  public Figures.Tagging tagging(List<Clip> clips) {
    Set<String> known = new LinkedHashSet<>(client.getModel().labels());
    Set<String> labels =
        clips.stream()
            .flatMap(clip -> clip.labels().stream())
            .collect(Collectors.toCollection(TreeSet::new));
    // Every label of the model: a clip's own may be its least probable.
    TagOptions all = new TagOptions(known.size(), 0);
    List<Runner.Answer<Clip, Map<String, Double>>> answers =
        runner.run(
            "tagging",
            clips,
            Clip::id,
            clip ->
                client
                    .async()
                    .tag(TagRequest.of(Recording.file(clip.audio())).withOptions(all))
                    .thenApply(
                        tagging ->
                            tagging.tags().stream()
                                .collect(Collectors.toMap(Tag::label, Tag::probability))));
    TaggingQuality quality =
        new TaggingQuality(
            List.copyOf(labels),
            answers.stream().map(answer -> answer.input().labels()).toList(),
            answers.stream().map(Runner.Answer::result).toList());
    return new Figures.Tagging(
        clips.size(),
        clips.size() - answers.size(),
        labels.size(),
        labels.stream().filter(label -> !known.contains(label)).toList(),
        bootstrap.estimate(answers.size(), quality::meanAveragePrecision),
        bootstrap.estimate(answers.size(), quality::topOneAccuracy));
  }
}
