package io.mt2kd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluateCommandTest {
  private final FakeGateway gateway = new FakeGateway();

  @TempDir private Path folder = Path.of("");

  @AfterEach
  void stop() throws InterruptedException {
    gateway.close();
  }

  private void file(String name, String heard) throws IOException {
    Files.createDirectories(folder.resolve("clips"));
    Files.writeString(folder.resolve("clips").resolve(name), heard);
  }

  private String manifest(String... lines) throws IOException {
    return Files.writeString(
            folder.resolve("manifest.jsonl"), String.join("\n", lines).replace('\'', '"'))
        .toString();
  }

  private String everything() throws IOException {
    file("1", "text=yes no stop;dog=0.9;cat=0.2;voice=1.0");
    file("2", "text=yes;dog=0.8;cat=0.1;voice=1.0");
    file("3", "text=go go;dog=0.1;cat=0.3;voice=1.3");
    file("4", "text=;voice=2.0");
    return manifest(
        "{'kind':'recognition','id':'r1','audio':'clips/1','text':'Yes, no stop.','speaker':'s1'}",
        "{'kind':'recognition','id':'r2','audio':'clips/2','text':'yes yes','speaker':'s1'}",
        "",
        "{'kind':'recognition','id':'r3','audio':'clips/3','text':'no go','speaker':'s2'}",
        "{'kind':'tagging','id':'t1','audio':'clips/1','labels':['dog']}",
        "{'kind':'tagging','id':'t2','audio':'clips/2','labels':['cat']}",
        "{'kind':'tagging','id':'t3','audio':'clips/3','labels':['dog']}",
        "{'kind':'trial','id':'v1','target':true,'enrollment':['clips/1'],'probe':['clips/2']}",
        "{'kind':'trial','id':'v2','target':true,'enrollment':['clips/1'],'probe':['clips/3']}",
        "{'kind':'trial','id':'v3','target':false,'enrollment':['clips/1'],'probe':['clips/4']}",
        "{'kind':'trial','id':'v4','target':false,'enrollment':['clips/4'],'probe':['clips/1','clips/2']}");
  }

  @Test
  void findsTheFiguresThatAHandFinds() throws Exception {
    CommandRun run = CommandRun.of(gateway, "evaluate", everything(), "-o", "json");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode json = run.json().get(0);
    // One deletion (r2) and one substitution (r3) in seven words.
    assertThat(json.at("/recognition/word_error_rate/value").asDouble()).isEqualTo(2.0 / 7);
    assertThat(json.at("/recognition/reference_words").asInt()).isEqualTo(7);
    assertThat(json.at("/recognition/deletions").asInt()).isEqualTo(1);
    assertThat(json.at("/recognition/substitutions").asInt()).isEqualTo(1);
    assertThat(json.at("/recognition/speakers").asInt()).isEqualTo(2);
    // s1 alone has 1 in 5, s2 alone 1 in 2.
    assertThat(json.at("/recognition/word_error_rate/low").asDouble()).isEqualTo(1.0 / 5);
    assertThat(json.at("/recognition/word_error_rate/high").asDouble()).isEqualTo(1.0 / 2);
    // dog: ranks 1 and 3 of 3, (1 + 2/3) / 2; cat: rank 3, 1/3. Only t1 has its label on top.
    assertThat(json.at("/tagging/mean_average_precision/value").asDouble())
        .isCloseTo((5.0 / 6 + 1.0 / 3) / 2, within(1e-12));
    assertThat(json.at("/tagging/top_one_accuracy/value").asDouble()).isEqualTo(1.0 / 3);
    assertThat(json.at("/tagging/labels").asInt()).isEqualTo(2);
    // Ratios 5, 2, -5, -5: the targets lie above.
    assertThat(json.at("/verification/equal_error_rate/value").asDouble()).isZero();
    assertThat(json.at("/verification/minimum_detection_cost/value").asDouble()).isZero();
    assertThat(json.at("/verification/trials").asInt()).isEqualTo(4);
    assertThat(json.at("/verification/targets").asInt()).isEqualTo(2);
    assertThat(json.at("/verification/enrollments").asInt()).isEqualTo(2);
  }

  @Test
  void printsAllOfItInThreeLines() throws Exception {
    CommandRun run = CommandRun.of(gateway, "evaluate", everything());
    assertThat(run.lines())
        .containsExactly(
            "recognition   WER 28.57 % (20.00 to 50.00); 3 utterances of 2 speakers, 7 words: 1 substituted, 1 deleted,"
                + " 0 inserted; 0 failed",
            run.lines().get(1),
            "verification  EER 0.00 % (0.00 to 0.00), minDCF(0.01) 0.000 (0.000 to 0.000); 4 trials, 2 of them targets,"
                + " 2 enrollments; 0 failed");
    assertThat(run.lines().get(1))
        .startsWith("tagging       mAP 58.33 % (")
        .endsWith("3 clips, 2 labels; 0 failed");
  }

  @Test
  void leavesNoSpeakerBehindAndUsesItsOwnTenant() throws Exception {
    gateway.speakers.put("evaluate/speakers/kept", List.of(1.0));
    CommandRun.of(gateway, "evaluate", everything());
    assertThat(gateway.speakers).containsOnlyKeys("evaluate/speakers/kept");
    assertThat(gateway.tenants).containsOnly("evaluate");
    gateway.tenants.clear();
    CommandRun.of(gateway, "evaluate", everything(), "--tenant", "mine");
    assertThat(gateway.tenants).containsOnly("mine");
  }

  @Test
  void countsWhatFailedAndScoresTheRest() throws Exception {
    file("1", "text=yes;voice=1.0");
    file("bad", "fail");
    CommandRun run =
        CommandRun.of(
            gateway,
            "evaluate",
            manifest(
                "{'kind':'recognition','id':'r1','audio':'clips/1','text':'yes'}",
                "{'kind':'recognition','id':'r2','audio':'clips/bad','text':'no'}",
                "{'kind':'recognition','id':'r3','audio':'clips/none','text':'no'}",
                "{'kind':'trial','id':'v1','target':true,'enrollment':['clips/1'],'probe':['clips/1']}",
                "{'kind':'trial','id':'v2','target':false,'enrollment':['clips/bad'],'probe':['clips/1']}",
                "{'kind':'trial','id':'v3','target':false,'enrollment':['clips/1'],'probe':['clips/bad']}"),
            "-o",
            "json");
    assertThat(run.exitCode()).isEqualTo(1);
    JsonNode json = run.json().get(0);
    assertThat(json.at("/recognition/failed").asInt()).isEqualTo(2);
    assertThat(json.at("/recognition/word_error_rate/value").asDouble()).isZero();
    assertThat(json.at("/verification/failed").asInt()).isEqualTo(2);
    assertThat(json.at("/verification/equal_error_rate/value").isNull()).isTrue();
    assertThat(run.errors())
        .contains(
            "mt2kd: r2: INVALID_ARGUMENT: audio.content: 4 bytes (expected: a container)",
            "mt2kd: r3: " + folder.resolve("clips/none") + ": no such file",
            "mt2kd: enrollment bad: INVALID_ARGUMENT: audio.content: 4 bytes (expected: a container)");
    assertThat(gateway.speakers).isEmpty();
  }

  @Test
  void scoresEveryLineAlsoWhereTwoAreAlike() throws Exception {
    file("1", "text=yes no;dog=0.9");
    String utterance =
        "{'kind':'recognition','id':'r','audio':'clips/1','text':'yes yes','speaker':'s'}";
    String clip = "{'kind':'tagging','id':'t','audio':'clips/1','labels':['dog']}";
    CommandRun run =
        CommandRun.of(
            gateway, "evaluate", manifest(utterance, utterance, clip, clip), "-o", "json");
    assertThat(run.exitCode()).isZero();
    JsonNode json = run.json().get(0);
    assertThat(json.at("/recognition/failed").asInt()).isZero();
    assertThat(json.at("/recognition/reference_words").asInt()).isEqualTo(4);
    assertThat(json.at("/recognition/substitutions").asInt()).isEqualTo(2);
    assertThat(json.at("/tagging/failed").asInt()).isZero();
    assertThat(json.at("/tagging/clips").asInt()).isEqualTo(2);
  }

  @Test
  void printsWhatItFoundBeforeTheModelCouldNotBeAskedFor() throws Exception {
    gateway.failsToTellItsModel = true;
    CommandRun run = CommandRun.of(gateway, "evaluate", everything());
    assertThat(run.lines()).singleElement().asString().startsWith("recognition   WER 28.57 %");
    assertThat(run.errors()).containsExactly("mt2kd: INTERNAL: no model");
    assertThat(run.exitCode()).isEqualTo(1);
  }

  @Test
  void printsNoAnswerWhereItFoundNothing() throws Exception {
    gateway.failsToTellItsModel = true;
    String clip = "{'kind':'tagging','id':'t','audio':'clips/1','labels':['dog']}";
    CommandRun run = CommandRun.of(gateway, "evaluate", manifest(clip), "-o", "json");
    assertThat(run.out()).isEmpty();
    assertThat(run.exitCode()).isEqualTo(1);
  }

  @Test
  void namesTheRecordingThatIsMissing() throws Exception {
    file("1", "voice=1.0");
    CommandRun run =
        CommandRun.of(
            gateway,
            "evaluate",
            manifest(
                "{'kind':'trial','id':'v1','target':true,'enrollment':['clips/1','clips/none'],'probe':['clips/1']}"));
    assertThat(run.errors())
        .containsExactly("mt2kd: enrollment 1: " + folder.resolve("clips/none") + ": no such file");
  }

  @Test
  void tellsTenFailuresAndHowManyMore() throws Exception {
    String[] lines = new String[13];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = "{'kind':'recognition','id':'r" + i + "','audio':'none','text':'no'}";
    }
    CommandRun run = CommandRun.of(gateway, "evaluate", manifest(lines));
    assertThat(run.errors())
        .hasSize(11)
        .endsWith("mt2kd: 3 more failures (--verbose tells them all)");
    assertThat(run.out()).contains("WER (none); 13 utterances");
  }

  @Test
  void takesTheFirstOfEachKindAndSaysSo() throws Exception {
    CommandRun run = CommandRun.of(gateway, "evaluate", everything(), "--limit", "1");
    assertThat(run.lines()).first().isEqualTo("only the first 1 of each kind");
    assertThat(run.lines()).hasSize(4);
    assertThat(run.lines().get(1)).contains("1 utterances of 1 speakers");
  }

  @Test
  void namesLabelsThatTheModelDoesNotHave() throws Exception {
    file("1", "dog=0.5");
    CommandRun run =
        CommandRun.of(
            gateway,
            "evaluate",
            manifest("{'kind':'tagging','id':'t','audio':'clips/1','labels':['owl']}"));
    assertThat(run.out()).contains("1 labels (unknown to the model: owl)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]|line 1: expected: a JSON object",
        "{'kind'|line 1: Unexpected end-of-input",
        "{'kind':'asr'}|line 1: kind: asr (expected: recognition, tagging or trial)",
        "{'kind':'recognition'}|line 1: id: missing (expected: a string)",
        "{'kind':'tagging','id':'t','audio':'a','labels':'dog'}|line 1: labels: \"dog\" (expected: a list of strings)",
        "{'kind':'trial','id':'v','target':1,'enrollment':[],'probe':[]}|line 1: target: 1 (expected: true or false)",
        "{'kind':'trial','id':'v','target':true,'enrollment':[],'probe':['a']}|line 1: enrollment: [] (expected: at least one path)",
      })
  void refusesManifestsNamingLineFieldAndExpectation(String line, String message) throws Exception {
    CommandRun run = CommandRun.of(gateway, "evaluate", manifest(line.replace('#', '\'')));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message);
    assertThat(gateway.tenants).isEmpty();
  }

  @Test
  void refusesManifestsWithoutEntriesOrThatAreNotThere() throws Exception {
    assertThat(CommandRun.of(gateway, "evaluate", manifest("")).err()).contains("no entries");
    CommandRun none = CommandRun.of(gateway, "evaluate", folder.resolve("none").toString());
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("no such file");
  }
}
