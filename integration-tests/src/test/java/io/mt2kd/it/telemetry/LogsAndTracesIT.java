package io.mt2kd.it.telemetry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.mt2kd.cli.Main;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import io.mt2kd.client.RetryPolicy;
import io.mt2kd.client.UnavailableException;
import io.mt2kd.it.harness.TritonServer;
import io.mt2kd.it.harness.Waveforms;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The log and the traces of {@code mt2kd serve} in a process of its own, set by the environment.
 */
@Timeout(120)
class LogsAndTracesIT {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String LISTENING = "listening on port ";

  @TempDir Path folder;

  /** What has been sent to the collector, as Latin-1. */
  private final BlockingQueue<String> collected = new LinkedBlockingQueue<>();

  private HttpServer collector;

  @BeforeEach
  void startCollector() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          collected.add(new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
  }

  @AfterEach
  void stopCollector() {
    collector.stop(0);
  }

  @Test
  void aLineAboutACallNamesItsRequestAndItsTraceWhichReachesTheCollector() throws Exception {
    Process serve =
        serve(
            Map.of(
                "MT2KD_LOG_FORMAT", "json",
                "OTEL_TRACES_EXPORTER", "otlp",
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                    "http://127.0.0.1:" + collector.getAddress().getPort(),
                "OTEL_BSP_SCHEDULE_DELAY", "100"));
    try (BufferedReader log = serve.errorReader(UTF_8)) {
      call(port(serve), "call-7");

      JsonNode line = new ObjectMapper().readTree(lineAbout(log, "call-7"));
      assertThat(line.path("level").asText()).isEqualTo("WARN");
      assertThat(line.at("/mdc/request_id").asText()).isEqualTo("call-7");
      assertThat(line.at("/mdc/trace_id").asText()).isEqualTo(TRACE);
      assertThat(line.path("formattedMessage").asText()).contains("call-7");
      assertThat(line.path("timestamp").asLong()).isPositive();
      assertThat(collected.take())
          .contains("mt2kd-gateway")
          .contains("mt2kd.v1.RecognitionService/Recognize")
          .contains(bytes(TRACE));
    } finally {
      serve.destroyForcibly().waitFor();
    }
  }

  @Test
  void tritonsOwnSpansAreChildrenOfTheBatch() throws Exception {
    String endpoint = "http://127.0.0.1:" + collector.getAddress().getPort();
    try (TritonServer triton =
        TritonServer.start(
            List.of(
                "--trace-config=mode=opentelemetry",
                "--trace-config=opentelemetry,url=" + endpoint + "/v1/traces",
                "--trace-config=level=TIMESTAMPS",
                // Of a thousand calls it would otherwise trace one that has no parent.
                "--trace-config=rate=1000000"))) {
      Process serve =
          serve(
              "127.0.0.1:" + triton.port(),
              Map.of(
                  "OTEL_TRACES_EXPORTER", "otlp",
                  "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint,
                  "OTEL_BSP_SCHEDULE_DELAY", "100"));
      try (Mt2kdClient client = client(port(serve), RetryPolicy.DEFAULT)) {
        client.recognize(request("call-9"));
        StringBuilder gateways = new StringBuilder();
        List<String> parents = new ArrayList<>();
        while (parents.stream().noneMatch(parent -> isBatch(parent, gateways))) {
          // Triton sends its spans once: those that get lost on the way are gone. That none of
          // them ever has the batch for its parent ends with the time limit.
          String spans = collected.poll(10, TimeUnit.SECONDS);
          if (spans == null) {
            client.recognize(request("call-9"));
          } else if (spans.startsWith("{")) {
            parents.addAll(parentsOfTritons(spans));
          } else {
            gateways.append(spans);
          }
        }
      } finally {
        serve.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void withoutAWordTheLogIsForPeopleAndNothingIsTraced() throws Exception {
    Process serve = serve(Map.of());
    try (BufferedReader log = serve.errorReader(UTF_8)) {
      call(port(serve), "call-8");

      assertThat(lineAbout(log, "call-8"))
          .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARN  \\[.*] StatusMapping - \\[call-8] .*");
    } finally {
      serve.destroyForcibly().waitFor();
    }
    assertThat(collected).isEmpty();
  }

  @Test
  void refusesAFormatThatThereIsNot() throws Exception {
    Process serve = serve(Map.of("MT2KD_LOG_FORMAT", "yaml"));

    assertThat(serve.errorReader(UTF_8).lines())
        .contains("mt2kd: MT2KD_LOG_FORMAT: yaml (expected: text or json)");
    assertThat(serve.waitFor()).isEqualTo(2);
  }

  /** In front of a backend that is not there: each call is worth a line. */
  private Process serve(Map<String, String> environment) throws IOException {
    return serve("127.0.0.1:" + closedPort(), environment);
  }

  private Process serve(String backend, Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            // The tests' own would win.
            "-Dlogback.configurationFile=logback.xml",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Main.class.getName(),
            "serve",
            "--port",
            "0",
            "--backend",
            backend,
            "--database",
            folder.resolve("speakers.db").toString());
    builder.environment().keySet().removeIf(name -> name.matches("(OTEL|MT2KD)_.*"));
    builder.environment().put("MT2KD_GATEWAY_METRICS_PORT", "0");
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static int port(Process serve) throws IOException {
    String line = serve.inputReader(UTF_8).readLine();
    assertThat(line).startsWith(LISTENING);
    return Integer.parseInt(line.substring(LISTENING.length()));
  }

  private static void call(int port, String requestId) {
    try (Mt2kdClient client = client(port, RetryPolicy.NONE)) {
      assertThatThrownBy(() -> client.recognize(request(requestId)))
          .isInstanceOf(UnavailableException.class);
    }
  }

  private static Mt2kdClient client(int port, RetryPolicy retries) {
    return Mt2kdClient.builder("127.0.0.1:" + port)
        .plaintext()
        .retryPolicy(retries)
        .metadata("traceparent", "00-" + TRACE + "-b7ad6b7169203331-01")
        .build();
  }

  private static RecognizeRequest request(String requestId) {
    return RecognizeRequest.of(Recording.pcm16(Waveforms.voiceLike(16_000, 3), Waveforms.RATE))
        .withRequestId(requestId);
  }

  /** What Triton names as the parents of its spans for our calls. */
  private static List<String> parentsOfTritons(String spans) throws IOException {
    List<String> parents = new ArrayList<>();
    for (JsonNode group : new ObjectMapper().readTree(spans).findValues("spans")) {
      for (JsonNode span : group) {
        if (span.path("name").asText().equals("InferRequest")
            && span.path("traceId").asText().equals(TRACE)) {
          parents.add(span.path("parentSpanId").asText());
        }
      }
    }
    return parents;
  }

  /**
   * Whether an id is that of a span named batch: field 2 of a span; its parent's is 4, its name 5.
   */
  private static boolean isBatch(String spanId, CharSequence spans) {
    return Pattern.compile(
            Pattern.quote("\u0012\b" + bytes(spanId)) + "\"\b.{8}\\*\u0005batch", Pattern.DOTALL)
        .matcher(spans)
        .find();
  }

  private static String bytes(String hex) {
    return new String(HexFormat.of().parseHex(hex), ISO_8859_1);
  }

  private static String lineAbout(BufferedReader log, String requestId) throws IOException {
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      if (line.contains(requestId)) {
        return line;
      }
    }
    throw new AssertionError("the process has ended without a line about " + requestId);
  }
}
