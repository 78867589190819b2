package io.mt2kd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.AudioEncoding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesCommandsTest {
  private final FakeGateway gateway = new FakeGateway();

  @TempDir private Path folder = Path.of("");

  @AfterEach
  void stop() throws InterruptedException {
    gateway.close();
  }

  private String file(String name, String heard) throws IOException {
    return Files.writeString(folder.resolve(name), heard).toString();
  }

  @Test
  void analyzeSaysWhatWasSaidHeardAndWhoSpoke() throws Exception {
    gateway.speakers.put("default/speakers/alice", List.of(1.0));
    String clip = file("clip.wav", "text=yes no;dog=0.75;voice=1.0");
    CommandRun run = CommandRun.of(gateway, "analyze", clip, "--max-tags", "2");
    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.lines())
        .startsWith(
            clip,
            "  said     yes no",
            "  heard    dog 0.75, (cat 0.00)",
            "  speaker  alice  log-likelihood ratios: alice 5.00")
        .last()
        .asString()
        .contains("1.00 s of audio in a bucket of 2.00 s");
  }

  @Test
  void analyzeAsksOnlyTheTasksThatAreNamed() throws Exception {
    String clip = file("clip.wav", "text=yes;dog=0.75");
    CommandRun run =
        CommandRun.of(gateway, "-o", "json", "analyze", "--task", "recognition,tagging", clip);
    JsonNode json = run.json().get(0);
    assertThat(json.path("text").asText()).isEqualTo("yes");
    assertThat(json.at("/tags/0/label").asText()).isEqualTo("dog");
    assertThat(json.at("/tags/0/detected").asBoolean()).isTrue();
    assertThat(json.at("/tags/1/detected").asBoolean(true)).isFalse();
    assertThat(json.has("speaker")).isFalse();
    assertThat(json.at("/words/0/end").asDouble()).isEqualTo(0.5);
    assertThat(json.at("/receipt/request_id").asText()).isNotEmpty();
    assertThat(json.at("/receipt/gateway_time").asDouble()).isEqualTo(0.0005);
    assertThat(json.at("/receipt/omitted_tasks/0").asText()).isEqualTo("audio_tagging");
  }

  @Test
  void recognizePrintsTheWordsAlone() throws Exception {
    assertThat(CommandRun.of(gateway, "recognize", file("a.wav", "text=yes no")).lines())
        .containsExactly("yes no");
  }

  @Test
  void tagPrintsLabelsWithProbabilities() throws Exception {
    assertThat(CommandRun.of(gateway, "tag", "--max-tags=1", file("a.wav", "cat=0.5")).lines())
        .containsExactly("cat 0.50");
  }

  @Test
  void tagLeavesOutWhatIsNotDetectedWhereAsked() throws Exception {
    String clip = file("a.wav", "cat=0.5;dog=0.4");
    assertThat(CommandRun.of(gateway, "tag", clip).lines())
        .containsExactly("cat 0.50, (dog 0.40), (speech 0.00)");
    assertThat(CommandRun.of(gateway, "tag", "--detected-only", clip).lines())
        .containsExactly("cat 0.50");
  }

  @Test
  void answersInTheOrderOfTheFilesThoughTheFirstEndsLast() throws Exception {
    String first = file("first.wav", "text=one;wait");
    String second = file("second.wav", "text=two;release");
    CommandRun run = CommandRun.of(gateway, "recognize", first, second, "--concurrency", "2");
    assertThat(run.lines()).containsExactly(first + ": one", second + ": two");
  }

  @Test
  void oneFailingFileDoesNotStopTheOthers() throws Exception {
    String good = file("good.wav", "text=one");
    String bad = file("bad.wav", "fail");
    String none = folder.resolve("none.wav").toString();
    String last = file("last.wav", "text=two");
    CommandRun run = CommandRun.of(gateway, "recognize", good, bad, none, last);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.lines()).containsExactly(good + ": one", last + ": two");
    assertThat(run.errors())
        .containsExactly(
            "mt2kd: " + bad + ": INVALID_ARGUMENT: audio.content: 4 bytes (expected: a container)",
            "mt2kd: " + none + ": no such file");
  }

  @Test
  void jsonHasOneLineForEveryFileTheFailedOnesToo() throws Exception {
    String bad = file("bad.wav", "fail");
    String none = folder.resolve("none.wav").toString();
    String good = file("good.wav", "text=one");
    CommandRun run = CommandRun.of(gateway, "recognize", bad, none, good, "--output=json");
    assertThat(run.exitCode()).isEqualTo(1);
    List<JsonNode> json = run.json();
    assertThat(json)
        .extracting(node -> node.path("file").asText())
        .containsExactly(bad, none, good);
    assertThat(json.get(0).at("/error/status").asText()).isEqualTo("INVALID_ARGUMENT");
    assertThat(json.get(0).at("/error/fields/0/field").asText()).isEqualTo("audio.content");
    assertThat(json.get(1).at("/error/status").isNull()).isTrue();
    assertThat(json.get(2).path("text").asText()).isEqualTo("one");
  }

  @Test
  void readsStandardInput() {
    CommandRun run =
        CommandRun.of(Map.of("MT2KD_TARGET", gateway.target()), "text=piped", "recognize", "-");
    assertThat(run.lines()).containsExactly("piped");
    assertThat(CommandRun.of(gateway, "recognize", "-", "-").exitCode()).isEqualTo(2);
  }

  @Test
  void tellsTheGatewayHowRawFilesAreEncoded() throws Exception {
    String raw = file("a.raw", "12345678");
    CommandRun run =
        CommandRun.of(
            gateway,
            "tag",
            raw,
            "--encoding",
            "pcm_s16le",
            "--sample-rate",
            "8000",
            "--channels=2");
    assertThat(run.exitCode()).isZero();
    Audio audio = gateway.recordings.get(0);
    assertThat(audio.getEncoding()).isEqualTo(AudioEncoding.AUDIO_ENCODING_PCM_S16LE);
    assertThat(audio.getSampleRateHertz()).isEqualTo(8000);
    assertThat(audio.getChannelCount()).isEqualTo(2);
    assertThat(
            CommandRun.of(gateway, "tag", file("odd.raw", "123"), "--encoding", "pcm_s16le")
                .errors())
        .singleElement()
        .asString()
        .endsWith("content: 3 bytes (expected: a multiple of 2, the bytes of one frame)");
  }

  @Test
  void verboseAddsReceiptsAndStackTraces() throws Exception {
    CommandRun run =
        CommandRun.of(
            gateway, "recognize", "--verbose", file("a.wav", "text=yes"), file("b.wav", "fail"));
    assertThat(run.out()).contains("receipt  1.00 s of audio");
    assertThat(run.err()).contains("\tat io.mt2kd.client");
  }
}
