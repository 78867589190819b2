package io.mt2kd.engine;

import static io.mt2kd.engine.Tensors.tiny;
import static io.mt2kd.engine.Tensors.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import inference.ModelStatistics;
import inference.ModelStatisticsRequest;
import io.mt2kd.engine.StatisticsRecorder.Durations;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  private EngineFixture fixture;

  @BeforeEach
  void start() {
    fixture = new EngineFixture();
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void countsRowsRunsAndBatchesOfAnEnsembleAndOfItsMembers() {
    fixture.stub.modelInfer(tiny(new short[9]).build());
    fixture.stub.modelInfer(tiny(new short[9], new short[9], new short[9]).build());
    fixture.stub.modelInfer(tiny(new short[5], new short[5], new short[5]).build());

    for (String model : new String[] {"tiny", "frontend", "sv_head"}) {
      ModelStatistics statistics = statistics(model);
      assertThat(statistics.getInferenceCount()).as(model).isEqualTo(7);
      assertThat(statistics.getExecutionCount()).isEqualTo(3);
      assertThat(statistics.getLastInference()).isPositive();
      assertThat(statistics.getInferenceStats().getSuccess().getCount()).isEqualTo(3);
      assertThat(statistics.getInferenceStats().getComputeInfer().getNs()).isPositive();
      assertThat(statistics.getInferenceStats().getFail().getCount()).isZero();
      assertThat(statistics.getBatchStatsList())
          .extracting(batch -> batch.getBatchSize() + "x" + batch.getComputeInfer().getCount())
          .containsExactly("1x1", "3x2");
    }
  }

  @Test
  void theSuccessTimeOfAModelCoversItsParts() {
    fixture.stub.modelInfer(vector("copies", 1).build());

    var stats = statistics("copies").getInferenceStats();
    assertThat(stats.getSuccess().getNs())
        .isGreaterThanOrEqualTo(
            stats.getQueue().getNs()
                + stats.getComputeInput().getNs()
                + stats.getComputeInfer().getNs()
                + stats.getComputeOutput().getNs());
  }

  @Test
  void countsAFailureOfTheEnsembleAndOfTheMemberThatFailed() {
    assertThatThrownBy(() -> fixture.stub.modelInfer(vector("fails_inside", 1).build()));

    for (String model : new String[] {"fails_inside", "fails"}) {
      assertThat(statistics(model).getInferenceStats().getFail().getCount()).as(model).isOne();
      assertThat(statistics(model).getInferenceCount()).isZero();
    }
  }

  @Test
  void countsNoRequestThatWasRefused() {
    assertThatThrownBy(
        () -> fixture.stub.modelInfer(tiny(new short[3]).clearRawInputContents().build()));

    assertThat(statistics("tiny").getInferenceStats().getFail().getCount()).isZero();
    assertThat(statistics("tiny").getExecutionCount()).isZero();
  }

  @Test
  void listsEveryLoadedVersionWhenNoModelIsNamed() {
    var all = fixture.stub.modelStatistics(ModelStatisticsRequest.getDefaultInstance());

    assertThat(all.getModelStatsList())
        .extracting(statistics -> statistics.getName() + "/" + statistics.getVersion())
        .contains("tiny/1", "versioned/1", "versioned/3")
        .doesNotContain("versioned/2");
  }

  @Test
  void listsOneVersionWhenItIsNamed() {
    var one =
        fixture.stub.modelStatistics(
            ModelStatisticsRequest.newBuilder().setName("versioned").setVersion("1").build());

    assertThat(one.getModelStatsList())
        .extracting(ModelStatistics::getVersion)
        .containsExactly("1");
  }

  @Test
  void sumsDurations() {
    var clock = Clock.fixed(Instant.ofEpochMilli(1234), ZoneOffset.UTC);
    var recorder = new StatisticsRecorder(clock);
    recorder.succeeded(2, 100, new Durations(1, 2, 3, 4));
    recorder.succeeded(2, 200, new Durations(10, 20, 30, 40));
    recorder.failed(7);

    ModelStatistics statistics = recorder.snapshot("m", 5);

    assertThat(statistics.getLastInference()).isEqualTo(1234);
    assertThat(statistics.getInferenceCount()).isEqualTo(4);
    assertThat(statistics.getInferenceStats().getSuccess().getNs()).isEqualTo(300);
    assertThat(statistics.getInferenceStats().getQueue().getNs()).isEqualTo(11);
    assertThat(statistics.getInferenceStats().getFail().getNs()).isEqualTo(7);
    assertThat(statistics.getBatchStats(0).getComputeOutput().getNs()).isEqualTo(44);
    assertThat(statistics.getBatchStats(0).getComputeOutput().getCount()).isEqualTo(2);
  }

  private ModelStatistics statistics(String model) {
    return fixture
        .stub
        .modelStatistics(ModelStatisticsRequest.newBuilder().setName(model).build())
        .getModelStats(0);
  }
}
