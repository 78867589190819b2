package io.mt2kd.engine;

import java.util.List;

/** One version of a model that is ready to answer. */
sealed interface ServedModel permits OnnxModel, EnsembleModel {
  ModelDefinition definition();

  long version();

  StatisticsRecorder statistics();

  /** What runs for a request; a model that stands alone is a plan of one step. */
  EnsemblePlan plan();

  /** The models behind the plan's steps, by {@link EnsemblePlan.Step#index}. */
  List<OnnxModel> members();
}
