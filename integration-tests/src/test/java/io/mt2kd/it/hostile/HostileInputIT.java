package io.mt2kd.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.mt2kd.it.harness.Checkout;
import io.mt2kd.it.harness.EngineServer;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.AnalyzeResponse;
import io.mt2kd.v1.GetSpeakerRequest;
import io.mt2kd.v1.SpeakerServiceGrpc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each hostile request gets a status that names the field and what would do, and the gateway serves
 * right after.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(60)
class HostileInputIT {
  private final HostileTable table = new HostileTable();
  private EngineServer engine;
  private GatewayServer gateway;
  private ManagedChannel channel;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    engine = EngineServer.start();
    gateway = GatewayServer.start(engine.channel(), "engine", folder);
    channel = gateway.channel();
    SpeakerServiceGrpc.newBlockingStub(channel)
        .enrollSpeaker(
            HostileSpeakers.enrollment(HostileSpeakers.VICTIM)
                .addRecordings(HostileRequests.GOOD)
                .build());
  }

  @AfterAll
  void stop() throws IOException {
    channel.shutdownNow();
    gateway.close();
    engine.close();
    table.write(Checkout.target("hostile-input.md"));
  }

  static List<HostileCase> cases() {
    return Stream.of(
            HostileWav.all(), HostileAudio.all(), HostileRequests.all(), HostileSpeakers.all())
        .flatMap(List::stream)
        .toList();
  }

  @Test
  void triesAtLeastSixtyDifferentCases() {
    assertThat(cases())
        .extracting(HostileCase::name)
        .hasSizeGreaterThan(60)
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void refusesAndServesOn(HostileCase hostile) throws Exception {
    StatusRuntimeException refusal =
        catchThrowableOfType(StatusRuntimeException.class, () -> hostile.call().apply(channel));

    assertThat(refusal).as("a refusal").isNotNull();
    Status status = refusal.getStatus();
    FieldViolation violation = violation(refusal);
    String answer = String.valueOf(status.getDescription());
    table.add(hostile.name(), status.getCode().name(), violation.getField(), answer);
    assertThat(status.getCode()).as(answer).isEqualTo(hostile.code());
    assertThat(violation.getField()).as(answer).isEqualTo(hostile.field());
    assertThat(violation.getDescription()).contains(hostile.expected());
    if (hostile.code() == Status.Code.INVALID_ARGUMENT) {
      assertThat(violation.getDescription()).contains("(expected: ");
    }
    // Neither a megabyte nor a line of somebody else's log comes back.
    assertThat(answer).hasSizeLessThan(400).doesNotContain("\n", "\r");
    assertServes();
  }

  private void assertServes() {
    AnalyzeResponse response =
        AnalysisServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(30, TimeUnit.SECONDS)
            .analyze(HostileRequests.good().build());
    assertThat(response.getTags().getTagsList()).isNotEmpty();
    assertThat(
            SpeakerServiceGrpc.newBlockingStub(channel)
                .getSpeaker(
                    GetSpeakerRequest.newBuilder()
                        .setName("speakers/" + HostileSpeakers.VICTIM)
                        .build())
                .getSpeaker()
                .getReferenceCount())
        .isEqualTo(2);
  }

  private static FieldViolation violation(StatusRuntimeException refusal)
      throws InvalidProtocolBufferException {
    com.google.rpc.Status details = StatusProto.fromThrowable(refusal);
    if (details != null) {
      for (Any detail : details.getDetailsList()) {
        if (detail.is(BadRequest.class)) {
          BadRequest request = detail.unpack(BadRequest.class);
          assertThat(request.getFieldViolationsCount()).isEqualTo(1);
          return request.getFieldViolations(0);
        }
      }
    }
    return FieldViolation.getDefaultInstance();
  }
}
