package io.mt2kd.it.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.TagOptions;
import io.mt2kd.client.TagRequest;
import io.mt2kd.it.harness.EngineServer;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.Recordings;
import io.mt2kd.it.harness.Recordings.Clip;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The model hears real words of people and real sounds that it was not trained on. Bounds well
 * below what {@code mt2kd evaluate} measures, on a sample: this finds a broken path, not a worse
 * model.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
class RealSoundIT {
  private static final Set<String> WORDS =
      Set.of(
          "bed", "cat", "happy", "up", "down", "left", "right", "go", "stop", "yes", "no", "on",
          "off", "zero", "one", "five", "eight");
  private static final int CLIPS = 50;

  private EngineServer engine;
  private GatewayServer gateway;
  private Mt2kdClient client;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    engine = EngineServer.start();
    gateway = GatewayServer.start(engine.channel(), "engine", folder);
    client = gateway.client();
  }

  @AfterAll
  void stop() {
    client.close();
    gateway.close();
    engine.close();
  }

  @Test
  void hearsWords() throws IOException {
    Recordings recordings = Recordings.require();
    int right = 0;
    for (Clip clip : sample(recordings, each -> WORDS.contains(each.text()))) {
      String heard =
          client.recognize(RecognizeRequest.of(recordings.read(clip))).transcript().text();
      right += heard.equals(clip.text()) ? 1 : 0;
    }
    System.out.printf("RealSoundIT: %d of %d words recognised%n", right, CLIPS);
    assertThat(right).isGreaterThanOrEqualTo(CLIPS * 6 / 10);
  }

  @Test
  void hearsSounds() throws IOException {
    Recordings recordings = Recordings.require();
    int right = 0;
    for (Clip clip : sample(recordings, each -> each.source().equals("esc-50"))) {
      String heard =
          client
              .tag(TagRequest.of(recordings.read(clip)).withOptions(new TagOptions(1, 0)))
              .tags()
              .get(0)
              .label();
      right += List.of(clip.labels().split(" ", -1)).contains(heard) ? 1 : 0;
    }
    System.out.printf("RealSoundIT: %d of %d sounds have the right tag first%n", right, CLIPS);
    assertThat(right).isGreaterThanOrEqualTo(CLIPS * 4 / 10);
  }

  private static List<Clip> sample(Recordings recordings, Predicate<Clip> kind) {
    List<Clip> all = recordings.clips().stream().filter(kind).toList();
    return java.util.stream.IntStream.range(0, CLIPS)
        .mapToObj(i -> all.get(i * all.size() / CLIPS))
        .toList();
  }
}
