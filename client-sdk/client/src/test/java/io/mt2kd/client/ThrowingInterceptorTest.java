package io.mt2kd.client;

import static io.mt2kd.client.Call.ANALYZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class ThrowingInterceptorTest {
  @RegisterExtension final InProcess local = new InProcess();

  /** What the interceptor throws at each attempt; nothing where it lets the attempt pass. */
  private final Deque<Optional<RuntimeException>> script = new ArrayDeque<>();

  private final ManagedChannel channel =
      InProcessChannelBuilder.forName(local.name)
          .directExecutor()
          .disableRetry()
          .intercept(new Scripted())
          .build();

  private final Mt2kdClient client =
      Mt2kdClient.builder(channel)
          .time(local.time, local.time::nanoTime, () -> 1.0)
          .drainTimeout(Duration.ofHours(1))
          .build();

  @AfterEach
  void stop() {
    channel.shutdownNow();
  }

  @Test
  void failsTheCallAtItsFirstAttempt() {
    script.add(Optional.of(new IllegalArgumentException("no token")));
    assertThatThrownBy(() -> ANALYZE.start(client).join())
        .cause()
        .isInstanceOf(Mt2kdException.class)
        .hasMessage("no token")
        .hasRootCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void failsTheCallAtARepeatedAttempt() {
    local.gateway.failNext(Status.UNAVAILABLE);
    script.add(Optional.empty());
    script.add(Optional.of(new IllegalArgumentException("token expired")));
    CompletableFuture<?> answer = ANALYZE.start(client);
    local.time.forward(Duration.ofSeconds(20));
    assertThat(answer).isCompletedExceptionally();
    assertThatThrownBy(answer::join)
        .cause()
        .isInstanceOf(Mt2kdException.class)
        .hasMessage("token expired");
  }

  @Test
  void aStatusThatItThrowsGetsItsException() {
    script.add(
        Optional.of(Status.UNAUTHENTICATED.withDescription("no token").asRuntimeException()));
    assertThatThrownBy(client::getModel)
        .isInstanceOf(AccessDeniedException.class)
        .hasMessage("no token");
  }

  @Test
  void closingDoesNotWaitForACallThatNeverBegan() {
    script.add(Optional.of(new IllegalArgumentException("no token")));
    assertThatThrownBy(client::getModel).hasMessage("no token");
    client.close();
    assertThat(local.gateway.received()).isEmpty();
  }

  private final class Scripted implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      Optional.ofNullable(script.poll())
          .flatMap(step -> step)
          .ifPresent(
              failure -> {
                throw failure;
              });
      return next.newCall(method, options);
    }
  }
}
