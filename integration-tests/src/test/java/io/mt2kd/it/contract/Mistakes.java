package io.mt2kd.it.contract;

import static io.grpc.Status.Code.INVALID_ARGUMENT;
import static io.grpc.Status.Code.NOT_FOUND;
import static io.mt2kd.it.harness.Inference.asking;
import static io.mt2kd.it.harness.Inference.input;

import com.google.protobuf.ByteString;
import inference.InferParameter;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import io.mt2kd.it.harness.Inference;
import io.mt2kd.it.harness.Waveforms;
import java.util.List;
import java.util.stream.Stream;

/** Every mistake of Triton's error table that one unary call can make. */
final class Mistakes {
  static final short[] UTTERANCE = Waveforms.voiceLike(4_000, 1);

  private static final int SAMPLES = UTTERANCE.length;
  private static final int BYTES = 2 * SAMPLES;

  private Mistakes() {}

  static ModelInferRequest.Builder good() {
    return Inference.request(UTTERANCE);
  }

  static Stream<Mistake> all() {
    return Stream.of(addressing(), inputs(), shapes(), data(), outputs(), parameters())
        .flatMap(List::stream);
  }

  private static List<Mistake> addressing() {
    return List.of(
        new Mistake("unknown model", good().setModelName("nope"), NOT_FOUND, "nope"),
        new Mistake("empty model name", good().setModelName(""), NOT_FOUND, "''"),
        new Mistake("path as a model name", good().setModelName("../mt2kd"), NOT_FOUND, "../mt2kd"),
        new Mistake("unknown version", good().setModelVersion("9"), NOT_FOUND, "mt2kd", "9"),
        new Mistake("version not a number", good().setModelVersion("x"), INVALID_ARGUMENT, "x"),
        new Mistake("negative version", good().setModelVersion("-1"), INVALID_ARGUMENT, "-1"));
  }

  private static List<Mistake> inputs() {
    return List.of(
        new Mistake(
            "wrong input name",
            with(0, input("sound", "INT16", 1, SAMPLES)),
            INVALID_ARGUMENT,
            "sound",
            "mt2kd"),
        new Mistake(
            "wrong datatype",
            with(0, input("audio", "FP32", 1, SAMPLES)),
            INVALID_ARGUMENT,
            "audio",
            "FP32",
            "INT16"),
        new Mistake(
            "unknown datatype",
            with(0, input("audio", "FLOAT", 1, SAMPLES)),
            INVALID_ARGUMENT,
            "audio"),
        new Mistake(
            "no input", good().clearInputs().clearRawInputContents(), INVALID_ARGUMENT, "mt2kd"),
        new Mistake(
            "missing input",
            good().removeInputs(1).clearRawInputContents().addRawInputContents(bytes(BYTES)),
            INVALID_ARGUMENT,
            "audio_lengths"),
        new Mistake(
            "extra input",
            good().addInputs(input("more", "FP32", 1, 1)).addRawInputContents(bytes(4)),
            INVALID_ARGUMENT,
            "more"));
  }

  private static List<Mistake> shapes() {
    return List.of(
        new Mistake(
            "rank too high",
            with(0, input("audio", "INT16", 1, 1, SAMPLES)),
            INVALID_ARGUMENT,
            "audio"),
        new Mistake(
            "rank too low",
            with(0, input("audio", "INT16", 1)).setRawInputContents(0, bytes(2)),
            INVALID_ARGUMENT,
            "audio"),
        new Mistake(
            "fixed dim violated",
            with(1, input("audio_lengths", "INT32", 1, 2)).setRawInputContents(1, bytes(8)),
            INVALID_ARGUMENT,
            "audio_lengths"),
        new Mistake(
            "negative dim", with(0, input("audio", "INT16", 1, -1)), INVALID_ARGUMENT, "audio"),
        new Mistake(
            "batch sizes differ",
            with(1, input("audio_lengths", "INT32", 2, 1)).setRawInputContents(1, bytes(8)),
            INVALID_ARGUMENT,
            "mt2kd"),
        new Mistake("batch too big", Inference.request(rows(9)), INVALID_ARGUMENT, "<= 8"));
  }

  private static List<Mistake> data() {
    return List.of(
        new Mistake(
            "too few raw bytes",
            good().setRawInputContents(0, bytes(BYTES - 2)),
            INVALID_ARGUMENT,
            "audio",
            "Expected " + BYTES,
            "got " + (BYTES - 2)),
        new Mistake(
            "too many raw bytes",
            good().setRawInputContents(0, bytes(BYTES + 2)),
            INVALID_ARGUMENT,
            "Expected " + BYTES),
        new Mistake("no data", good().clearRawInputContents(), INVALID_ARGUMENT, "audio"),
        new Mistake(
            "data for the first input only",
            good().clearRawInputContents().addRawInputContents(bytes(BYTES)),
            INVALID_ARGUMENT,
            "audio_lengths"),
        new Mistake(
            "raw and typed data together",
            with(
                1,
                input("audio_lengths", "INT32", 1, 1)
                    .setContents(InferTensorContents.newBuilder().addIntContents(SAMPLES))),
            INVALID_ARGUMENT,
            "audio_lengths"),
        new Mistake(
            "typed data of another type",
            typed(InferTensorContents.newBuilder().addFp32Contents(SAMPLES)),
            INVALID_ARGUMENT,
            "audio_lengths"));
  }

  private static List<Mistake> outputs() {
    return List.of(
        new Mistake(
            "unknown output",
            asking(good(), List.of("tokens", "nope")),
            INVALID_ARGUMENT,
            "nope",
            "mt2kd"),
        new Mistake(
            "intermediate tensor as output",
            asking(good(), List.of("encoder_out")),
            INVALID_ARGUMENT,
            "encoder_out"));
  }

  private static List<Mistake> parameters() {
    InferParameter.Builder number = InferParameter.newBuilder().setInt64Param(1);
    InferParameter.Builder text = InferParameter.newBuilder().setStringParam("high");
    return List.of(
        new Mistake(
            "reserved parameter",
            with("triton_secret", number),
            INVALID_ARGUMENT,
            "triton_",
            "triton_enable_empty_final_response"),
        new Mistake("priority that is text", with("priority", text), INVALID_ARGUMENT, "priority"),
        new Mistake("timeout that is text", with("timeout", text), INVALID_ARGUMENT, "timeout"),
        new Mistake(
            "sequence start that is a number",
            with("sequence_start", number),
            INVALID_ARGUMENT,
            "sequence_start"));
  }

  static ModelInferRequest.Builder typed(InferTensorContents.Builder lengths) {
    InferTensorContents.Builder audio = InferTensorContents.newBuilder();
    for (short sample : UTTERANCE) {
      audio.addIntContents(sample);
    }
    return good()
        .clearRawInputContents()
        .setInputs(0, input("audio", "INT16", 1, SAMPLES).setContents(audio))
        .setInputs(1, input("audio_lengths", "INT32", 1, 1).setContents(lengths));
  }

  static ModelInferRequest.Builder with(String parameter, InferParameter.Builder value) {
    return good().putParameters(parameter, value.build());
  }

  private static ModelInferRequest.Builder with(
      int index, ModelInferRequest.InferInputTensor.Builder input) {
    return good().setInputs(index, input);
  }

  static short[][] rows(int count) {
    short[][] rows = new short[count][];
    for (int i = 0; i < count; i++) {
      rows[i] = UTTERANCE;
    }
    return rows;
  }

  private static ByteString bytes(int size) {
    return ByteString.copyFrom(new byte[size]);
  }
}
