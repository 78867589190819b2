package io.mt2kd.gateway.core.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;

/** Manifests of a model that tests can do sums with: ratio = 10 * cosine - 5. */
public final class Manifests {
  /** As the repository builder writes it. */
  public static final String JSON =
      """
      {"schema": 1, "name": "mt2kd-reference", "version": "0.1.0", "fingerprint": "sha256:aa",
       "sample_rate_hertz": 16000, "minimum_samples": 1600, "maximum_samples": 480000,
       "bucket_seconds": [1, 1.5, 2, 3, 4, 6, 8, 11, 15, 20, 30],
       "tokens": ["<blk>", "▁yes", "▁no", "▁", "t", "s"], "token_seconds": 0.04,
       "labels": ["dog", "rain", "siren"], "embedding_size": 2, "max_batch_size": 8,
       "speaker": {"calibration": {"scale": 10, "offset": -5},
                   "false_accept": [{"rate": 0.1, "log_likelihood_ratio": 0},
                                    {"rate": 0.01, "log_likelihood_ratio": 2},
                                    {"rate": 0.001, "log_likelihood_ratio": 4}]},
       "parts": {"frontend": "aa", "encoder": "bb", "asr_head": "cc", "at_head": "dd", "sv_head": "ee"}}
      """;

  public static final ModelManifest MANIFEST = ModelManifest.parse(JSON);

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Manifests() {}

  /** The same after {@code change}. */
  public static String json(Consumer<ObjectNode> change) {
    try {
      ObjectNode node = (ObjectNode) MAPPER.readTree(JSON);
      change.accept(node);
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The same model with a cohort of voices at these angles, of which the nearest two count: ratio =
   * 10 * score - 5.
   */
  public static ModelManifest withCohort(double... degrees) {
    byte[] voices = new byte[2 * degrees.length];
    for (int i = 0; i < degrees.length; i++) {
      voices[2 * i] = (byte) Math.round(127 * Math.cos(Math.toRadians(degrees[i])));
      voices[2 * i + 1] = (byte) Math.round(127 * Math.sin(Math.toRadians(degrees[i])));
    }
    return ModelManifest.parse(
        json(
            node ->
                ((ObjectNode) node.get("speaker"))
                    .putObject("cohort")
                    .put("speakers", degrees.length)
                    .put("top_k", 2)
                    .put("voiceprints", voices)));
  }

  /** The same model built anew: other weights, so that voiceprints do not compare. */
  public static ModelManifest withFingerprint(String fingerprint) {
    return ModelManifest.parse(json(node -> node.put("fingerprint", fingerprint)));
  }
}
