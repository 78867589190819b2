package io.mt2kd.gateway.grpc;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.mt2kd.gateway.core.assembly.Tag;
import io.mt2kd.gateway.core.assembly.Transcript;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.speaker.Identification;
import io.mt2kd.gateway.core.speaker.Verification;
import io.mt2kd.v1.Decision;
import io.mt2kd.v1.Receipt;
import io.mt2kd.v1.Speaker;
import io.mt2kd.v1.SpeakerCandidate;
import io.mt2kd.v1.SpeakerIdentification;
import io.mt2kd.v1.TagList;
import io.mt2kd.v1.Task;
import io.mt2kd.v1.Word;
import java.time.Instant;
import java.util.List;

/** From the core's values to messages. */
final class Replies {
  private Replies() {}

  static io.mt2kd.v1.Transcript transcript(Transcript transcript) {
    io.mt2kd.v1.Transcript.Builder message =
        io.mt2kd.v1.Transcript.newBuilder().setText(transcript.text());
    for (Transcript.Word word : transcript.words()) {
      message.addWords(
          Word.newBuilder()
              .setText(word.text())
              .setStartTime(duration(word.start()))
              .setEndTime(duration(word.end()))
              .setConfidence((float) word.confidence()));
    }
    return message.build();
  }

  static TagList tags(List<Tag> tags) {
    TagList.Builder message = TagList.newBuilder();
    for (Tag tag : tags) {
      message.addTags(
          io.mt2kd.v1.Tag.newBuilder()
              .setLabel(tag.label())
              .setProbability((float) tag.probability())
              .setDetected(tag.detected()));
    }
    return message.build();
  }

  static SpeakerIdentification identification(Identification identification) {
    SpeakerIdentification.Builder message = SpeakerIdentification.newBuilder();
    for (Identification.Candidate candidate : identification.candidates()) {
      message.addCandidates(
          SpeakerCandidate.newBuilder()
              .setSpeaker(candidate.speaker().name())
              .setLogLikelihoodRatio((float) candidate.logLikelihoodRatio()));
    }
    identification.accepted().ifPresent(id -> message.setAcceptedSpeaker(id.name()));
    return message.build();
  }

  static Decision decision(Verification.Decision decision) {
    return switch (decision) {
      case ACCEPT -> Decision.DECISION_ACCEPT;
      case UNCERTAIN -> Decision.DECISION_UNCERTAIN;
      case REJECT -> Decision.DECISION_REJECT;
    };
  }

  static Speaker speaker(io.mt2kd.gateway.core.speaker.Speaker speaker, boolean enrolled) {
    return Speaker.newBuilder()
        .setName(speaker.id().name())
        .setUid(speaker.uid().toString())
        .setDisplayName(speaker.displayName())
        .setState(enrolled ? Speaker.State.STATE_ENROLLED : Speaker.State.STATE_ENROLLING)
        .setReferenceCount(speaker.references().size())
        .setSpeechDuration(duration(speaker.speech()))
        .setModelFingerprint(speaker.modelFingerprint())
        .setCreateTime(timestamp(speaker.createTime()))
        .setUpdateTime(timestamp(speaker.updateTime()))
        .build();
  }

  static Receipt receipt(io.mt2kd.gateway.core.analysis.Receipt receipt) {
    return Receipt.newBuilder()
        .setRequestId(receipt.requestId())
        .setModelFingerprint(receipt.modelFingerprint())
        .setReplica(receipt.replica())
        .addAllTasks(receipt.heads().stream().sorted().map(Replies::task).toList())
        .setAudioDuration(duration(receipt.audio()))
        .setBucketDuration(duration(receipt.bucket()))
        .setPaddingDuration(duration(receipt.padding()))
        .setBatchSize(receipt.batchSize())
        .setDecodeTime(duration(receipt.decodeTime()))
        .setQueueTime(duration(receipt.queueTime()))
        .setBackendTime(duration(receipt.backendTime()))
        .setTotalTime(duration(receipt.totalTime()))
        .setGatewayTime(duration(receipt.gatewayTime()))
        .addAllOmittedTasks(receipt.omittedHeads().stream().sorted().map(Replies::task).toList())
        .build();
  }

  static Duration duration(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  private static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  private static Task task(Head head) {
    return switch (head) {
      case ASR -> Task.TASK_SPEECH_RECOGNITION;
      case AT -> Task.TASK_AUDIO_TAGGING;
      case SV -> Task.TASK_SPEAKER_IDENTIFICATION;
    };
  }
}
