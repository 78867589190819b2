package io.mt2kd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpeakerCommandsTest {
  private final FakeGateway gateway = new FakeGateway();

  @TempDir private Path folder = Path.of("");

  @AfterEach
  void stop() throws InterruptedException {
    gateway.close();
  }

  private String voice(double number) throws IOException {
    return Files.writeString(folder.resolve(number + ".wav"), "voice=" + number).toString();
  }

  private CommandRun run(String... arguments) {
    return CommandRun.of(gateway, arguments);
  }

  @Test
  void enrollSendsAllRecordingsAtOnce() throws Exception {
    CommandRun run = run("enroll", "alice", voice(1), voice(1.5), "--display-name", "Alice A.");
    assertThat(run.exitCode()).isZero();
    assertThat(run.lines())
        .containsExactly(
            "alice (Alice A.): enrolled, 2 reference(s), 2.00 s of speech, cohesion 1.00");
    assertThat(gateway.speakers).containsEntry("default/speakers/alice", List.of(1.0, 1.5));
    assertThat(run("enroll", "bob", voice(3), "-o", "json").json().get(0).path("state").asText())
        .isEqualTo("enrolled");
  }

  @Test
  void verifyEndsWithTheDecision() throws Exception {
    gateway.speakers.put("default/speakers/alice", List.of(1.0));
    CommandRun accepted = run("verify", "alice", voice(1));
    assertThat(accepted.lines())
        .containsExactly("alice: accept (log-likelihood ratio 5.00, threshold 3.00)");
    assertThat(accepted.exitCode()).isZero();
    CommandRun uncertain = run("verify", "alice", voice(1.25));
    assertThat(uncertain.out()).contains("uncertain");
    assertThat(uncertain.exitCode()).isEqualTo(3);
    CommandRun rejected = run("verify", "speakers/alice", voice(9), "--output", "json");
    assertThat(rejected.json().get(0).path("decision").asText()).isEqualTo("reject");
    assertThat(rejected.exitCode()).isEqualTo(3);
  }

  @Test
  void anUnknownSpeakerIsAFailureNotADecision() throws Exception {
    CommandRun run = run("verify", "nobody", voice(1));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errors()).containsExactly("mt2kd: NOT_FOUND: no speaker speakers/nobody");
  }

  @Test
  void identifyNamesTheBest() throws Exception {
    gateway.speakers.put("default/speakers/alice", List.of(1.0));
    gateway.speakers.put("default/speakers/bob", List.of(2.0));
    assertThat(run("identify", voice(2)).lines())
        .containsExactly("bob  log-likelihood ratios: bob 5.00, alice -5.00");
    assertThat(run("identify", voice(7), "-o", "json").json().get(0).path("speaker").isNull())
        .isTrue();
    assertThat(run("identify", voice(2), "--tenant", "other").lines())
        .containsExactly("(nobody is enrolled)");
  }

  @Test
  void listsEveryPage() {
    gateway.speakers.put("default/speakers/a", List.of(1.0));
    gateway.speakers.put("default/speakers/b", List.of(1.0, 1.0));
    gateway.speakers.put("default/speakers/c", List.of(1.0));
    assertThat(run("speakers", "list").lines())
        .extracting(line -> line.substring(0, 1))
        .containsExactly("a", "b", "c");
  }

  @Test
  void showsAndDeletesOne() throws Exception {
    gateway.speakers.put("default/speakers/b", List.of(1.0, 1.0));
    assertThat(run("speakers", "show", "b").lines())
        .containsExactly("b: enrolled, 2 reference(s), 2.00 s of speech");
    assertThat(
            run("speakers", "delete", "b", "-o", "json")
                .json()
                .get(0)
                .path("erased_references")
                .asInt())
        .isEqualTo(2);
    assertThat(run("speakers", "delete", "b").exitCode()).isEqualTo(1);
  }

  @Test
  void aRecordingThatCannotBeReadIsNamedAndNothingIsSent() throws Exception {
    CommandRun run = run("enroll", "alice", voice(1), folder.resolve("none.wav").toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errors())
        .containsExactly("mt2kd: " + folder.resolve("none.wav") + ": no such file");
    assertThat(gateway.recordings).isEmpty();
  }
}
