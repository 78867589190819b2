package io.mt2kd.it.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnsafeByteOperations;
import com.sun.management.ThreadMXBean;
import inference.GRPCInferenceServiceGrpc;
import inference.ModelInferRequest;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.mt2kd.gateway.audio.StandardAudioDecoder;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.triton.internal.protocol.InferRequests;
import io.mt2kd.it.harness.Waveforms;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.AudioEncoding;
import io.mt2kd.v1.IdentifySpeakerRequest;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.RecognizeRequest;
import io.mt2kd.v1.SpeakerServiceGrpc;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/**
 * What a recording of 16-bit samples costs on its way from the socket of the caller to that of
 * Triton, in bytes allocated for each byte of audio, stage by stage: none but the first copies it.
 * What has another form, or another rate, is copied once more, where it is decoded.
 *
 * <table>
 *   <caption>Copies</caption>
 *   <tr><th>stage</th><th>from</th><th>to</th></tr>
 *   <tr><td>message</td><td>gRPC's buffers</td><td>a ByteString: gRPC's own copy</td></tr>
 *   <tr><td>decoding</td><td>its array, in place (gateway/grpc has it by FieldBytes)</td><td>a view of it</td></tr>
 *   <tr><td>request</td><td>the waveforms of a batch</td><td>one padded tensor, a rope of them</td></tr>
 *   <tr><td>writing</td><td>the tensor, in place</td><td>gRPC's buffers</td></tr>
 * </table>
 */
class AudioAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int SAMPLES = 30 * Waveforms.RATE;
  private static final int BATCH = 4;
  private static final LengthLimits LIMITS = new LengthLimits(1, SAMPLES);

  /** For objects beside the audio, and for what a first call makes. */
  private static final double SLACK = 0.05;

  private final StandardAudioDecoder decoder = new StandardAudioDecoder();

  @Test
  void noStageAllocatesTheAudioTwice() throws Exception {
    byte[] message = message();
    RecognizeRequest request = parse(message);
    byte[] content = request.getAudio().getContent().toByteArray();
    Waveform waveform = decode(content);
    UtteranceBatch batch =
        new UtteranceBatch("a", Collections.nCopies(BATCH, waveform), SAMPLES, Set.of(Head.ASR));
    ModelInferRequest infer = InferRequests.of("mt2kd", batch);

    double parsing = perByte(1, () -> parse(message));
    double decoding = perByte(1, () -> decode(content));
    double building = perByte(BATCH, () -> InferRequests.of("mt2kd", batch));
    double writing = perByte(BATCH, () -> write(infer));

    System.out.printf(
        "AudioAllocationTest: bytes allocated for each byte of audio: message %.3f, decoding %.3f,"
            + " request %.3f, writing %.3f%n",
        parsing, decoding, building, writing);
    assertThat(waveform).isEqualTo(Waveform.of(Waveforms.voiceLike(SAMPLES, 1)));
    assertThat(parsing).isLessThan(1 + SLACK);
    assertThat(decoding).isLessThan(SLACK);
    assertThat(building).isLessThan(SLACK);
    assertThat(writing).isLessThan(SLACK);
  }

  /** gRPC reads a large message piece by piece, and joins the pieces of each recording. */
  @Test
  void messageAboveFourMegabytesIsAllocatedTwice() throws Exception {
    Audio audio = parse(message()).getAudio();
    byte[] message =
        IdentifySpeakerRequest.newBuilder()
            .addAllRecordings(Collections.nCopies(16, audio))
            .build()
            .toByteArray();

    double parsing =
        perByte(
            16,
            () -> SpeakerServiceGrpc.getIdentifySpeakerMethod().parseRequest(new Arrived(message)));

    System.out.printf("AudioAllocationTest: message of %d bytes: %.3f%n", message.length, parsing);
    assertThat(parsing).isLessThan(2 + SLACK);
  }

  private Waveform decode(byte[] content) {
    return decoder.decode(
        new EncodedAudio(
            io.mt2kd.gateway.core.audio.AudioEncoding.PCM_S16LE,
            Waveforms.RATE,
            1,
            ByteBuffer.wrap(content)),
        LIMITS);
  }

  /** As gRPC does it with a message that has arrived. */
  private static RecognizeRequest parse(byte[] message) {
    return RecognitionServiceGrpc.getRecognizeMethod().parseRequest(new Arrived(message));
  }

  /** As gRPC does it with a message that leaves: into buffers of its own. */
  private static int write(ModelInferRequest request) throws Exception {
    try (InputStream stream =
        GRPCInferenceServiceGrpc.getModelInferMethod().streamRequest(request)) {
      return ((Drainable) stream).drainTo(OutputStream.nullOutputStream());
    }
  }

  /** The least of several times: others are disturbed by the compiler and by first calls. */
  private static double perByte(int utterances, Callable<?> stage) throws Exception {
    List<Long> allocated = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      Object result = stage.call();
      allocated.add(THREADS.getCurrentThreadAllocatedBytes() - before);
      assertThat(result).isNotNull();
    }
    return (double) Collections.min(allocated) / ((long) utterances * SAMPLES * Short.BYTES);
  }

  private static byte[] message() {
    ByteBuffer content = ByteBuffer.allocate(SAMPLES * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    content.asShortBuffer().put(Waveforms.voiceLike(SAMPLES, 1));
    return RecognizeRequest.newBuilder()
        .setAudio(
            Audio.newBuilder()
                .setEncoding(AudioEncoding.AUDIO_ENCODING_PCM_S16LE)
                .setSampleRateHertz(Waveforms.RATE)
                .setContent(UnsafeByteOperations.unsafeWrap(content)))
        .build()
        .toByteArray();
  }

  /** Whose length gRPC knows. */
  private static final class Arrived extends ByteArrayInputStream implements KnownLength {
    Arrived(byte[] message) {
      super(message);
    }
  }
}
