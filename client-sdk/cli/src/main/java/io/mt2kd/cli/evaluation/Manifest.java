package io.mt2kd.cli.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A labelled test set: one JSON object a line, paths relative to the manifest's folder, empty lines
 * allowed.
 *
 * <pre>{@code
 * {"kind":"recognition","id":"r1","audio":"a.flac","text":"yes no","speaker":"s1"}
 * {"kind":"tagging","id":"t1","audio":"b.ogg","labels":["dog"]}
 * {"kind":"trial","id":"v1","target":true,"enrollment":["a.flac"],"probe":["c.flac","d.flac"]}
 * }</pre>
 *
 * <p>{@code speaker} may be absent; {@code labels} may be empty.
 */
public record Manifest(List<Utterance> utterances, List<Clip> clips, List<Trial> trials) {
  /**
   * What was said.
   *
   * @param speaker who said it; the id where nobody knows
   */
  public record Utterance(String id, Path audio, String text, String speaker) {}

  /** What is heard. */
  public record Clip(String id, Path audio, Set<String> labels) {}

  /**
   * Whether two sides are the same voice.
   *
   * @param target true: they are
   * @param enrollment recordings of the first side
   * @param probe recordings of the second side
   */
  public record Trial(String id, boolean target, List<Path> enrollment, List<Path> probe) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Copies the lists. */
  public Manifest {
    utterances = List.copyOf(utterances);
    clips = List.copyOf(clips);
    trials = List.copyOf(trials);
  }

  /**
   * Reads a manifest; the recordings that it names are not looked at.
   *
   * @throws InvalidManifestException where a line is not as above
   * @throws IOException where the file cannot be read
   */
  public static Manifest read(Path file) throws IOException {
    Path folder = file.resolveSibling("");
    List<Utterance> utterances = new ArrayList<>();
    List<Clip> clips = new ArrayList<>();
    List<Trial> trials = new ArrayList<>();
    int number = 0;
    for (String text : Files.readAllLines(file)) {
      number++;
      if (text.isBlank()) {
        continue;
      }
      Line line = Line.parse(number, text, folder);
      String kind = line.string("kind");
      switch (kind) {
        case "recognition" ->
            utterances.add(
                new Utterance(
                    line.string("id"),
                    line.path("audio"),
                    line.string("text"),
                    line.has("speaker") ? line.string("speaker") : line.string("id")));
        case "tagging" ->
            clips.add(
                new Clip(
                    line.string("id"),
                    line.path("audio"),
                    new LinkedHashSet<>(line.strings("labels"))));
        case "trial" ->
            trials.add(
                new Trial(
                    line.string("id"),
                    line.truth("target"),
                    line.paths("enrollment"),
                    line.paths("probe")));
        default -> throw line.wrong("kind", kind, "recognition, tagging or trial");
      }
    }
    return new Manifest(utterances, clips, trials);
  }

  /** The first so many of each kind. */
  public Manifest first(int limit) {
    return new Manifest(
        utterances.subList(0, Math.min(limit, utterances.size())),
        clips.subList(0, Math.min(limit, clips.size())),
        trials.subList(0, Math.min(limit, trials.size())));
  }

  /** Entries of all kinds. */
  public int size() {
    return utterances.size() + clips.size() + trials.size();
  }

  private record Line(int number, JsonNode json, Path folder) {
    static Line parse(int number, String text, Path folder) {
      try {
        JsonNode json = JSON.readTree(text);
        if (json.isObject()) {
          return new Line(number, json, folder);
        }
      } catch (JsonProcessingException e) {
        throw new InvalidManifestException("line " + number + ": " + e.getOriginalMessage());
      }
      throw new InvalidManifestException("line " + number + ": expected: a JSON object");
    }

    InvalidManifestException wrong(String field, Object value, String expected) {
      return new InvalidManifestException(
          "line " + number + ": " + field + ": " + value + " (expected: " + expected + ")");
    }

    boolean has(String field) {
      return json.hasNonNull(field);
    }

    String string(String field) {
      JsonNode value = json.path(field);
      if (!value.isTextual()) {
        throw wrong(field, value.isMissingNode() ? "missing" : value, "a string");
      }
      return value.textValue();
    }

    boolean truth(String field) {
      JsonNode value = json.path(field);
      if (!value.isBoolean()) {
        throw wrong(field, value.isMissingNode() ? "missing" : value, "true or false");
      }
      return value.booleanValue();
    }

    Path path(String field) {
      return folder.resolve(string(field));
    }

    List<String> strings(String field) {
      JsonNode value = json.path(field);
      List<String> strings = new ArrayList<>();
      if (value.isArray()) {
        value.forEach(element -> strings.add(element.isTextual() ? element.textValue() : ""));
      }
      if (!value.isArray() || strings.contains("")) {
        throw wrong(field, value.isMissingNode() ? "missing" : value, "a list of strings");
      }
      return strings;
    }

    List<Path> paths(String field) {
      List<Path> paths = strings(field).stream().map(folder::resolve).toList();
      if (paths.isEmpty()) {
        throw wrong(field, "[]", "at least one path");
      }
      return paths;
    }
  }
}
