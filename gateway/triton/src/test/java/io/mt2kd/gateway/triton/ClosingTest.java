package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;

import inference.GRPCInferenceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.mt2kd.gateway.triton.fixture.FakeClock;
import io.mt2kd.gateway.triton.fixture.FakeTriton;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class ClosingTest {
  @RegisterExtension final FakeTriton triton = new FakeTriton();

  private final FakeClock clock = new FakeClock();
  private final ManagedChannel channel = triton.directChannel(new SecondCalls());

  /** Runs when the second call of a look is about to start. */
  private Runnable onSecondCall = () -> {};

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
    onSecondCall =
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

  private final class SecondCalls implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
        @Override
        public void start(Listener<A> listener, Metadata headers) {
          if (method.equals(GRPCInferenceServiceGrpc.getModelConfigMethod())) {
            onSecondCall.run();
          }
          super.start(listener, headers);
        }
      };
    }
  }
}
