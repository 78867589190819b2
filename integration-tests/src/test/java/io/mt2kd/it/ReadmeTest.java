package io.mt2kd.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.it.harness.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documentation shows compiles, and what it points at exists. */
class ReadmeTest {
  private static final Path EXAMPLE =
      Path.of("client-sdk/client/src/test/java/io/mt2kd/client/ReadmeExampleTest.java");
  private static final Pattern JAVA = Pattern.compile("```java\\R(.*?)\\R```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("```.*?```|`[^`\\n]*`", Pattern.DOTALL);

  @Test
  void javaExampleIsTheOneThatIsCompiledAndRun() throws IOException {
    List<String> shown = new ArrayList<>();
    Matcher block = JAVA.matcher(Files.readString(Checkout.root().resolve("README.md")));
    while (block.find()) {
      shown.add(block.group(1).stripIndent());
    }

    assertThat(shown).contains(compiledExample());
    assertThat(compiledExample().lines().count()).isLessThanOrEqualTo(10);
  }

  @Test
  void everyRelativeLinkLeadsSomewhere() throws IOException {
    List<String> dead = new ArrayList<>();
    int links = 0;
    for (Path document : documents()) {
      String text = CODE.matcher(Files.readString(document)).replaceAll("");
      Matcher link = LINK.matcher(text);
      while (link.find()) {
        String target = link.group(1).replaceFirst("#.*", "");
        if (target.isEmpty() || target.matches("[a-z]+:.*")) {
          continue;
        }
        links++;
        if (!Files.exists(document.resolveSibling(target))) {
          dead.add(Checkout.root().relativize(document) + ": " + link.group(1));
        }
      }
    }

    assertThat(dead).isEmpty();
    assertThat(links).isPositive();
  }

  private static String compiledExample() throws IOException {
    List<String> lines = Files.readAllLines(Checkout.root().resolve(EXAMPLE));
    int start = lines.indexOf("    // README-START");
    int end = lines.indexOf("    // README-END");
    assertThat(start).isNotNegative().isLessThan(end);
    return String.join("\n", lines.subList(start + 1, end)).stripIndent();
  }

  private static List<Path> documents() throws IOException {
    Path root = Checkout.root();
    List<Path> documents = new ArrayList<>();
    for (String folder : List.of("", "docs", "integration-tests", "triton-models")) {
      try (Stream<Path> files = Files.list(root.resolve(folder))) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
      }
    }
    return documents;
  }
}
