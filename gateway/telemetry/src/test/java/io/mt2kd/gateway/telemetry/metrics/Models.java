package io.mt2kd.gateway.telemetry.metrics;

import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.model.ModelManifest;

/** A model for tests, with buckets of 1, 2 and 20 s. */
final class Models {
  static final ServedModel MODEL =
      new ServedModel(
          ModelManifest.parse(
              """
              {"schema": 1, "name": "fake", "version": "0.1.0", "fingerprint": "sha256:aa",
               "sample_rate_hertz": 16000, "minimum_samples": 1600, "maximum_samples": 320000,
               "bucket_seconds": [1, 2, 20], "tokens": ["<blk>", "a"], "token_seconds": 0.04,
               "labels": ["dog"], "embedding_size": 2, "max_batch_size": 8,
               "speaker": {"calibration": {"scale": 10, "offset": -5},
                           "false_accept": [{"rate": 0.1, "log_likelihood_ratio": 0},
                                            {"rate": 0.01, "log_likelihood_ratio": 2}]}}
              """),
          "fake",
          "1",
          "gpu-1:8001");

  private Models() {}
}
