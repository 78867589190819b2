package io.mt2kd.engine;

import inference.ModelMetadataResponse;
import inference.ModelMetadataResponse.TensorMetadata;
import inference.RepositoryIndexResponse;
import inference.RepositoryIndexResponse.ModelIndex;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Models in the words of the protocol. */
final class ModelDescriptions {
  private ModelDescriptions() {}

  static ModelMetadataResponse metadata(ServedModel model, Collection<ServedModel> versions) {
    ModelDefinition definition = model.definition();
    var metadata =
        ModelMetadataResponse.newBuilder()
            .setName(definition.name())
            .setPlatform(definition.config().getPlatform());
    versions.forEach(version -> metadata.addVersions(Long.toString(version.version())));
    definition.inputs().values().forEach(i -> metadata.addInputs(tensor(i, definition.batches())));
    definition
        .outputs()
        .values()
        .forEach(o -> metadata.addOutputs(tensor(o, definition.batches())));
    return metadata.build();
  }

  /** READY versions, then what could not be loaded; a model that was not asked for has no state. */
  static RepositoryIndexResponse index(LoadedModels models, boolean readyOnly) {
    var index = RepositoryIndexResponse.newBuilder();
    for (String name : models.present()) {
      Collection<ServedModel> versions = models.versions(name);
      for (ServedModel version : versions) {
        index.addModels(
            ModelIndex.newBuilder()
                .setName(name)
                .setVersion(Long.toString(version.version()))
                .setState("READY"));
      }
      if (versions.isEmpty() && !readyOnly) {
        ModelIndex.Builder entry = ModelIndex.newBuilder().setName(name);
        @Nullable String failure = models.failures().get(name);
        if (failure != null) {
          entry.setState("UNAVAILABLE").setReason(failure);
        }
        index.addModels(entry);
      }
    }
    return index.build();
  }

  private static TensorMetadata tensor(TensorSpec spec, boolean batches) {
    return TensorMetadata.newBuilder()
        .setName(spec.name())
        .setDatatype(spec.datatype().name())
        .addAllShape(spec.wireDims(batches))
        .build();
  }
}
