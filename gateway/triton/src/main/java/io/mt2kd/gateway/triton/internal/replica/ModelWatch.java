package io.mt2kd.gateway.triton.internal.replica;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.SynchronizationContext.ScheduledHandle;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.triton.HealthOptions;
import io.mt2kd.gateway.triton.internal.protocol.ModelLook;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a server again and again: is the model there, and which one is it? A reload under a
 * running gateway is seen one interval later.
 *
 * <p>What the server says is believed at once. A look that fails, or is not answered within the
 * limit, makes the replica doubtful; the second in a row, or twice the limit, makes it absent. One
 * look at a time: one that hangs counts again each time that the limit has passed.
 *
 * <p>Silence may be the connection's and not the server's. An attempt to connect that takes longer
 * than the limit is dropped for a new one: gRPC itself would wait for ever for a server that
 * accepts a connection and then says nothing. A connection on which two limits pass without an
 * answer is left for a new one, which a look tries at once: its other end may have gone without a
 * word, and a ping takes half a minute to find that out. Calls that are under way on it stay there.
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

  /** Under way, with those on connections that were left. */
  private final Set<CompletableFuture<ModelLook.Answer>> looks = new HashSet<>();

  /** Among them, on the connection of now. */
  private @Nullable CompletableFuture<ModelLook.Answer> current;

  private boolean stopped;
  private int unanswered;

  /** Or later: the last answer, or the last time that a connection or an attempt was dropped. */
  private long connectingSinceNanos;

  /** Limits that have passed over the look under way. */
  private int silences;

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

    /** What is under way stays on a connection that is not used any more. */
    void connectionLeft();
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
    if (stopped || current != null) {
      return;
    }
    if (unanswered > 0) {
      // Else the channel waits for up to two minutes before it tries to connect again.
      channel.resetConnectBackoff();
    }
    lateness = loop.after(options.answerLimit(), this::late);
    CompletableFuture<ModelLook.Answer> asked = server.look();
    looks.add(asked);
    current = asked;
    asked.whenComplete((answer, failure) -> loop.execute(() -> ended(asked, answer, failure)));
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
    CompletableFuture.allOf(looks.toArray(CompletableFuture[]::new))
        .whenComplete((all, failure) -> then.run());
  }

  private void ended(
      CompletableFuture<ModelLook.Answer> look,
      ModelLook.@Nullable Answer answer,
      @Nullable Throwable failure) {
    looks.remove(look);
    if (stopped || look != current) {
      return;
    }
    over();
    if (answer == null) {
      unanswered(failure);
    } else {
      answered(answer);
    }
  }

  private void answered(ModelLook.Answer answer) {
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
    if (stopped || current == null) {
      return;
    }
    silences++;
    lateness = loop.after(options.answerLimit(), this::late);
    Duration limit = options.answerLimit();
    unanswered(new IllegalStateException("a look was not answered within " + limit));
  }

  private void unanswered(@Nullable Throwable cause) {
    unanswered++;
    if (unanswered < UNANSWERED_LOOKS) {
      listener.doubtful();
    } else {
      listener.absent("the model server does not answer", cause, true);
    }
    connectAnew();
  }

  /** Drops a connection, or an attempt to make one, that has had its time. */
  private void connectAnew() {
    boolean connected = channel.getState(false) == ConnectivityState.READY;
    long attemptNanos = loop.nanos() - connectingSinceNanos;
    if (connected ? silences < UNANSWERED_LOOKS : attemptNanos < options.answerLimit().toNanos()) {
      return;
    }
    channel.enterIdle();
    connectingSinceNanos = loop.nanos();
    // A look that waits for a connection takes the next one; this one was sent.
    if (connected) {
      over();
      listener.connectionLeft();
      look();
    }
  }

  private void over() {
    current = null;
    silences = 0;
    cancel(lateness);
  }

  private static void cancel(@Nullable ScheduledHandle handle) {
    if (handle != null) {
      handle.cancel();
    }
  }
}
