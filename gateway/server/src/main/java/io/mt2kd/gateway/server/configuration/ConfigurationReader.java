package io.mt2kd.gateway.server.configuration;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The one reader of settings. Later ones win: defaults, the YAML file, the environment.
 *
 * <p>The environment's name of a setting is {@code MT2KD_GATEWAY_} and its path in capitals with
 * underscores: {@code server.max-request-bytes} is {@code MT2KD_GATEWAY_SERVER_MAX_REQUEST_BYTES}.
 * What no setting answers to is an error, in the file and in the environment alike: a typing
 * mistake never goes unnoticed.
 */
public final class ConfigurationReader {
  /** Of the names of environment variables that override a setting. */
  public static final String ENVIRONMENT_PREFIX = "MT2KD_GATEWAY_";

  private static final ObjectMapper YAML =
      new ObjectMapper(new YAMLFactory())
          .setPropertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .addMixIn(BackendConfiguration.class, WithoutDerived.class)
          .registerModule(DurationText.module());

  private ConfigurationReader() {}

  /**
   * @param file YAML; absent: defaults only
   * @param environment as of {@link System#getenv()}
   * @throws InvalidConfigurationException naming the first setting that cannot be used
   */
  public static GatewayConfiguration read(Optional<Path> file, Map<String, String> environment) {
    ObjectNode settings = YAML.valueToTree(GatewayConfiguration.DEFAULT);
    file.ifPresent(path -> merge(settings, parse(path)));
    override(settings, environment);
    try {
      return YAML.treeToValue(settings, GatewayConfiguration.class);
    } catch (JsonProcessingException e) {
      throw invalid(e);
    }
  }

  private static JsonNode parse(Path path) {
    try {
      JsonNode settings = YAML.readTree(Files.readString(path));
      if (!settings.isObject() && !settings.isMissingNode() && !settings.isNull()) {
        throw new InvalidConfigurationException(
            path + ": " + settings + " (expected: sections of settings)");
      }
      return settings;
    } catch (NoSuchFileException e) {
      throw new InvalidConfigurationException(path + ": no such file", e);
    } catch (JsonProcessingException e) {
      throw new InvalidConfigurationException(path + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new InvalidConfigurationException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static void merge(ObjectNode base, JsonNode over) {
    over.properties()
        .forEach(
            entry -> {
              JsonNode present = base.get(entry.getKey());
              if (entry.getValue().isNull()) {
                return;
              }
              if (present instanceof ObjectNode section) {
                Require.that(
                    entry.getValue().isObject(),
                    entry.getKey(),
                    entry.getValue(),
                    "a section of settings");
                merge(section, entry.getValue());
              } else {
                base.set(entry.getKey(), entry.getValue());
              }
            });
  }

  private static void override(ObjectNode settings, Map<String, String> environment) {
    Map<String, Setting> byName = new TreeMap<>();
    settings
        .properties()
        .forEach(
            section -> {
              if (section.getValue() instanceof ObjectNode fields) {
                fields
                    .fieldNames()
                    .forEachRemaining(
                        field ->
                            byName.put(name(section.getKey(), field), new Setting(fields, field)));
              }
            });
    List<String> unknown = new ArrayList<>();
    environment.forEach(
        (name, value) -> {
          Setting setting = byName.get(name);
          if (setting != null) {
            setting.section().put(setting.field(), value);
          } else if (name.startsWith(ENVIRONMENT_PREFIX)) {
            unknown.add(name);
          }
        });
    if (!unknown.isEmpty()) {
      throw new InvalidConfigurationException(
          unknown.get(0) + ": no such setting (expected: one of " + byName.keySet() + ")");
    }
  }

  private static String name(String section, String field) {
    return ENVIRONMENT_PREFIX + (section + "_" + field).toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private static InvalidConfigurationException invalid(JsonProcessingException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidConfigurationException known) {
        return known;
      }
    }
    String path =
        e instanceof JsonMappingException mapping
            ? mapping.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .collect(Collectors.joining("."))
            : "configuration";
    String problem =
        e instanceof UnrecognizedPropertyException unknown
            ? "no such setting (expected: one of "
                + new TreeSet<>(unknown.getKnownPropertyIds())
                + ")"
            : e.getOriginalMessage();
    return new InvalidConfigurationException(path + ": " + problem, e);
  }

  private record Setting(ObjectNode section, String field) {}

  /** Keeps what is derived out of the settings. */
  private interface WithoutDerived {
    @com.fasterxml.jackson.annotation.JsonIgnore
    boolean embedded();
  }
}
