package io.mt2kd.it.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mt2kd.client.EnrollRequest;
import io.mt2kd.client.InvalidRequestException;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Recording;
import io.mt2kd.client.Task;
import io.mt2kd.it.harness.Checkout;
import io.mt2kd.it.harness.EngineServer;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.Waveforms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard and docs/metrics.md against the scrape of a gateway that has answered calls. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
class MetricsIT {
  private static final Recording CLIP =
      Recording.pcm16(Waveforms.voiceLike(20_000, 3), Waveforms.RATE);

  /** Those that Prometheus adds. */
  private static final Set<String> SCRAPERS_LABELS = Set.of("instance", "job", "le");

  private static final Pattern ROW =
      Pattern.compile("\\| `(mt2kd_\\w+)` \\| (\\w+) \\| [\\w ]+ \\|([^|]*)\\|.*");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern LEGEND = Pattern.compile("\\{\\{(\\w+)}}");

  private EngineServer engine;
  private GatewayServer gateway;
  private String text;
  private Scrape scrape;

  @BeforeAll
  void answerCalls(@TempDir Path folder) throws Exception {
    engine = EngineServer.start();
    gateway = GatewayServer.start(engine.channel(), "replica-under-test", folder);
    try (Mt2kdClient client = gateway.client()) {
      client.analyze(CLIP, Task.values());
      client.getModel();
      client.enroll(EnrollRequest.of("alice", CLIP));
      assertThatThrownBy(() -> client.analyze(Recording.wav(new byte[100]), Task.values()))
          .isInstanceOf(InvalidRequestException.class);
    }
    System.gc();
    // The JVM tells of its collections in its own time, and a call ends after its reply.
    do {
      text = gateway.scrape();
      scrape = Scrape.parse(text);
    } while (!scrape.types.containsKey("jvm_gc_pause_seconds")
        || !text.contains("mt2kd_calls_in_flight 0.0"));
  }

  @AfterAll
  void stop() {
    gateway.close();
    engine.close();
  }

  @Test
  void measuresTheCallsThatWereAnswered() {
    String ok = "mt2kd_calls_seconds_count{method=\"mt2kd.v1.%s\",status=\"%s\"} %s";
    assertThat(text)
        .contains(ok.formatted("AnalysisService/Analyze", "OK", "1"))
        .contains(ok.formatted("AnalysisService/Analyze", "INVALID_ARGUMENT", "1"))
        .contains(ok.formatted("SpeakerService/EnrollSpeaker", "OK", "1"))
        .contains("mt2kd_utterances_total{outcome=\"answered\"} 2.0")
        .contains("mt2kd_audio_done_seconds_total 2.5")
        .contains("mt2kd_decode_seconds_count{outcome=\"decoded\"} 2")
        .contains("mt2kd_decode_seconds_count{outcome=\"refused\"} 1")
        .contains("mt2kd_tenant_calls_total{tenant=\"default\"} 2.0")
        .contains("mt2kd_replica_state{replica=\"replica-under-test\",state=\"serving\"} 1.0")
        .containsPattern("mt2kd_request_size_bytes_sum\\{method=\"[^\"]*Analyze\"} 4\\d{4}");
  }

  @Test
  void everyQueryOfTheDashboardNamesMetricsAndLabelsThatAreThere() throws IOException {
    List<String> wrong = new ArrayList<>();
    int queries = 0;
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        queries++;
        String query = target.path("expr").asText();
        Promql named = Promql.parse(query);
        Set<String> all = new LinkedHashSet<>(SCRAPERS_LABELS);
        assertThat(named.selectors).as(query).isNotEmpty();
        named.selectors.forEach(
            (metric, labels) -> {
              if (!scrape.labels.containsKey(metric)) {
                wrong.add(panel.path("title").asText() + ": " + metric);
              }
              Set<String> there = new LinkedHashSet<>(SCRAPERS_LABELS);
              there.addAll(scrape.labels.getOrDefault(metric, Set.of()));
              all.addAll(there);
              labels.stream()
                  .filter(label -> !there.contains(label))
                  .forEach(label -> wrong.add(metric + " has no label " + label));
            });
        named.groupings.stream()
            .filter(label -> !all.contains(label))
            .forEach(label -> wrong.add(query + ": no label " + label));
        Matcher legend = LEGEND.matcher(target.path("legendFormat").asText());
        while (legend.find()) {
          if (!named.groupings.contains(legend.group(1))) {
            wrong.add(query + ": its result has no label " + legend.group(1));
          }
        }
      }
    }

    assertThat(wrong).isEmpty();
    assertThat(queries).isGreaterThan(40);
  }

  @Test
  void theDashboardReadsFromTopToBottom() throws IOException {
    List<String> rows = new ArrayList<>();
    Set<Integer> ids = new TreeSet<>();
    int bottom = 0;
    for (JsonNode panel : panels()) {
      assertThat(ids.add(panel.path("id").asInt())).isTrue();
      assertThat(panel.at("/gridPos/y").asInt()).isGreaterThanOrEqualTo(bottom);
      bottom = panel.at("/gridPos/y").asInt();
      if (panel.path("type").asText().equals("row")) {
        rows.add(panel.path("title").asText().replaceFirst(":.*", ""));
      }
    }

    assertThat(rows)
        .containsExactly("Traffic", "Latency", "Overload", "Batching", "Replicas", "JVM");
  }

  @Test
  void everyMetricOfOursIsDocumentedWithItsTypeAndItsLabels() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    for (String line : document().lines().toList()) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        documented.put(row.group(1), row.group(2) + " " + labels(row.group(3)));
      }
    }
    Map<String, String> told = new TreeMap<>();
    scrape.types.forEach(
        (name, type) -> {
          boolean largest = type.equals("gauge") && isHistogram(name.replaceFirst("_max$", ""));
          if (name.startsWith("mt2kd_") && !largest) {
            told.put(name, type + " " + new TreeSet<>(scrape.labelsOf(name)));
          }
        });

    assertThat(documented).isEqualTo(told);
  }

  @Test
  void everyOtherMetricIsOfAFamilyThatTheDocumentNames() throws IOException {
    List<String> families = new ArrayList<>();
    Matcher name = Pattern.compile("`((?:jvm|process|system)_[\\w*]+)`").matcher(document());
    while (name.find()) {
      families.add(name.group(1).replace("*", "\\w+"));
    }

    assertThat(scrape.types.keySet())
        .filteredOn(metric -> !metric.startsWith("mt2kd_"))
        .isNotEmpty()
        .allSatisfy(metric -> assertThat(families).anyMatch(metric::matches));
    assertThat(families)
        .allSatisfy(
            family -> assertThat(scrape.types.keySet()).anyMatch(each -> each.matches(family)));
  }

  private boolean isHistogram(String name) {
    return "histogram".equals(scrape.types.get(name));
  }

  /** One label between two semicolons; what follows its colon are its values. */
  private static Set<String> labels(String cell) {
    Set<String> names = new TreeSet<>();
    for (String part : cell.split(";")) {
      Matcher code = CODE.matcher(part);
      if (code.find()) {
        names.add(code.group(1));
      }
    }
    return names;
  }

  private static List<JsonNode> panels() throws IOException {
    Path file = Checkout.root().resolve("helm/dashboards/gateway.json");
    List<JsonNode> panels = new ArrayList<>();
    new ObjectMapper().readTree(Files.readString(file)).path("panels").forEach(panels::add);
    return panels;
  }

  private static String document() throws IOException {
    return Files.readString(Checkout.root().resolve("docs/metrics.md"));
  }
}
