package io.mt2kd.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.StatusOr;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.AnalyzeResponse;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The README's first call, compiled here and run as it stands. */
class ReadmeExampleTest {
  private static void example() throws Exception {
    // README-START
    try (Mt2kdClient client = Mt2kdClient.builder("localhost:50051").plaintext().build()) {
      Recording clip = Recording.file(Path.of("clip.wav"));
      Analysis analysis = client.analyze(clip, Task.values());
      System.out.println(analysis.transcript().text());
      analysis.tags().forEach(tag -> System.out.println(tag.label() + " " + tag.probability()));
      System.out.println(analysis.speaker().acceptedSpeakerId().orElse("nobody I know"));
    }
    // README-END
  }

  @Test
  void runs() throws Exception {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Path clip = Path.of("clip.wav");
    Files.write(clip, new byte[] {'R', 'I', 'F', 'F'});
    try (FakeGateway gateway =
        FakeGateway.on(Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create()))) {
      gateway.reply(
          AnalysisServiceGrpc.getAnalyzeMethod(),
          TextFormat.parse(
              "transcript { text: 'yes no' } tags { tags { label: 'speech' probability: 0.5 } }"
                  + " speaker { accepted_speaker: 'speakers/alice' }",
              AnalyzeResponse.class));
      Redirect redirect = new Redirect(gateway.port());
      NameResolverRegistry.getDefaultRegistry().register(redirect);
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      try {
        example();
      } finally {
        System.setOut(console);
        NameResolverRegistry.getDefaultRegistry().deregister(redirect);
      }
      assertThat(gateway.onlyReceived().request().toString()).contains("RIFF");
    } finally {
      Files.delete(clip);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .containsExactly("yes no", "speech 0.5", "alice");
  }

  /** Leads port 50051, which a test may not take for itself, to the port that it got. */
  private static final class Redirect extends NameResolverProvider {
    private final int port;

    Redirect(int port) {
      this.port = port;
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
      assertThat(target).hasToString("dns:///localhost:50051");
      return new NameResolver() {
        @Override
        public String getServiceAuthority() {
          return "localhost";
        }

        @Override
        public void start(Listener2 listener) {
          InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
          listener.onResult(
              ResolutionResult.newBuilder()
                  .setAddressesOrError(
                      StatusOr.fromValue(
                          List.of(new EquivalentAddressGroup(address, Attributes.EMPTY))))
                  .build());
        }

        @Override
        public void shutdown() {}
      };
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 10;
    }

    @Override
    public String getDefaultScheme() {
      return "dns";
    }
  }
}
