package io.mt2kd.gateway.grpc;

import io.mt2kd.gateway.core.assembly.TagChoice;
import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.speaker.FalseAcceptRate;
import io.mt2kd.gateway.core.speaker.IdentificationChoice;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.IdentificationOptions;
import io.mt2kd.v1.TagOptions;
import io.mt2kd.v1.Task;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** From messages to the core's values; what the core cannot know is validated here. */
final class Requests {
  private Requests() {}

  static EncodedAudio audio(Audio audio) {
    return new EncodedAudio(
        encoding(audio),
        audio.getSampleRateHertz(),
        audio.getChannelCount(),
        FieldBytes.of(audio.getContent()));
  }

  static EncodedAudio audio(boolean present, Audio audio) {
    if (!present) {
      throw InvalidArgumentException.of("audio", "nothing", "a recording");
    }
    return within("audio", () -> audio(audio));
  }

  static List<EncodedAudio> recordings(List<Audio> recordings) {
    EncodedAudio[] audios = new EncodedAudio[recordings.size()];
    for (int i = 0; i < audios.length; i++) {
      Audio recording = recordings.get(i);
      audios[i] = within("recordings[" + i + "]", () -> audio(recording));
    }
    return List.of(audios);
  }

  /**
   * @param numbers of {@link Task}: what is no task of ours is refused with the number it has
   */
  static Set<Head> heads(List<Integer> numbers) {
    if (numbers.isEmpty()) {
      throw InvalidArgumentException.of("tasks", "none", "at least one");
    }
    Set<Head> heads = EnumSet.noneOf(Head.class);
    for (int i = 0; i < numbers.size(); i++) {
      Task task = Task.forNumber(numbers.get(i));
      String field = "tasks[" + i + "]";
      if (!heads.add(head(field, task, numbers.get(i)))) {
        throw InvalidArgumentException.of(field, String.valueOf(task), "each task once");
      }
    }
    return heads;
  }

  static TagChoice tagChoice(String field, TagOptions options) {
    return within(
        field,
        () ->
            new TagChoice(
                options.getMaxTags() == 0 ? TagChoice.DEFAULT.maximumTags() : options.getMaxTags(),
                options.getMinProbability(),
                options.getDetectedOnly()));
  }

  static IdentificationChoice identificationChoice(String field, IdentificationOptions options) {
    return within(
        field,
        () ->
            new IdentificationChoice(
                options.getMaxCandidates() == 0
                    ? IdentificationChoice.DEFAULT.maximumCandidates()
                    : options.getMaxCandidates(),
                falseAcceptRate(options.getFalseAcceptRate())));
  }

  static FalseAcceptRate falseAcceptRate(float rate) {
    return rate == 0 ? FalseAcceptRate.DEFAULT : new FalseAcceptRate(rate);
  }

  static String displayName(String displayName) {
    if (displayName.codePointCount(0, displayName.length()) > 256) {
      throw InvalidArgumentException.of("display_name", displayName, "at most 256 characters");
    }
    return displayName;
  }

  private static Head head(String field, @Nullable Task task, int number) {
    if (task == Task.TASK_SPEECH_RECOGNITION) {
      return Head.ASR;
    }
    if (task == Task.TASK_AUDIO_TAGGING) {
      return Head.AT;
    }
    if (task == Task.TASK_SPEAKER_IDENTIFICATION) {
      return Head.SV;
    }
    throw InvalidArgumentException.of(
        field,
        task == null ? number : task,
        "TASK_SPEECH_RECOGNITION, TASK_AUDIO_TAGGING or TASK_SPEAKER_IDENTIFICATION");
  }

  private static AudioEncoding encoding(Audio audio) {
    return switch (audio.getEncoding()) {
      case AUDIO_ENCODING_UNSPECIFIED -> AudioEncoding.DETECT;
      case AUDIO_ENCODING_WAV -> AudioEncoding.WAV;
      case AUDIO_ENCODING_FLAC -> AudioEncoding.FLAC;
      case AUDIO_ENCODING_OGG_OPUS -> AudioEncoding.OGG_OPUS;
      case AUDIO_ENCODING_PCM_S16LE -> AudioEncoding.PCM_S16LE;
      case AUDIO_ENCODING_PCM_F32LE -> AudioEncoding.PCM_F32LE;
      case AUDIO_ENCODING_MULAW -> AudioEncoding.MULAW;
      case AUDIO_ENCODING_ALAW -> AudioEncoding.ALAW;
      case UNRECOGNIZED ->
          throw InvalidArgumentException.of(
              "encoding", audio.getEncodingValue(), "a value of mt2kd.v1.AudioEncoding");
    };
  }

  private static <T> T within(String field, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (InvalidArgumentException e) {
      throw e.within(field);
    }
  }
}
