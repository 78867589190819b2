package io.mt2kd.gateway.triton.internal.protocol;

import static io.mt2kd.gateway.triton.fixture.Tensors.floats;
import static io.mt2kd.gateway.triton.fixture.Tensors.ints;
import static io.mt2kd.gateway.triton.fixture.Tensors.response;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import inference.ModelInferResponse;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import io.mt2kd.gateway.core.speaker.Voiceprint;
import io.mt2kd.gateway.triton.fixture.Manifests;
import io.mt2kd.gateway.triton.fixture.Tensors;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InferResponsesTest {
  private static final UtteranceBatch TWO =
      Tensors.batch(EnumSet.allOf(Head.class), new short[] {1}, new short[] {2});
  private static final Tensors.Output TOKENS = ints("tokens", 2, 0, 1, 0, 2, 0, 0);
  private static final Tensors.Output SCORES = floats("token_scores", 2, 0, -0.5f, 0, -0.25f, 0, 0);
  private static final Tensors.Output LOGITS = floats("tag_logits", 2, 1, 2, 3, 4);
  private static final Tensors.Output VOICES = floats("voiceprint", 2, 1, 0, 0, 1);

  @Test
  void matchesOutputsByNameAndGivesEachRowToItsUtterance() {
    List<UtteranceOutput> outputs = read(response(VOICES, SCORES, LOGITS, TOKENS), TWO);

    assertThat(outputs).hasSize(2);
    assertThat(Objects.requireNonNull(outputs.get(0).asr()).tokens()).containsExactly(0, 1, 0);
    assertThat(Objects.requireNonNull(outputs.get(1).asr()).tokens()).containsExactly(2, 0, 0);
    assertThat(Objects.requireNonNull(outputs.get(1).asr()).logProbabilities())
        .containsExactly(-0.25f, 0, 0);
    assertThat(outputs.get(0).tagLogits()).containsExactly(1, 2);
    assertThat(outputs.get(1).tagLogits()).containsExactly(3, 4);
    assertThat(outputs.get(0).voiceprint()).isEqualTo(Voiceprint.of(new float[] {1, 0}));
    assertThat(outputs.get(1).voiceprint()).isEqualTo(Voiceprint.of(new float[] {0, 1}));
  }

  @Test
  void allowsTwiceWhatAllHeadsGiveAndAnEnvelope() {
    // 25 frames of two numbers, two labels and a voiceprint in the plane.
    UtteranceBatch second =
        new UtteranceBatch(
            "r1",
            List.of(Waveform.of(new short[1]), Waveform.of(new short[1])),
            16_000,
            EnumSet.allOf(Head.class));

    assertThat(InferResponses.mostBytes(second, Manifests.MANIFEST))
        .isEqualTo(2 * 2 * 4 * (2 * 25 + 2 + 2) + 65_536);
  }

  @Test
  void leavesOutHeadsThatWereNotAskedEvenWhereTheServerGivesThem() {
    UtteranceBatch batch = Tensors.batch(Set.of(Head.AT), new short[] {1}, new short[] {2});

    assertThat(read(response(TOKENS, SCORES, LOGITS, VOICES), batch))
        .allSatisfy(
            output -> {
              assertThat(output.asr()).isNull();
              assertThat(output.tagLogits()).hasSize(2);
              assertThat(output.voiceprint()).isNull();
            });
  }

  @Test
  void scalesAVoiceprintThatIsNotOfUnitLength() {
    assertThat(read(response(TOKENS, SCORES, LOGITS, floats("voiceprint", 2, 3, 4, 0, 9)), TWO))
        .extracting(UtteranceOutput::voiceprint)
        .containsExactly(
            Voiceprint.of(new float[] {0.6f, 0.8f}), Voiceprint.of(new float[] {0, 1}));
  }

  @Test
  void readsAnUtteranceWithoutFrames() {
    UtteranceBatch one = Tensors.batch(Set.of(Head.ASR), new short[] {1});

    assertThat(
            Objects.requireNonNull(
                    read(response(ints("tokens", 1), floats("token_scores", 1)), one).get(0).asr())
                .tokens())
        .isEmpty();
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        arguments("no output voiceprint", response(TOKENS, SCORES, LOGITS)),
        arguments("no output voiceprint", response(TOKENS, SCORES, LOGITS, VOICES.named("voice"))),
        arguments("no output tokens", ModelInferResponse.getDefaultInstance()),
        arguments("tokens is INT64", response(TOKENS.ofType("INT64"), SCORES, LOGITS, VOICES)),
        arguments("voiceprint is FP64", response(TOKENS, SCORES, LOGITS, VOICES.ofType("FP64"))),
        arguments("[6, 1]", response(TOKENS.shaped(6, 1), SCORES, LOGITS, VOICES)),
        arguments("[6]", response(TOKENS.shaped(6), SCORES, LOGITS, VOICES)),
        arguments("[2, 3, 1]", response(TOKENS.shaped(2, 3, 1), SCORES, LOGITS, VOICES)),
        arguments("[2, 4] of 24 bytes", response(TOKENS.shaped(2, 4), SCORES, LOGITS, VOICES)),
        arguments("[2, -3]", response(TOKENS.shaped(2, -3), SCORES, LOGITS, VOICES)),
        arguments(
            "token_scores is FP32 [2, 2]",
            response(TOKENS, floats("token_scores", 2, 0, 0, 0, 0), LOGITS, VOICES)),
        arguments(
            "tag_logits is FP32 [2, 3]",
            response(TOKENS, SCORES, floats("tag_logits", 2, 1, 2, 3, 4, 5, 6), VOICES)),
        arguments(
            "voiceprint is FP32 [2, 1]",
            response(TOKENS, SCORES, LOGITS, floats("voiceprint", 2, 1, 1))),
        arguments(
            "tag_logits holds NaN",
            response(TOKENS, SCORES, floats("tag_logits", 2, 1, 2, Float.NaN, 4), VOICES)),
        arguments(
            "token_scores holds -Infinity",
            response(
                TOKENS,
                floats("token_scores", 2, 0, Float.NEGATIVE_INFINITY, 0, 0, 0, 0),
                LOGITS,
                VOICES)),
        arguments(
            "voiceprint of length 0.0",
            response(TOKENS, SCORES, LOGITS, floats("voiceprint", 2, 1, 0, 0, 0))),
        arguments(
            "4 outputs with 3 contents",
            response(TOKENS, SCORES, LOGITS).toBuilder().addOutputs(VOICES.tensor()).build()));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesAReplyThatDoesNotFit(String problem, ModelInferResponse response) {
    assertThatThrownBy(() -> read(response, TWO))
        .isInstanceOf(InternalException.class)
        .hasMessage("the model server's reply does not fit its model")
        .cause()
        .hasMessageContaining(problem);
  }

  private static List<UtteranceOutput> read(ModelInferResponse response, UtteranceBatch batch) {
    return InferResponses.read(response, batch, Manifests.MANIFEST);
  }
}
