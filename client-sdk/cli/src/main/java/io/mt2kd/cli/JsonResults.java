package io.mt2kd.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mt2kd.client.Analysis;
import io.mt2kd.client.Enrollment;
import io.mt2kd.client.InvalidRequestException;
import io.mt2kd.client.ModelInfo;
import io.mt2kd.client.Mt2kdException;
import io.mt2kd.client.OverloadedException;
import io.mt2kd.client.Receipt;
import io.mt2kd.client.SpeakerIdentification;
import io.mt2kd.client.SpeakerProfile;
import io.mt2kd.client.Tag;
import io.mt2kd.client.Task;
import io.mt2kd.client.Transcript;
import io.mt2kd.client.Verification;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Answers as JSON. Names are part of the interface: add, never rename. Times are in seconds. */
final class JsonResults {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private JsonResults() {}

  static ObjectNode object() {
    return JSON.objectNode();
  }

  static ObjectNode file(String file) {
    return JSON.objectNode().put("file", file);
  }

  /** Only the tasks that were asked for. */
  static ObjectNode analysis(String file, Analysis analysis, Set<Task> tasks) {
    ObjectNode json = file(file);
    if (tasks.contains(Task.SPEECH_RECOGNITION)) {
      putTranscript(json, analysis.transcript());
    }
    if (tasks.contains(Task.AUDIO_TAGGING)) {
      putTags(json, analysis.tags());
    }
    if (tasks.contains(Task.SPEAKER_IDENTIFICATION)) {
      putSpeaker(json, analysis.speaker());
    }
    return putReceipt(json, analysis.receipt());
  }

  static ObjectNode putTranscript(ObjectNode json, Transcript transcript) {
    json.put("text", transcript.text());
    ArrayNode words = json.putArray("words");
    transcript
        .words()
        .forEach(
            word ->
                words
                    .addObject()
                    .put("text", word.text())
                    .put("start", seconds(word.start()))
                    .put("end", seconds(word.end()))
                    .put("confidence", word.confidence()));
    return json;
  }

  static ObjectNode putTags(ObjectNode json, List<Tag> tags) {
    ArrayNode array = json.putArray("tags");
    tags.forEach(
        tag ->
            array
                .addObject()
                .put("label", tag.label())
                .put("probability", tag.probability())
                .put("detected", tag.detected()));
    return json;
  }

  /** {@code speaker} is null where nobody was accepted. */
  static ObjectNode putSpeaker(ObjectNode json, SpeakerIdentification speaker) {
    json.put("speaker", speaker.acceptedSpeakerId().orElse(null));
    ArrayNode candidates = json.putArray("candidates");
    speaker
        .candidates()
        .forEach(
            candidate ->
                candidates
                    .addObject()
                    .put("speaker", candidate.speakerId())
                    .put("log_likelihood_ratio", candidate.logLikelihoodRatio()));
    return json;
  }

  static ObjectNode verification(String speaker, Verification verification) {
    return putReceipt(
        JSON.objectNode()
            .put("speaker", speaker)
            .put("decision", verification.decision().name().toLowerCase(Locale.ROOT))
            .put("log_likelihood_ratio", verification.logLikelihoodRatio())
            .put("threshold", verification.threshold()),
        verification.receipt());
  }

  static ObjectNode enrollment(Enrollment enrollment) {
    return putReceipt(
        profile(enrollment.speaker())
            .put("missing_speech", seconds(enrollment.missingSpeech()))
            .put("cohesion", enrollment.cohesion()),
        enrollment.receipt());
  }

  static ObjectNode profile(SpeakerProfile speaker) {
    return JSON.objectNode()
        .put("speaker", speaker.id())
        .put("uid", speaker.uid())
        .put("display_name", speaker.displayName())
        .put("state", speaker.state().name().toLowerCase(Locale.ROOT))
        .put("references", speaker.referenceCount())
        .put("speech", seconds(speaker.speech()))
        .put("model_fingerprint", speaker.modelFingerprint())
        .put("create_time", speaker.createTime().toString())
        .put("update_time", speaker.updateTime().toString());
  }

  static ObjectNode model(ModelInfo model) {
    ObjectNode json =
        JSON.objectNode()
            .put("name", model.name())
            .put("version", model.version())
            .put("fingerprint", model.fingerprint())
            .put("sample_rate_hertz", model.sampleRateHertz())
            .put("min_audio", seconds(model.minAudio()))
            .put("max_audio", seconds(model.maxAudio()))
            .put("embedding_size", model.embeddingSize())
            .put("max_batch_size", model.maxBatchSize())
            .put("max_request_bytes", model.maxRequestBytes());
    ArrayNode buckets = json.putArray("buckets");
    model.buckets().forEach(bucket -> buckets.add(seconds(bucket)));
    ArrayNode labels = json.putArray("labels");
    model.labels().forEach(labels::add);
    json.putObject("backend")
        .put("server", model.backend().server())
        .put("version", model.backend().version())
        .put("replica", model.backend().replica());
    return json;
  }

  static ObjectNode putReceipt(ObjectNode json, Receipt receipt) {
    ObjectNode node =
        json.putObject("receipt")
            .put("request_id", receipt.requestId())
            .put("model_fingerprint", receipt.modelFingerprint())
            .put("replica", receipt.replica());
    ArrayNode tasks = node.putArray("tasks");
    receipt.tasks().stream()
        .sorted()
        .forEach(task -> tasks.add(task.name().toLowerCase(Locale.ROOT)));
    node.put("audio", seconds(receipt.audio()))
        .put("bucket", seconds(receipt.bucket()))
        .put("padding", seconds(receipt.padding()))
        .put("batch_size", receipt.batchSize())
        .put("decode_time", seconds(receipt.decodeTime()))
        .put("queue_time", seconds(receipt.queueTime()))
        .put("backend_time", seconds(receipt.backendTime()))
        .put("total_time", seconds(receipt.totalTime()))
        .put("gateway_time", seconds(receipt.gatewayTime()));
    ArrayNode omitted = node.putArray("omitted_tasks");
    receipt.omittedTasks().stream()
        .sorted()
        .forEach(task -> omitted.add(task.name().toLowerCase(Locale.ROOT)));
    return json;
  }

  /** {@code status} is null where the failure was on this side. */
  static ObjectNode error(String file, Throwable failure) {
    ObjectNode json = file(file);
    ObjectNode error = json.putObject("error");
    error.put("status", failure instanceof Mt2kdException call ? call.code().name() : null);
    error.put("message", ErrorText.describe(failure));
    if (failure instanceof Mt2kdException call) {
      error.put("request_id", call.requestId());
    }
    if (failure instanceof InvalidRequestException invalid) {
      ArrayNode fields = error.putArray("fields");
      invalid
          .violations()
          .forEach(
              violation ->
                  fields
                      .addObject()
                      .put("field", violation.field())
                      .put("description", violation.description()));
    }
    if (failure instanceof OverloadedException overloaded) {
      overloaded.retryAfter().ifPresent(delay -> error.put("retry_after", seconds(delay)));
    }
    return json;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
