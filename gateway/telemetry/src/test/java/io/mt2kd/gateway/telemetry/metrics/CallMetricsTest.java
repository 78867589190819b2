package io.mt2kd.gateway.telemetry.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls over the real gRPC stack, in process, on the test's own thread. */
@Timeout(20)
class CallMetricsTest {
  private static final MethodDescriptor<String, String> ECHO = method("test.Service/Echo");
  private static final String LABELS = "{method=\"test.Service/Echo\",status=\"%s\"}";

  private final GatewayMetrics metrics = new GatewayMetrics(false);
  private final BlockingQueue<StreamObserver<String>> held = new LinkedBlockingQueue<>();
  private final String name = InProcessServerBuilder.generateName();
  private final Server server =
      InProcessServerBuilder.forName(name)
          .directExecutor()
          .addStreamTracerFactory(metrics.calls())
          .addService(
              ServerServiceDefinition.builder("test.Service")
                  .addMethod(ECHO, ServerCalls.asyncUnaryCall(this::echo))
                  .build())
          .build();
  private final ManagedChannel channel =
      InProcessChannelBuilder.forName(name).directExecutor().build();

  @BeforeEach
  void start() throws IOException {
    server.start();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
    metrics.close();
  }

  @Test
  void countsCallsByMethodAndStatus() {
    call(ECHO, "good");
    call(ECHO, "good");
    assertThatThrownBy(() -> call(ECHO, "bad")).isInstanceOf(StatusRuntimeException.class);

    assertThat(count(LABELS.formatted("OK"))).isEqualTo(2);
    assertThat(count(LABELS.formatted("INVALID_ARGUMENT"))).isEqualTo(1);
  }

  @Test
  void aMethodThatTheServerDoesNotHaveMakesNoSeriesOfItsOwn() {
    assertThatThrownBy(() -> call(method("test.Service/Invented1"), "")).isNotNull();
    assertThatThrownBy(() -> call(method("Invented/Invented2"), "")).isNotNull();

    assertThat(count("{method=\"unknown\",status=\"UNIMPLEMENTED\"}")).isEqualTo(2);
    assertThat(metrics.registry().scrape()).doesNotContain("Invented");
  }

  @Test
  void aCancelledCallIsInFlightUntilThenAndCountsOnce() {
    var call = channel.newCall(ECHO, CallOptions.DEFAULT);
    var reply = ClientCalls.futureUnaryCall(call, "hold");
    assertThat(held).hasSize(1);
    assertThat(Scrape.value(metrics, "mt2kd_calls_in_flight")).isEqualTo(1);

    reply.cancel(true);

    assertThat(Scrape.value(metrics, "mt2kd_calls_in_flight")).isZero();
    assertThat(count(LABELS.formatted("CANCELLED"))).isEqualTo(1);
    assertThat(Scrape.of(metrics, "mt2kd_calls_seconds_count")).hasSize(1);
  }

  private double count(String labels) {
    return Scrape.value(metrics, "mt2kd_calls_seconds_count" + labels);
  }

  private void echo(String request, StreamObserver<String> observer) {
    switch (request) {
      case "hold" -> held.add(observer);
      case "bad" -> observer.onError(Status.INVALID_ARGUMENT.asRuntimeException());
      default -> {
        observer.onNext(request);
        observer.onCompleted();
      }
    }
  }

  private String call(MethodDescriptor<String, String> method, String request) {
    return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
  }

  private static MethodDescriptor<String, String> method(String name) {
    return MethodDescriptor.newBuilder(new Text(), new Text())
        .setType(MethodType.UNARY)
        .setFullMethodName(name)
        .build();
  }

  private static final class Text implements Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
