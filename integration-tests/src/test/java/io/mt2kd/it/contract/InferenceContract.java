package io.mt2kd.it.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import inference.InferParameter;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import inference.ModelInferResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mt2kd.it.harness.Inference;
import io.mt2kd.it.harness.Waveforms;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a server answers to inference requests, right and wrong ones. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
abstract class InferenceContract {
  private static final double TOLERANCE_OF_SUBSETS = 1e-5;
  private static final double TOLERANCE_OF_BATCHES = 1e-4;

  /** To the server; the same at every call. */
  abstract ManagedChannel channel();

  final GRPCInferenceServiceBlockingStub stub() {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel())
        .withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  static List<Mistake> mistakes() {
    return Mistakes.all().toList();
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void refusesAMistakeAndServesOn(Mistake mistake) {
    Status status = refusal(() -> stub().modelInfer(mistake.request()));

    assertThat(status.getCode()).as(status.getDescription()).isEqualTo(mistake.code());
    assertThat(status.getDescription()).contains(mistake.words());
    assertThat(stub().modelInfer(Mistakes.good().build()).getOutputsCount()).isEqualTo(4);
  }

  @Test
  void refusesWhatAMemberCannotComputeInTheEnsemblesName() {
    // Passes validation: an axis of size zero is the model's own business.
    ModelInferRequest request = Inference.request(new short[0]).build();

    Status status = refusal(() -> stub().modelInfer(request));

    assertThat(status.getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(status.getDescription()).startsWith("in ensemble 'mt2kd', ");
    assertThat(stub().modelInfer(Mistakes.good().build()).getOutputsCount()).isEqualTo(4);
  }

  @Test
  void acceptsSurplusRawContents() {
    assertSameAsGood(Mistakes.good().addRawInputContents(ByteString.copyFromUtf8("surplus")));
  }

  @Test
  void acceptsTypedContents() {
    assertSameAsGood(
        Mistakes.typed(InferTensorContents.newBuilder().addIntContents(Mistakes.UTTERANCE.length)));
  }

  @Test
  void acceptsParametersOfTheCallersOwn() {
    assertSameAsGood(
        Mistakes.with("tenant", InferParameter.newBuilder().setStringParam("acme"))
            .putParameters("priority", InferParameter.newBuilder().setUint64Param(3).build())
            .putParameters("timeout", InferParameter.newBuilder().setInt64Param(1).build()));
  }

  @Test
  void echoesTheRequestId() {
    assertThat(stub().modelInfer(Mistakes.good().setId("request 7").build()).getId())
        .isEqualTo("request 7");
  }

  @Test
  void answersEverythingWhereNoOutputIsNamed() {
    ModelInferResponse response = stub().modelInfer(Mistakes.good().build());

    assertThat(Inference.outputs(response))
        .containsExactlyInAnyOrder("tokens", "token_scores", "tag_logits", "voiceprint");
    assertThat(response.getModelName()).isEqualTo("mt2kd");
    assertThat(response.getModelVersion()).isEqualTo("1");
  }

  @Test
  void runsAnySubsetOfHeadsConcurrently() throws Exception {
    double largest = new HeadSubsets(stub()).largestDifference();

    System.out.printf(
        "%s: subsets of heads, 12 threads: largest difference %.1e%n",
        getClass().getSimpleName(), largest);
    assertThat(largest).isLessThanOrEqualTo(TOLERANCE_OF_SUBSETS);
  }

  @Test
  void answersPaddedAndBatchedAsAlone() {
    short[][] utterances = new short[8][];
    for (int i = 0; i < utterances.length; i++) {
      utterances[i] = Waveforms.voiceLike(1_600 + 4_321 * i, i);
    }
    ModelInferResponse batch = stub().modelInfer(Inference.request(40_000, utterances).build());
    double largest = 0;
    for (int i = 0; i < utterances.length; i++) {
      ModelInferResponse alone = stub().modelInfer(Inference.request(utterances[i]).build());
      for (String output : Inference.outputs(alone)) {
        largest =
            Math.max(
                largest,
                Inference.tensor(batch, output)
                    .row(i)
                    .difference(Inference.tensor(alone, output).row(0)));
      }
    }

    System.out.printf(
        "%s: padded in a batch of 8: largest difference %.1e%n",
        getClass().getSimpleName(), largest);
    assertThat(largest).isLessThanOrEqualTo(TOLERANCE_OF_BATCHES);
  }

  private void assertSameAsGood(ModelInferRequest.Builder request) {
    ModelInferResponse good = stub().modelInfer(Mistakes.good().build());
    ModelInferResponse response = stub().modelInfer(request.build());
    for (String output : Inference.outputs(good)) {
      assertThat(Inference.tensor(response, output).difference(Inference.tensor(good, output)))
          .as(output)
          .isLessThanOrEqualTo(TOLERANCE_OF_SUBSETS);
    }
  }

  static Status refusal(ThrowingCallable call) {
    StatusRuntimeException refusal = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(refusal).as("a refusal").isNotNull();
    return refusal.getStatus();
  }
}
