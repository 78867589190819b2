package io.mt2kd.gateway.triton;

import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import inference.ModelConfigRequest;
import inference.ModelConfigResponse;
import inference.ModelReadyRequest;
import inference.ServerMetadataRequest;
import inference.ServerMetadataResponse;
import io.grpc.Channel;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.model.ModelManifest;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the server again and again: is the model there, and which one is it? Its manifest is
 * read with its configuration, so a reload under a running gateway is seen one interval later. What
 * the server says is believed at once; a present model is given up after two looks in a row that
 * failed.
 */
final class ModelWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ModelWatch.class);
  private static final String MANIFEST = "manifest";
  // A look costs the server nothing, so silence for so long is an answer.
  private static final long LOOK_SECONDS = 10;
  // One lost look is an accident of the network; taken for news it would drain the whole gateway.
  private static final int UNANSWERED_LOOKS = 2;

  private final GRPCInferenceServiceBlockingStub server;
  private final String replica;
  private final TritonOptions options;
  private final Consumer<Boolean> listener;
  private final ScheduledFuture<?> looking;

  /** Held by the news of a look and by the closing, so that neither comes between the other. */
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by {@link #lock}. */
  private boolean closed;

  /** In a row; guarded by {@link #lock}. */
  private int unansweredLooks;

  private volatile @Nullable ServedModel model;
  private volatile String absence = "the model server has not answered yet";

  /**
   * Starts looking at once.
   *
   * @param listener told whether there is a model, at each change, on the scheduler's thread
   */
  ModelWatch(
      Channel channel,
      String replica,
      TritonOptions options,
      ScheduledExecutorService scheduler,
      Consumer<Boolean> listener) {
    this.server = GRPCInferenceServiceGrpc.newBlockingStub(channel);
    this.replica = replica;
    this.options = options;
    this.listener = listener;
    this.looking =
        scheduler.scheduleWithFixedDelay(
            this::look, 0, options.pollInterval().toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * @throws UnavailableException while there is none
   */
  ServedModel model() {
    ServedModel present = model;
    if (present == null) {
      throw new UnavailableException(absence);
    }
    return present;
  }

  private void look() {
    try {
      GRPCInferenceServiceBlockingStub stub =
          server.withDeadlineAfter(LOOK_SECONDS, TimeUnit.SECONDS);
      if (!stub.modelReady(ModelReadyRequest.newBuilder().setName(options.model()).build())
          .getReady()) {
        unlessClosed(() -> absent("the model is not ready", null));
        return;
      }
      ModelConfigResponse config =
          stub.modelConfig(ModelConfigRequest.newBuilder().setName(options.model()).build());
      ServerMetadataResponse metadata =
          stub.serverMetadata(ServerMetadataRequest.getDefaultInstance());
      unlessClosed(() -> present(config, metadata));
    } catch (IllegalArgumentException e) {
      unlessClosed(() -> absent("the model server's manifest cannot be read", e));
    } catch (RuntimeException e) {
      // Whatever it is, the next look must happen: an exception would end the schedule.
      unlessClosed(() -> unanswered(e));
    }
  }

  // Closing interrupts a look under way, whose failure says nothing about the model then.
  private void unlessClosed(Runnable news) {
    lock.lock();
    try {
      if (!closed) {
        news.run();
      }
    } finally {
      lock.unlock();
    }
  }

  private void present(ModelConfigResponse config, ServerMetadataResponse metadata) {
    if (!config.getConfig().containsParameters(MANIFEST)) {
      throw new IllegalArgumentException("no parameter " + MANIFEST + " in the configuration");
    }
    ModelManifest manifest =
        ModelManifest.parse(config.getConfig().getParametersOrThrow(MANIFEST).getStringValue());
    ServedModel seen =
        new ServedModel(manifest, metadata.getName(), metadata.getVersion(), replica);
    unansweredLooks = 0;
    ServedModel before = model;
    if (seen.equals(before)) {
      return;
    }
    model = seen;
    log.info(
        "[{}] serves {} {} ({}) on {} {}",
        replica,
        manifest.name(),
        manifest.version(),
        manifest.fingerprint(),
        seen.server(),
        seen.serverVersion());
    if (before == null) {
      tell(true);
    }
  }

  private void unanswered(RuntimeException cause) {
    unansweredLooks++;
    if (model != null && unansweredLooks < UNANSWERED_LOOKS) {
      log.info("[{}] a look was not answered: the next one decides", replica);
      return;
    }
    absent("the model server does not answer", cause);
  }

  private void absent(String reason, @Nullable Throwable cause) {
    boolean news = model != null || !absence.equals(reason);
    boolean wasPresent = model != null;
    absence = reason;
    model = null;
    if (news) {
      log.warn("[{}] {}", replica, reason, cause);
    }
    if (wasPresent) {
      tell(false);
    }
  }

  // A listener's failure is no news about the model, and must not be the last look.
  private void tell(boolean there) {
    try {
      listener.accept(there);
    } catch (RuntimeException e) {
      log.error("[{}] listener failed on {}", replica, there, e);
    }
  }

  /** Nothing is told or logged once this has returned. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    looking.cancel(false);
  }
}
