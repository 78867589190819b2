package io.mt2kd.it.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.mt2kd.client.Analysis;
import io.mt2kd.client.EnrollRequest;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Recording;
import io.mt2kd.client.Tag;
import io.mt2kd.client.Task;
import io.mt2kd.client.VerifyRequest;
import io.mt2kd.it.harness.EngineServer;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.Recordings;
import io.mt2kd.it.harness.Recordings.Clip;
import io.mt2kd.it.harness.SharedTriton;
import io.mt2kd.it.harness.TritonServer;
import io.mt2kd.it.harness.Voices;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A caller cannot tell which server stands behind the gateway. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(240)
@ExtendWith(SharedTriton.class)
class BackendsAgreeIT {
  private static final double PROBABILITY = 1e-3;
  private static final double LOG_LIKELIHOOD_RATIO = 1e-2;
  private static final int CLIPS = 40;

  private EngineServer engine;
  private GatewayServer onEngine;
  private GatewayServer onTriton;
  private Mt2kdClient one;
  private Mt2kdClient other;

  @BeforeAll
  void start(TritonServer triton, @TempDir Path first, @TempDir Path second) throws Exception {
    engine = EngineServer.start();
    onEngine = GatewayServer.start(engine.channel(), "engine", first);
    onTriton = GatewayServer.start(triton.channel(), "triton", second);
    one = onEngine.client();
    other = onTriton.client();
  }

  @AfterAll
  void stop() {
    one.close();
    other.close();
    onEngine.close();
    onTriton.close();
    engine.close();
  }

  @Test
  void onTranscriptsAndTagsOfRealRecordings() throws Exception {
    Recordings recordings = Recordings.require();
    List<Clip> clips = recordings.clips();
    for (int i = 0; i < CLIPS; i++) {
      Clip clip = clips.get(i * clips.size() / CLIPS);
      Recording recording = recordings.read(clip);
      Analysis here = analyze(one, recording);
      Analysis there = analyze(other, recording);

      assertThat(there.transcript().text()).as(clip.id()).isEqualTo(here.transcript().text());
      Map<String, Double> expected =
          here.tags().stream().collect(Collectors.toMap(Tag::label, Tag::probability));
      for (Tag tag : there.tags()) {
        // The last of the five may be another one of the same probability.
        double probability = expected.getOrDefault(tag.label(), here.tags().get(4).probability());
        assertThat(tag.probability()).as(clip.id()).isCloseTo(probability, offset(PROBABILITY));
      }
    }
  }

  @Test
  void onWhoSpeaks() throws Exception {
    Voices voices = Voices.find();
    List<Double> here = new ArrayList<>();
    List<Double> there = new ArrayList<>();
    one.enroll(EnrollRequest.of("alice", voices.enrollment()));
    other.enroll(EnrollRequest.of("alice", voices.enrollment()));
    for (Recording[] probe : List.of(voices.probe(), voices.other())) {
      here.add(one.verify(VerifyRequest.of("alice", probe)).logLikelihoodRatio());
      there.add(other.verify(VerifyRequest.of("alice", probe)).logLikelihoodRatio());
    }
    for (int i = 0; i < here.size(); i++) {
      assertThat(there.get(i)).isCloseTo(here.get(i), offset(LOG_LIKELIHOOD_RATIO));
    }
  }

  private static Analysis analyze(Mt2kdClient client, Recording recording) {
    return client.analyze(recording, Task.SPEECH_RECOGNITION, Task.AUDIO_TAGGING);
  }
}
