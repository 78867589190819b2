package io.mt2kd.gateway.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.mt2kd.gateway.server.configuration.BatchingConfiguration;
import io.mt2kd.gateway.server.configuration.GatewayConfiguration;
import io.mt2kd.gateway.server.configuration.MetricsConfiguration;
import io.mt2kd.gateway.telemetry.tracing.Tracing;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.AnalyzeRequest;
import io.mt2kd.v1.AnalyzeResponse;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.AudioEncoding;
import io.mt2kd.v1.Task;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The spans of calls that go through a whole gateway to a fake Triton. */
@Timeout(60)
class TracingTest {
  private static final String CALLER_TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String CALLER_SPAN = "b7ad6b7169203331";
  private static final String SAMPLED = "00-" + CALLER_TRACE + "-" + CALLER_SPAN + "-01";
  private static final String NOT_SAMPLED = "00-" + CALLER_TRACE + "-" + CALLER_SPAN + "-00";

  @RegisterExtension final FakeTriton triton = new FakeTriton();
  @TempDir Path folder;

  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final OpenTelemetrySdk sdk =
      OpenTelemetrySdk.builder()
          .setTracerProvider(
              SdkTracerProvider.builder()
                  .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                  .build())
          .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
          .build();
  private final String name = "gateway-" + UUID.randomUUID();
  private final ManagedChannel channel = InProcessChannelBuilder.forName(name).build();

  @AfterEach
  void stop() {
    channel.shutdownNow();
    sdk.close();
  }

  @Test
  void leadsFromTheCallerThroughTheBatchToTriton() throws Exception {
    try (Gateway gateway = start(Optional.of(new Tracing(sdk)))) {
      ListenableFuture<AnalyzeResponse> reply = analyze("r1", SAMPLED);
      FakeTriton.InferCall upstream = triton.calls.take();
      upstream.answer();
      reply.get(10, SECONDS);
    }

    SpanData call = only("mt2kd.v1.AnalysisService/Analyze");
    SpanData decode = only("decode");
    SpanData utterance = only("utterance");
    SpanData batch = only("batch");
    assertThat(exporter.getFinishedSpanItems())
        .hasSize(4)
        .allSatisfy(span -> assertThat(span.getTraceId()).isEqualTo(CALLER_TRACE));
    assertThat(call.getParentSpanId()).isEqualTo(CALLER_SPAN);
    assertThat(call.getKind()).isEqualTo(SpanKind.SERVER);
    assertThat(decode.getParentSpanId()).isEqualTo(call.getSpanId());
    assertThat(utterance.getParentSpanId()).isEqualTo(call.getSpanId());
    assertThat(batch.getParentSpanId()).isEqualTo(utterance.getSpanId());
    assertThat(batch.getKind()).isEqualTo(SpanKind.CLIENT);
    assertThat(batch.getStartEpochNanos()).isGreaterThanOrEqualTo(utterance.getStartEpochNanos());
    assertThat(attributes(utterance))
        .contains("mt2kd.request_id=r1", "mt2kd.audio_seconds=0.5", "mt2kd.batch_size=1");
    assertThat(attributes(batch))
        .contains("mt2kd.padded_seconds=0.5", "mt2kd.replica=fake:8001", "mt2kd.heads=[AT]");
  }

  @Test
  void whatReachesTritonIsTheSpanOfTheBatch() throws Exception {
    FakeTriton.InferCall upstream;
    try (Gateway gateway = start(Optional.of(new Tracing(sdk)))) {
      ListenableFuture<AnalyzeResponse> reply = analyze("r1", SAMPLED);
      upstream = triton.calls.take();
      upstream.answer();
      reply.get(10, SECONDS);
    }

    assertThat(upstream.traceParent())
        .isEqualTo("00-" + CALLER_TRACE + "-" + only("batch").getSpanId() + "-01");
  }

  @Test
  void aBatchAndItsMembersLinkEachOther() throws Exception {
    try (Gateway gateway = start(Optional.of(new Tracing(sdk)))) {
      ListenableFuture<AnalyzeResponse> first = analyze("first", "");
      FakeTriton.InferCall busy = triton.calls.take();
      ListenableFuture<AnalyzeResponse> second = analyze("second", SAMPLED);
      ListenableFuture<AnalyzeResponse> third = analyze("third", "");
      awaitWaiting(gateway, 2);
      busy.answer();
      FakeTriton.InferCall both = triton.calls.take();
      both.answer();
      for (ListenableFuture<AnalyzeResponse> reply : List.of(first, second, third)) {
        reply.get(10, SECONDS);
      }
    }

    SpanData batch =
        spans("batch").stream()
            .filter(span -> attributes(span).contains("mt2kd.batch_size=2"))
            .findFirst()
            .orElseThrow();
    List<SpanData> members =
        spans("utterance").stream()
            .filter(span -> !attributes(span).contains("mt2kd.request_id=first"))
            .toList();
    assertThat(linked(batch))
        .containsExactlyInAnyOrderElementsOf(members.stream().map(SpanData::getSpanId).toList());
    assertThat(members)
        .hasSize(2)
        .allSatisfy(member -> assertThat(linked(member)).containsExactly(batch.getSpanId()))
        .anySatisfy(member -> assertThat(batch.getParentSpanId()).isEqualTo(member.getSpanId()));
  }

  @Test
  void aCallerThatIsNotSampledCostsNoSpanAndTritonIsToldSo() throws Exception {
    FakeTriton.InferCall upstream;
    try (Gateway gateway = start(Optional.of(new Tracing(sdk)))) {
      ListenableFuture<AnalyzeResponse> reply = analyze("r1", NOT_SAMPLED);
      upstream = triton.calls.take();
      upstream.answer();
      reply.get(10, SECONDS);
    }

    assertThat(exporter.getFinishedSpanItems()).isEmpty();
    assertThat(upstream.traceParent()).startsWith("00-" + CALLER_TRACE).endsWith("-00");
  }

  @Test
  void aCallThatGivesUpEndsItsSpan() throws Exception {
    try (Gateway gateway = start(Optional.of(new Tracing(sdk)))) {
      ListenableFuture<AnalyzeResponse> reply = analyze("r1", SAMPLED);
      FakeTriton.InferCall upstream = triton.calls.take();
      reply.cancel(true);
      upstream.answer();
    }

    assertThat(attributes(only("mt2kd.v1.AnalysisService/Analyze")))
        .contains("rpc.grpc.status_code=1");
    assertThat(only("utterance").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(only("batch").getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
  }

  @Test
  void withoutTracingNothingGoesAlong() throws Exception {
    FakeTriton.InferCall upstream;
    try (Gateway gateway = start(Optional.empty())) {
      ListenableFuture<AnalyzeResponse> reply = analyze("r1", SAMPLED);
      upstream = triton.calls.take();
      upstream.answer();
      reply.get(10, SECONDS);
    }

    assertThat(upstream.traceParent()).isEmpty();
  }

  private Gateway start(Optional<Tracing> tracing) throws IOException, InterruptedException {
    GatewayConfiguration defaults = GatewayConfiguration.DEFAULT;
    GatewayConfiguration configuration =
        new GatewayConfiguration(
            defaults.server(),
            defaults.admission(),
            new BatchingConfiguration(1, 1, Duration.ofSeconds(1)),
            defaults.backend(),
            defaults.replicas(),
            MetricsConfiguration.DEFAULT.withPort(0),
            defaults.speakers().withDatabase(folder.resolve("speakers.db").toString()));
    Gateway gateway =
        Gateway.start(
            configuration,
            InProcessServerBuilder.forName(name),
            tracing,
            triton.channel(),
            "fake:8001");
    assertThat(gateway.awaitReady(Duration.ofSeconds(20))).isTrue();
    return gateway;
  }

  private ListenableFuture<AnalyzeResponse> analyze(String requestId, String traceParent) {
    Metadata headers = new Metadata();
    if (!traceParent.isEmpty()) {
      headers.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), traceParent);
    }
    return AnalysisServiceGrpc.newFutureStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .analyze(
            AnalyzeRequest.newBuilder()
                .setRequestId(requestId)
                .setAudio(
                    Audio.newBuilder()
                        .setEncoding(AudioEncoding.AUDIO_ENCODING_PCM_S16LE)
                        .setSampleRateHertz(16_000)
                        .setChannelCount(1)
                        .setContent(ByteString.copyFrom(new byte[16_000])))
                .addTasks(Task.TASK_AUDIO_TAGGING)
                .build());
  }

  /** By the metrics: so many utterances are in the queue. */
  private static void awaitWaiting(Gateway gateway, int utterances) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.metricsPort() + "/metrics"))
            .build();
    HttpClient http = HttpClient.newHttpClient();
    while (!http.send(request, HttpResponse.BodyHandlers.ofString())
        .body()
        .contains("mt2kd_utterances_waiting " + utterances + ".0")) {
      Thread.onSpinWait();
    }
  }

  private List<SpanData> spans(String spanName) {
    return exporter.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals(spanName))
        .toList();
  }

  /** The one span of a name. A call's own ends only after its caller has the answer. */
  private SpanData only(String spanName) {
    while (spans(spanName).isEmpty()) {
      Thread.onSpinWait();
    }
    List<SpanData> found = spans(spanName);
    assertThat(found).as(spanName).hasSize(1);
    return found.get(0);
  }

  private static List<String> linked(SpanData span) {
    return span.getLinks().stream()
        .map(LinkData::getSpanContext)
        .map(context -> context.getSpanId())
        .toList();
  }

  private static String attributes(SpanData span) {
    return span.getAttributes().toString();
  }
}
