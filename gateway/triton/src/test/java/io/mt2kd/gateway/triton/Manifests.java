package io.mt2kd.gateway.triton;

import io.mt2kd.gateway.core.model.ModelManifest;

/** A small model: three tokens, two labels, voiceprints in the plane. */
final class Manifests {
  static final String JSON =
      """
      {"schema": 1, "name": "fake", "version": "0.1.0", "fingerprint": "sha256:aa",
       "sample_rate_hertz": 16000, "minimum_samples": 1, "maximum_samples": 16000,
       "bucket_seconds": [1], "tokens": ["<blk>", "▁yes", "▁no"], "token_seconds": 0.04,
       "labels": ["dog", "rain"], "embedding_size": 2, "max_batch_size": 8,
       "speaker": {"calibration": {"scale": 10, "offset": -5},
                   "false_accept": [{"rate": 0.1, "log_likelihood_ratio": 0},
                                    {"rate": 0.01, "log_likelihood_ratio": 2}]}}
      """;

  static final ModelManifest MANIFEST = ModelManifest.parse(JSON);

  private Manifests() {}
}
