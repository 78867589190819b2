package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;

import inference.GRPCInferenceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.mt2kd.gateway.triton.fixture.FakeClock;
import io.mt2kd.gateway.triton.fixture.FakeTriton;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class ClosingTest {
  @RegisterExtension final FakeTriton triton = new FakeTriton();

  private final FakeClock clock = new FakeClock();
  private final WatchedChannel channel = new WatchedChannel(triton.directChannel());

  @Test
  void noChannelIsShutDownUnderTheStartOfALook() {
    triton.freeze();
    TritonBackend backend =
        TritonBackend.connect(
            ReplicaDiscovery.fixed(List.of("a")),
            address -> channel,
            TritonOptions.DEFAULT,
            clock.scheduler(),
            clock.scheduler(),
            clock.ticker(),
            somebody -> {});
    AtomicBoolean shutDown = new AtomicBoolean();
    channel.onSecondCall =
        () -> {
          CompletableFuture<Void> unused = CompletableFuture.runAsync(backend::close);
          // Empty as soon as the replicas have been told.
          while (!backend.statuses().isEmpty() && !Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
          }
          shutDown.set(channel.isShutdown());
        };

    triton.thaw();
    backend.close();

    assertThat(shutDown).isFalse();
    assertThat(channel.isTerminated()).isTrue();
  }

  /** Tells when the second call of a look is about to start. */
  private static final class WatchedChannel extends ManagedChannel {
    private final ManagedChannel channel;
    private Runnable onSecondCall = () -> {};

    WatchedChannel(ManagedChannel channel) {
      this.channel = channel;
    }

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      ClientCall<Q, A> call = channel.newCall(method, options);
      return method.equals(GRPCInferenceServiceGrpc.getModelConfigMethod())
          ? new SimpleForwardingClientCall<>(call) {
            @Override
            public void start(Listener<A> listener, Metadata headers) {
              onSecondCall.run();
              super.start(listener, headers);
            }
          }
          : call;
    }

    @Override
    public ManagedChannel shutdown() {
      channel.shutdown();
      return this;
    }

    @Override
    public ManagedChannel shutdownNow() {
      channel.shutdownNow();
      return this;
    }

    @Override
    public boolean isShutdown() {
      return channel.isShutdown();
    }

    @Override
    public boolean isTerminated() {
      return channel.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
      return channel.awaitTermination(timeout, unit);
    }

    @Override
    public String authority() {
      return channel.authority();
    }
  }
}
