package io.mt2kd.engine;

import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.stream.Stream;

/** An engine on the test repository with a client of it. */
final class EngineFixture implements AutoCloseable {
  final EmbeddedEngine engine;
  final ManagedChannel channel;
  final GRPCInferenceServiceBlockingStub stub;

  EngineFixture() {
    this(EmbeddedEngine.load(repository()));
  }

  EngineFixture(EngineOptions options) {
    this(EmbeddedEngine.load(repository(), options));
  }

  EngineFixture(EngineOptions options, ExecutorService executor) {
    this(EmbeddedEngine.load(repository(), options, executor));
  }

  EngineFixture(EmbeddedEngine engine) {
    this.engine = engine;
    String name = InProcessServerBuilder.generateName();
    try {
      engine.startInProcess(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.channel = InProcessChannelBuilder.forName(name).build();
    this.stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
  }

  static Path repository() {
    URL url = Objects.requireNonNull(EngineFixture.class.getResource("/repository"));
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Copies models of the test repository to where a test may spoil them. */
  static void copy(Path target, String... models) throws IOException {
    for (String model : models) {
      try (Stream<Path> files = Files.walk(repository().resolve(model))) {
        for (Path file : (Iterable<Path>) files::iterator) {
          Files.copy(file, target.resolve(repository().relativize(file).toString()));
        }
      }
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    engine.close();
  }
}
