package io.mt2kd.client.internal;

import com.google.protobuf.UnsafeByteOperations;
import io.mt2kd.client.AnalyzeRequest;
import io.mt2kd.client.EnrollRequest;
import io.mt2kd.client.IdentificationOptions;
import io.mt2kd.client.IdentifyRequest;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import io.mt2kd.client.TagOptions;
import io.mt2kd.client.TagRequest;
import io.mt2kd.client.Task;
import io.mt2kd.client.VerifyRequest;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.AudioEncoding;
import io.mt2kd.v1.EnrollSpeakerRequest;
import io.mt2kd.v1.IdentifySpeakerRequest;
import io.mt2kd.v1.TagAudioRequest;
import io.mt2kd.v1.VerifySpeakerRequest;
import java.util.List;
import java.util.UUID;

/** From our requests to those of the contract. Ranges are the gateway's to check. */
public final class RequestMapping {
  private static final String SPEAKERS = "speakers/";

  private RequestMapping() {}

  /** The contract's form; tasks in the order of their declaration. */
  public static io.mt2kd.v1.AnalyzeRequest analyze(AnalyzeRequest request) {
    return io.mt2kd.v1.AnalyzeRequest.newBuilder()
        .setRequestId(requestId(request.requestId()))
        .setAudio(audio(request.recording()))
        .addAllTasks(request.tasks().stream().sorted().map(RequestMapping::task).toList())
        .setTagOptions(tagOptions(request.tagOptions()))
        .setIdentificationOptions(identificationOptions(request.identificationOptions()))
        .build();
  }

  /** The contract's form. */
  public static io.mt2kd.v1.RecognizeRequest recognize(RecognizeRequest request) {
    return io.mt2kd.v1.RecognizeRequest.newBuilder()
        .setRequestId(requestId(request.requestId()))
        .setAudio(audio(request.recording()))
        .build();
  }

  /** The contract's form. */
  public static TagAudioRequest tag(TagRequest request) {
    return TagAudioRequest.newBuilder()
        .setRequestId(requestId(request.requestId()))
        .setAudio(audio(request.recording()))
        .setOptions(tagOptions(request.options()))
        .build();
  }

  /** The contract's form. */
  public static EnrollSpeakerRequest enroll(EnrollRequest request) {
    return EnrollSpeakerRequest.newBuilder()
        .setRequestId(requestId(request.requestId()))
        .setSpeakerId(speakerId(request.speakerId()))
        .setDisplayName(request.displayName())
        .addAllRecordings(audio(request.recordings()))
        .build();
  }

  /** The contract's form. */
  public static VerifySpeakerRequest verify(VerifyRequest request) {
    return VerifySpeakerRequest.newBuilder()
        .setRequestId(requestId(request.requestId()))
        .setName(speakerName(request.speakerId()))
        .addAllRecordings(audio(request.recordings()))
        .setFalseAcceptRate((float) request.falseAcceptRate())
        .build();
  }

  /** The contract's form. */
  public static IdentifySpeakerRequest identify(IdentifyRequest request) {
    return IdentifySpeakerRequest.newBuilder()
        .setRequestId(requestId(request.requestId()))
        .addAllRecordings(audio(request.recordings()))
        .setOptions(identificationOptions(request.options()))
        .build();
  }

  /** Resource name of a caller's id; a resource name stays as it is, since no id has a slash. */
  public static String speakerName(String speaker) {
    return speaker.startsWith(SPEAKERS) ? speaker : SPEAKERS + speaker;
  }

  /** The caller's id in a resource name; an id stays as it is. */
  static String speakerId(String speaker) {
    return speaker.startsWith(SPEAKERS) ? speaker.substring(SPEAKERS.length()) : speaker;
  }

  private static String requestId(String given) {
    return given.isEmpty() ? UUID.randomUUID().toString() : given;
  }

  private static List<Audio> audio(List<Recording> recordings) {
    return recordings.stream().map(RequestMapping::audio).toList();
  }

  private static Audio audio(Recording recording) {
    return Audio.newBuilder()
        .setEncoding(encoding(recording.encoding()))
        .setSampleRateHertz(recording.sampleRateHertz())
        .setChannelCount(recording.channelCount())
        // Not copied: the buffer is read-only and nobody else writes to the array.
        .setContent(UnsafeByteOperations.unsafeWrap(recording.content()))
        .build();
  }

  private static AudioEncoding encoding(io.mt2kd.client.AudioEncoding encoding) {
    return switch (encoding) {
      case CONTAINER -> AudioEncoding.AUDIO_ENCODING_UNSPECIFIED;
      case WAV -> AudioEncoding.AUDIO_ENCODING_WAV;
      case FLAC -> AudioEncoding.AUDIO_ENCODING_FLAC;
      case OGG_OPUS -> AudioEncoding.AUDIO_ENCODING_OGG_OPUS;
      case PCM_S16LE -> AudioEncoding.AUDIO_ENCODING_PCM_S16LE;
      case PCM_F32LE -> AudioEncoding.AUDIO_ENCODING_PCM_F32LE;
      case MULAW -> AudioEncoding.AUDIO_ENCODING_MULAW;
      case ALAW -> AudioEncoding.AUDIO_ENCODING_ALAW;
    };
  }

  private static io.mt2kd.v1.Task task(Task task) {
    return switch (task) {
      case SPEECH_RECOGNITION -> io.mt2kd.v1.Task.TASK_SPEECH_RECOGNITION;
      case AUDIO_TAGGING -> io.mt2kd.v1.Task.TASK_AUDIO_TAGGING;
      case SPEAKER_IDENTIFICATION -> io.mt2kd.v1.Task.TASK_SPEAKER_IDENTIFICATION;
    };
  }

  private static io.mt2kd.v1.TagOptions tagOptions(TagOptions options) {
    return io.mt2kd.v1.TagOptions.newBuilder()
        .setMaxTags(options.maxTags())
        .setMinProbability((float) options.minProbability())
        .setDetectedOnly(options.detectedOnly())
        .build();
  }

  private static io.mt2kd.v1.IdentificationOptions identificationOptions(
      IdentificationOptions options) {
    return io.mt2kd.v1.IdentificationOptions.newBuilder()
        .setMaxCandidates(options.maxCandidates())
        .setFalseAcceptRate((float) options.falseAcceptRate())
        .build();
  }
}
