package io.mt2kd.gateway.triton.internal.replica;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.SynchronizationContext.ScheduledHandle;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.triton.HealthOptions;
import io.mt2kd.gateway.triton.internal.protocol.ModelLook;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a server again and again: is the model there, and which one is it? A reload under a
 * running gateway is seen one interval later.
 *
 * <p>What the server says is believed at once. A look that fails, or is not answered within the
 * limit, makes the replica doubtful; the second in a row, or twice the limit, makes it absent. One
 * look at a time: one that hangs counts again each time that the limit has passed. An attempt to
 * connect that takes longer than the limit is dropped for a new one: gRPC itself would wait for
 * ever for a server that accepts a connection and then says nothing.
 *
 * <p>All of this on the control loop.
 */
final class ModelWatch {
  // One lost look is an accident of the network; taken for news it would drain the whole gateway.
  private static final int UNANSWERED_LOOKS = 2;

  private final ManagedChannel channel;
  private final ModelLook server;
  private final HealthOptions options;
  private final ControlLoop loop;
  private final Listener listener;

  private @Nullable CompletableFuture<ModelLook.Answer> lastLook;
  private boolean looking;
  private boolean stopped;
  private int unanswered;

  /** Or later: the last answer, or the last time that the attempt to connect was dropped. */
  private long connectingSinceNanos;

  private @Nullable ScheduledHandle lateness;
  private @Nullable ScheduledHandle nextLook;

  /** What a look brought; on the control loop. */
  interface Listener {
    /** The model is there, told at each look. */
    void present(ServedModel model);

    /** A look was not answered: the next one decides. */
    void doubtful();

    /**
     * The model is not there, told at each look.
     *
     * @param silent whether nobody said so
     */
    void absent(String reason, @Nullable Throwable cause, boolean silent);
  }

  ModelWatch(
      ManagedChannel channel,
      ModelLook server,
      HealthOptions options,
      ControlLoop loop,
      Listener listener) {
    this.channel = channel;
    this.server = server;
    this.options = options;
    this.loop = loop;
    this.listener = listener;
  }

  /** Looks now and from now on. */
  void start() {
    connectingSinceNanos = loop.nanos();
    lookAgain();
  }

  private void lookAgain() {
    if (stopped) {
      return;
    }
    look();
    nextLook = loop.after(options.pollInterval(), this::lookAgain);
  }

  /** Looks out of turn, unless a look is under way. */
  void look() {
    if (stopped || looking) {
      return;
    }
    looking = true;
    if (unanswered > 0) {
      // Else the channel waits for up to two minutes before it tries to connect again.
      channel.resetConnectBackoff();
    }
    lateness = loop.after(options.answerLimit(), this::late);
    CompletableFuture<ModelLook.Answer> asked = server.look();
    lastLook = asked;
    asked.whenComplete((answer, failure) -> loop.execute(() -> answered(answer, failure)));
  }

  /**
   * Ends all looking.
   *
   * @param then when no look is under way any more, on any thread
   */
  void stop(Runnable then) {
    stopped = true;
    cancel(lateness);
    cancel(nextLook);
    server.stop();
    if (lastLook == null) {
      then.run();
    } else {
      lastLook.whenComplete((answer, failure) -> then.run());
    }
  }

  private void answered(ModelLook.@Nullable Answer answer, @Nullable Throwable failure) {
    if (stopped) {
      return;
    }
    looking = false;
    cancel(lateness);
    if (answer == null) {
      unanswered(failure);
      return;
    }
    unanswered = 0;
    connectingSinceNanos = loop.nanos();
    ServedModel model = answer.model();
    if (model == null) {
      listener.absent(answer.absence(), answer.cause(), false);
    } else {
      listener.present(model);
    }
  }

  private void late() {
    if (stopped || !looking) {
      return;
    }
    lateness = loop.after(options.answerLimit(), this::late);
    Duration limit = options.answerLimit();
    unanswered(new IllegalStateException("a look was not answered within " + limit));
  }

  private void unanswered(@Nullable Throwable cause) {
    unanswered++;
    connectAnew();
    if (unanswered < UNANSWERED_LOOKS) {
      listener.doubtful();
    } else {
      listener.absent("the model server does not answer", cause, true);
    }
  }

  /**
   * Drops an attempt to connect that has had its time. No call is under way without a connection.
   */
  private void connectAnew() {
    long now = loop.nanos();
    if (channel.getState(false) != ConnectivityState.READY
        && now - connectingSinceNanos >= options.answerLimit().toNanos()) {
      channel.enterIdle();
      connectingSinceNanos = now;
    }
  }

  private static void cancel(@Nullable ScheduledHandle handle) {
    if (handle != null) {
      handle.cancel();
    }
  }
}
