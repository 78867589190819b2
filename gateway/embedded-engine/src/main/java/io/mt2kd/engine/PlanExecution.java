package io.mt2kd.engine;

import static java.util.Objects.requireNonNull;

import ai.onnxruntime.OnnxTensor;
import com.google.protobuf.ByteString;
import io.mt2kd.engine.EnsemblePlan.Selection;
import io.mt2kd.engine.EnsemblePlan.Step;
import io.mt2kd.engine.StatisticsRecorder.Durations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of a plan.
 *
 * <ol>
 *   <li>A step is ready when all its input tensors are there.
 *   <li>Of the steps that become ready together the first goes on in the same thread, the others go
 *       to the executor.
 *   <li>A tensor is closed after its last consumer; what the caller asked for, at the end.
 *   <li>After a failure no step begins; those that run are waited for, because ONNX Runtime still
 *       reads their inputs, then everything is closed and the first failure is told.
 * </ol>
 */
final class PlanExecution {
  /** One tensor of the answer, little-endian. */
  record Output(String name, Datatype datatype, long[] shape, ByteString data) {}

  /** Told once, when nothing of this run is open any more. */
  interface Listener {
    /**
     * @param durations the sum over the steps
     */
    void completed(List<Output> outputs, Durations durations);

    void failed(EngineException failure);
  }

  private final ServedModel model;
  private final Selection selection;
  private final int rows;
  private final Executor executor;
  private final LongSupplier nanoTime;
  private final Supplier<@Nullable EngineException> abandonment;
  private final Listener listener;
  private final boolean ensemble;

  // Guarded by this.
  private final Map<String, Tensor> tensors = new HashMap<>();
  private final Map<String, Integer> uses;
  private final List<Step> waiting;
  private int running;
  private Durations durations = Durations.ZERO;
  private @Nullable EngineException failure;

  /**
   * @param abandonment the reason to begin no further step, or null while there is none
   */
  PlanExecution(
      ServedModel model,
      Selection selection,
      int rows,
      Executor executor,
      LongSupplier nanoTime,
      Supplier<@Nullable EngineException> abandonment,
      Listener listener) {
    this.model = model;
    this.selection = selection;
    this.rows = rows;
    this.executor = executor;
    this.nanoTime = nanoTime;
    this.abandonment = abandonment;
    this.listener = listener;
    this.ensemble = model instanceof EnsembleModel;
    this.uses = new HashMap<>(selection.uses());
    this.waiting = new ArrayList<>(selection.steps());
  }

  /** Begins with these tensors, which are this run's from here on; failures go to the listener. */
  void start(Map<String, Tensor> inputs) {
    synchronized (this) {
      tensors.putAll(inputs);
      running = 1;
    }
    stepEnded();
  }

  private void stepEnded() {
    List<Step> ready;
    boolean finished;
    synchronized (this) {
      // Count and claim in one critical section: else two threads could both see the end.
      running--;
      ready = claimReady();
      finished = running == 0;
    }
    if (finished) {
      finish();
    } else if (!ready.isEmpty()) {
      long readyAt = nanoTime.getAsLong();
      ready.stream().skip(1).forEach(step -> submit(step, readyAt));
      runAndGoOn(ready.get(0), readyAt);
    }
  }

  private void submit(Step step, long readyAt) {
    try {
      executor.execute(() -> runAndGoOn(step, readyAt));
    } catch (RejectedExecutionException e) {
      runAndGoOn(step, readyAt);
    }
  }

  private void runAndGoOn(Step step, long readyAt) {
    run(step, readyAt);
    stepEnded();
  }

  private List<Step> claimReady() {
    if (failure == null) {
      failure = abandonment.get();
    }
    if (failure != null) {
      return List.of();
    }
    List<Step> ready =
        waiting.stream()
            .filter(step -> tensors.keySet().containsAll(step.inputs().values()))
            .toList();
    waiting.removeAll(ready);
    running += ready.size();
    return ready;
  }

  private void run(Step step, long readyAt) {
    OnnxModel member = model.members().get(step.index());
    long begin = nanoTime.getAsLong();
    try {
      Map<String, Tensor> produced =
          member.run(checkedInputs(step, member), selection.memberOutputs(step));
      long infer = nanoTime.getAsLong() - begin;
      var spent = new Durations(begin - readyAt, 0, infer, 0);
      if (ensemble) {
        member.statistics().succeeded(rows, begin - readyAt + infer, spent);
      }
      publish(step, produced, spent);
    } catch (EngineException e) {
      if (ensemble && e.kind() == EngineException.Kind.EXECUTION_FAILED) {
        member.statistics().failed(nanoTime.getAsLong() - readyAt);
      }
      fail(ensemble ? e.inEnsemble(model.definition().name()) : e);
    } catch (RuntimeException | Error e) {
      fail(
          new EngineException(
              EngineException.Kind.EXECUTION_FAILED,
              "model '" + member.definition().name() + "' failed",
              e));
    }
  }

  private Map<String, OnnxTensor> checkedInputs(Step step, OnnxModel member)
      throws EngineException {
    var inputs = new LinkedHashMap<String, OnnxTensor>();
    synchronized (this) {
      step.inputs().forEach((name, tensor) -> inputs.put(name, required(tensor).value()));
    }
    if (ensemble) {
      ModelDefinition definition = member.definition();
      for (TensorSpec spec : definition.inputs().values()) {
        RequestValidation.checkShape(
            definition, spec, requireNonNull(inputs.get(spec.name())).getInfo().getShape());
      }
    }
    return inputs;
  }

  private synchronized void publish(Step step, Map<String, Tensor> produced, Durations spent) {
    durations = durations.plus(spent);
    produced.forEach(
        (output, tensor) -> tensors.put(requireNonNull(step.outputs().get(output)), tensor));
    for (String input : Set.copyOf(step.inputs().values())) {
      if (uses.merge(input, -1, Integer::sum) == 0) {
        requireNonNull(tensors.remove(input)).close();
      }
    }
  }

  private synchronized void fail(EngineException e) {
    if (failure == null) {
      failure = e;
    }
  }

  /** Called by the last thread only: nothing runs any more, and nothing will. */
  private void finish() {
    List<Output> outputs = new ArrayList<>();
    Durations spent;
    @Nullable EngineException failed;
    synchronized (this) {
      long begin = nanoTime.getAsLong();
      try {
        if (failure == null) {
          selection.outputs().forEach(name -> outputs.add(output(name)));
        }
      } catch (RuntimeException | Error e) {
        fail(
            new EngineException(
                EngineException.Kind.EXECUTION_FAILED, "the outputs could not be read", e));
      } finally {
        tensors.values().forEach(Tensor::close);
        tensors.clear();
      }
      spent = durations.plus(new Durations(0, 0, 0, nanoTime.getAsLong() - begin));
      failed = failure;
    }
    if (failed != null) {
      listener.failed(failed);
    } else {
      listener.completed(outputs, spent);
    }
  }

  private Output output(String name) {
    Tensor tensor = required(name);
    Datatype datatype = requireNonNull(model.definition().outputs().get(name)).datatype();
    return new Output(name, datatype, tensor.shape(), TensorCodec.encode(tensor));
  }

  private Tensor required(String name) {
    return requireNonNull(tensors.get(name), name);
  }
}
