package io.mt2kd.client.internal;

import com.google.protobuf.Timestamp;
import io.mt2kd.client.Analysis;
import io.mt2kd.client.Decision;
import io.mt2kd.client.Enrollment;
import io.mt2kd.client.Identification;
import io.mt2kd.client.ModelInfo;
import io.mt2kd.client.Receipt;
import io.mt2kd.client.Recognition;
import io.mt2kd.client.SpeakerIdentification;
import io.mt2kd.client.SpeakerMatch;
import io.mt2kd.client.SpeakerPage;
import io.mt2kd.client.SpeakerProfile;
import io.mt2kd.client.Tag;
import io.mt2kd.client.Tagging;
import io.mt2kd.client.Task;
import io.mt2kd.client.Transcript;
import io.mt2kd.client.Verification;
import io.mt2kd.client.Word;
import io.mt2kd.v1.AnalyzeResponse;
import io.mt2kd.v1.Backend;
import io.mt2kd.v1.EnrollSpeakerResponse;
import io.mt2kd.v1.GetModelResponse;
import io.mt2kd.v1.IdentifySpeakerResponse;
import io.mt2kd.v1.ListSpeakersResponse;
import io.mt2kd.v1.Model;
import io.mt2kd.v1.RecognizeResponse;
import io.mt2kd.v1.Speaker;
import io.mt2kd.v1.TagAudioResponse;
import io.mt2kd.v1.TagList;
import io.mt2kd.v1.VerifySpeakerResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * From the contract's replies to our results.
 *
 * <p>A value that decides something and that this client does not know is an {@link
 * IllegalArgumentException}; an unknown task in a receipt is left out.
 */
public final class ResultMapping {
  private ResultMapping() {}

  /** Our form; what was not asked for is empty. */
  public static Analysis analysis(AnalyzeResponse reply) {
    return new Analysis(
        reply.hasTranscript() ? transcript(reply.getTranscript()) : Transcript.EMPTY,
        tags(reply.getTags()),
        reply.hasSpeaker() ? speaker(reply.getSpeaker()) : SpeakerIdentification.EMPTY,
        receipt(reply.getReceipt()));
  }

  /** Our form. */
  public static Recognition recognition(RecognizeResponse reply) {
    return new Recognition(transcript(reply.getTranscript()), receipt(reply.getReceipt()));
  }

  /** Our form. */
  public static Tagging tagging(TagAudioResponse reply) {
    return new Tagging(tags(reply.getTags()), receipt(reply.getReceipt()));
  }

  /** Our form. */
  public static Identification identification(IdentifySpeakerResponse reply) {
    return new Identification(speaker(reply.getSpeaker()), receipt(reply.getReceipt()));
  }

  /** Our form. */
  public static Verification verification(VerifySpeakerResponse reply) {
    Decision decision =
        switch (reply.getDecision()) {
          case DECISION_ACCEPT -> Decision.ACCEPT;
          case DECISION_UNCERTAIN -> Decision.UNCERTAIN;
          case DECISION_REJECT -> Decision.REJECT;
          case DECISION_UNSPECIFIED, UNRECOGNIZED ->
              throw unknown("decision", reply.getDecisionValue());
        };
    return new Verification(
        decision, reply.getLogLikelihoodRatio(), reply.getThreshold(), receipt(reply.getReceipt()));
  }

  /** Our form. */
  public static Enrollment enrollment(EnrollSpeakerResponse reply) {
    return new Enrollment(
        profile(reply.getSpeaker()),
        duration(reply.getMissingSpeechDuration()),
        reply.getCohesion(),
        receipt(reply.getReceipt()));
  }

  /** Our form. */
  public static SpeakerPage page(ListSpeakersResponse reply) {
    return new SpeakerPage(
        reply.getSpeakersList().stream().map(ResultMapping::profile).toList(),
        Optional.of(reply.getNextPageToken()).filter(token -> !token.isEmpty()));
  }

  /** Our form. */
  public static SpeakerProfile profile(Speaker speaker) {
    SpeakerProfile.State state =
        switch (speaker.getState()) {
          case STATE_ENROLLING -> SpeakerProfile.State.ENROLLING;
          case STATE_ENROLLED -> SpeakerProfile.State.ENROLLED;
          case STATE_UNSPECIFIED, UNRECOGNIZED ->
              throw unknown("speaker.state", speaker.getStateValue());
        };
    return new SpeakerProfile(
        RequestMapping.speakerId(speaker.getName()),
        speaker.getUid(),
        speaker.getDisplayName(),
        state,
        speaker.getReferenceCount(),
        duration(speaker.getSpeechDuration()),
        speaker.getModelFingerprint(),
        instant(speaker.getCreateTime()),
        instant(speaker.getUpdateTime()));
  }

  /** Our form. */
  public static ModelInfo model(GetModelResponse reply) {
    Model model = reply.getModel();
    Backend backend = reply.getBackend();
    return new ModelInfo(
        model.getName(),
        model.getVersion(),
        model.getFingerprint(),
        model.getLabelsList(),
        model.getSampleRateHertz(),
        duration(model.getMinAudioDuration()),
        duration(model.getMaxAudioDuration()),
        model.getBucketDurationsList().stream().map(ResultMapping::duration).toList(),
        model.getEmbeddingSize(),
        model.getMaxBatchSize(),
        model.getMaxRequestBytes(),
        new ModelInfo.Backend(backend.getServer(), backend.getVersion(), backend.getReplica()));
  }

  private static Transcript transcript(io.mt2kd.v1.Transcript transcript) {
    return new Transcript(
        transcript.getText(),
        transcript.getWordsList().stream()
            .map(
                word ->
                    new Word(
                        word.getText(),
                        duration(word.getStartTime()),
                        duration(word.getEndTime()),
                        word.getConfidence()))
            .toList());
  }

  private static List<Tag> tags(TagList tags) {
    return tags.getTagsList().stream()
        .map(tag -> new Tag(tag.getLabel(), tag.getProbability(), tag.getDetected()))
        .toList();
  }

  private static SpeakerIdentification speaker(io.mt2kd.v1.SpeakerIdentification speaker) {
    return new SpeakerIdentification(
        speaker.getCandidatesList().stream()
            .map(
                candidate ->
                    new SpeakerMatch(
                        RequestMapping.speakerId(candidate.getSpeaker()),
                        candidate.getLogLikelihoodRatio()))
            .toList(),
        Optional.of(RequestMapping.speakerId(speaker.getAcceptedSpeaker()))
            .filter(id -> !id.isEmpty()));
  }

  private static Receipt receipt(io.mt2kd.v1.Receipt receipt) {
    return new Receipt(
        receipt.getRequestId(),
        receipt.getModelFingerprint(),
        receipt.getReplica(),
        tasks(receipt.getTasksList()),
        duration(receipt.getAudioDuration()),
        duration(receipt.getBucketDuration()),
        duration(receipt.getPaddingDuration()),
        receipt.getBatchSize(),
        duration(receipt.getDecodeTime()),
        duration(receipt.getQueueTime()),
        duration(receipt.getBackendTime()),
        duration(receipt.getTotalTime()),
        duration(receipt.getGatewayTime()),
        tasks(receipt.getOmittedTasksList()));
  }

  private static Set<Task> tasks(List<io.mt2kd.v1.Task> tasks) {
    return tasks.stream()
        .flatMap(
            task ->
                switch (task) {
                  case TASK_SPEECH_RECOGNITION -> Stream.of(Task.SPEECH_RECOGNITION);
                  case TASK_AUDIO_TAGGING -> Stream.of(Task.AUDIO_TAGGING);
                  case TASK_SPEAKER_IDENTIFICATION -> Stream.of(Task.SPEAKER_IDENTIFICATION);
                  case TASK_UNSPECIFIED, UNRECOGNIZED -> Stream.<Task>empty();
                })
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Duration duration(com.google.protobuf.Duration duration) {
    return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  private static Instant instant(Timestamp timestamp) {
    return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
  }

  private static IllegalArgumentException unknown(String field, int value) {
    return new IllegalArgumentException(
        field + ": " + value + " (expected: a value that this client knows)");
  }
}
