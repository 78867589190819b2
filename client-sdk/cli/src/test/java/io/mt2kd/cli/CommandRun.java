package io.mt2kd.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One run of the command line, as a shell sees it. */
record CommandRun(int exitCode, String out, String err) {
  static CommandRun of(Map<String, String> environment, String standardInput, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new ByteArrayInputStream(standardInput.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            environment);
    int exitCode = Main.run(console, arguments);
    return new CommandRun(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  static CommandRun of(FakeGateway gateway, String... arguments) {
    return of(Map.of("MT2KD_TARGET", gateway.target()), "", arguments);
  }

  List<String> lines() {
    return out.lines().toList();
  }

  List<String> errors() {
    return err.lines().toList();
  }

  List<JsonNode> json() throws Exception {
    List<JsonNode> objects = new ArrayList<>();
    for (String line : lines()) {
      objects.add(new ObjectMapper().readTree(line));
    }
    return objects;
  }
}
