package io.mt2kd.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One ONNX file in an ONNX Runtime session. Thread-safe, as the session is. */
final class OnnxModel implements ServedModel, AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(OnnxModel.class);

  private final ModelDefinition definition;
  private final long version;
  private final EnsemblePlan plan;
  private final OrtSession session;
  private final TensorCodec codec;
  private final StatisticsRecorder statistics;

  private OnnxModel(
      ModelDefinition definition,
      long version,
      OrtSession session,
      TensorCodec codec,
      StatisticsRecorder statistics) {
    this.definition = definition;
    this.version = version;
    this.session = session;
    this.codec = codec;
    this.statistics = statistics;
    this.plan =
        EnsemblePlan.single(
            definition.name(), definition.inputs().keySet(), definition.outputs().keySet());
  }

  static OnnxModel load(
      ModelDirectory directory,
      long version,
      OrtEnvironment environment,
      int intraOpThreads,
      TensorCodec codec,
      StatisticsRecorder statistics)
      throws InvalidModelException {
    Path file = directory.modelFile(version);
    OrtSession session;
    try (var options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(intraOpThreads);
      // Spinning workers make an idle engine burn whole cores.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      // Errors come back as exceptions and are logged here; ONNX Runtime would print them again.
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      session = environment.createSession(file.toString(), options);
    } catch (OrtException e) {
      logger.error("model '{}' version {} was refused", directory.name(), version, e);
      throw new InvalidModelException(
          "version " + version + " was refused by ONNX Runtime: " + OnnxErrors.reason(e), e);
    }
    try {
      var definition =
          ModelDefinition.of(directory.name(), OnnxSignature.complete(directory.config(), session));
      OnnxSignature.check(definition, session);
      return new OnnxModel(definition, version, session, codec, statistics);
    } catch (InvalidModelException | OrtException | RuntimeException e) {
      closeQuietly(session, directory.name());
      if (e instanceof InvalidModelException invalid) {
        throw invalid;
      }
      throw new InvalidModelException("the ONNX file's inputs and outputs cannot be read", e);
    }
  }

  @Override
  public ModelDefinition definition() {
    return definition;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public StatisticsRecorder statistics() {
    return statistics;
  }

  @Override
  public EnsemblePlan plan() {
    return plan;
  }

  @Override
  public List<OnnxModel> members() {
    return List.of(this);
  }

  /**
   * Runs the model.
   *
   * @param inputs stay the caller's
   * @param outputs what to compute; nothing else is
   * @return the outputs by name, now the caller's to close
   */
  Map<String, Tensor> run(Map<String, OnnxTensor> inputs, Set<String> outputs)
      throws EngineException {
    OrtSession.Result result;
    try {
      result = session.run(inputs, outputs);
    } catch (OrtException e) {
      throw new EngineException(
          EngineException.Kind.EXECUTION_FAILED,
          "model '%s' failed: %s".formatted(definition.name(), OnnxErrors.reason(e)),
          e);
    }
    // From here on the tensors are owned one by one, and the result is never closed as a whole.
    var tensors = new LinkedHashMap<String, Tensor>();
    result.forEach(
        entry -> tensors.put(entry.getKey(), codec.adopt((OnnxTensor) entry.getValue())));
    return tensors;
  }

  @Override
  public void close() {
    closeQuietly(session, definition.name());
  }

  private static void closeQuietly(OrtSession session, String model) {
    try {
      session.close();
    } catch (OrtException e) {
      logger.warn("the session of model '{}' did not close", model, e);
    }
  }
}
