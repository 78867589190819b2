package io.mt2kd.gateway.triton.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.triton.fixture.Tensors;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InferRequestsTest {
  private static final Map<Head, List<String>> OUTPUTS =
      Map.of(
          Head.ASR, List.of("tokens", "token_scores"),
          Head.AT, List.of("tag_logits"),
          Head.SV, List.of("voiceprint"));

  @Test
  void writesPaddedSamplesInLittleEndian() {
    ModelInferRequest request =
        InferRequests.of(
            "mt2kd",
            Tensors.batch(Set.of(Head.AT), new short[] {1, -2, 0x1234}, new short[] {-32768}));

    assertThat(request.getModelName()).isEqualTo("mt2kd");
    assertThat(request.getModelVersion()).isEmpty();
    assertThat(request.getId()).isEqualTo("r1");
    assertThat(request.getInputsList())
        .containsExactly(
            InferInputTensor.newBuilder()
                .setName("audio")
                .setDatatype("INT16")
                .addShape(2)
                .addShape(4)
                .build(),
            InferInputTensor.newBuilder()
                .setName("audio_lengths")
                .setDatatype("INT32")
                .addShape(2)
                .addShape(1)
                .build());
    assertThat(request.getRawInputContentsList()).hasSize(2);
    assertThat(request.getRawInputContents(0).toByteArray())
        .containsExactly(
            1, 0, 0xfe, 0xff, 0x34, 0x12, 0, 0, // three samples and one of padding
            0, 0x80, 0, 0, 0, 0, 0, 0); // one sample and three of padding
    assertThat(request.getRawInputContents(1).toByteArray())
        .containsExactly(3, 0, 0, 0, 1, 0, 0, 0);
  }

  @Test
  void fillsTheWholeBucketWhereTheWaveformDoes() {
    ModelInferRequest request =
        InferRequests.of("mt2kd", Tensors.batch(Set.of(Head.AT), new short[] {1, 2, 3, 4}));

    assertThat(request.getRawInputContents(0).toByteArray())
        .containsExactly(1, 0, 2, 0, 3, 0, 4, 0);
  }

  @Test
  void padsByAnyLengthInEveryRow() {
    int padded = 40_000;
    short[] one = {1};
    short[] other = new short[39_999];
    Arrays.fill(other, (short) 2);
    UtteranceBatch batch =
        new UtteranceBatch(
            "r1", List.of(Waveform.of(one), Waveform.of(other)), padded, Set.of(Head.AT));

    ShortBuffer samples =
        InferRequests.of("mt2kd", batch)
            .getRawInputContents(0)
            .asReadOnlyByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asShortBuffer();

    assertThat(samples.slice(0, padded)).isEqualTo(ShortBuffer.wrap(Arrays.copyOf(one, padded)));
    assertThat(samples.slice(padded, padded))
        .isEqualTo(ShortBuffer.wrap(Arrays.copyOf(other, padded)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void asksForTheOutputsOfTheHeadsAndNoOther(int bits) {
    Set<Head> heads = EnumSet.noneOf(Head.class);
    Set<String> expected = new HashSet<>();
    for (Head head : Head.values()) {
      if ((bits >> head.ordinal() & 1) == 1) {
        heads.add(head);
        expected.addAll(OUTPUTS.getOrDefault(head, List.of()));
      }
    }

    assertThat(InferRequests.of("mt2kd", Tensors.batch(heads, new short[] {1})).getOutputsList())
        .extracting(InferRequestedOutputTensor::getName)
        .containsExactlyInAnyOrderElementsOf(expected);
  }
}
