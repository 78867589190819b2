package io.mt2kd.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a real connection shows. */
class NetworkTest {
  private static final int MEGABYTE = 1 << 20;

  private static FakeGateway gateway(ServerCredentials credentials, int port) {
    return FakeGateway.on(
        Grpc.newServerBuilderForPort(port, credentials).maxInboundMessageSize(64 * MEGABYTE));
  }

  private static FakeGateway plaintextGateway() {
    return gateway(InsecureServerCredentials.create(), 0);
  }

  private static Mt2kdClientBuilder client(FakeGateway gateway) {
    return Mt2kdClient.builder("localhost:" + gateway.port());
  }

  @Test
  void sendsAndRepeatsTwentyMegabytes() throws Exception {
    Recording recording = Recording.pcm16(new short[10 * MEGABYTE], 384_000);
    try (FakeGateway gateway = plaintextGateway();
        Mt2kdClient client = client(gateway).plaintext().build()) {
      gateway.failNext(Status.UNAVAILABLE);
      client.analyze(recording, Task.AUDIO_TAGGING);
      assertThat(gateway.received())
          .hasSize(2)
          .allSatisfy(
              r -> assertThat(r.request().getSerializedSize()).isGreaterThan(20 * MEGABYTE));
      assertThat(gateway.received().get(1).request())
          .isEqualTo(gateway.received().get(0).request());
    }
  }

  @Test
  void refusesToSendMoreThanItsLimit() throws Exception {
    try (FakeGateway gateway = plaintextGateway();
        Mt2kdClient client = client(gateway).plaintext().maxRequestBytes(MEGABYTE).build()) {
      assertThatThrownBy(() -> client.tag(TagRequest.of(Recording.wav(new byte[MEGABYTE]))))
          .isInstanceOfSatisfying(
              InvalidRequestException.class,
              e -> assertThat(e.violations()).extracting("field").containsExactly("request"))
          .hasMessageContaining("(expected: <= 1048576, this client's limit)");
      assertThat(gateway.received()).isEmpty();
    }
  }

  @Test
  void refusesRepliesOverItsLimitWithoutAskingAgain() throws Exception {
    try (FakeGateway gateway = plaintextGateway();
        Mt2kdClient client = client(gateway).plaintext().maxResponseBytes(10).build()) {
      assertThatThrownBy(() -> client.getSpeaker("alice")).isInstanceOf(OverloadedException.class);
      assertThat(gateway.received()).hasSize(1);
    }
  }

  /** A port on which nobody listens. */
  private static int freePort() throws Exception {
    try (FakeGateway gateway = plaintextGateway()) {
      return gateway.port();
    }
  }

  private static Mt2kdClient patientClient(int port) {
    return Mt2kdClient.builder("localhost:" + port)
        .plaintext()
        .retryPolicy(new RetryPolicy(500, Duration.ofMillis(20), Duration.ofMillis(40)))
        .build();
  }

  @Test
  void findsAGatewayThatWentAndCameBack() throws Exception {
    FakeGateway first = plaintextGateway();
    int port = first.port();
    try (Mt2kdClient client = patientClient(port)) {
      client.getModel();
      first.close();
      var model = client.async().getModel();
      try (FakeGateway second = gateway(InsecureServerCredentials.create(), port)) {
        model.get();
        assertThat(second.received()).hasSize(1);
      }
    }
  }

  @Test
  void enrollsOnceAtAGatewayThatWasNotThereYet() throws Exception {
    int port = freePort();
    try (Mt2kdClient client = patientClient(port)) {
      var enrollment = client.async().enroll(EnrollRequest.of("alice", Call.clip()));
      try (FakeGateway gateway = gateway(InsecureServerCredentials.create(), port)) {
        assertThat(enrollment.get().speaker().id()).isEqualTo("alice");
        assertThat(gateway.received()).hasSize(1);
      }
    }
  }

  @Test
  void saysThatNobodyListens() throws Exception {
    try (Mt2kdClient client =
        Mt2kdClient.builder("localhost:" + freePort())
            .plaintext()
            .retryPolicy(RetryPolicy.NONE)
            .build()) {
      assertThatThrownBy(client::getModel)
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("Connection refused");
    }
  }

  @Test
  void speaksTlsBothWays(@TempDir Path folder) throws Exception {
    TestCertificate server = TestCertificate.create(folder, "server");
    TestCertificate caller = TestCertificate.create(folder, "caller");
    ServerCredentials credentials =
        TlsServerCredentials.newBuilder()
            .keyManager(server.certificate().toFile(), server.key().toFile())
            .trustManager(caller.certificate().toFile())
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build();
    try (FakeGateway gateway = gateway(credentials, 0)) {
      try (Mt2kdClient client =
          client(gateway)
              .trustedCertificates(server.certificate())
              .clientCertificate(caller.certificate(), caller.key())
              .build()) {
        client.getModel();
      }
      Mt2kdClientBuilder anonymous = client(gateway).trustedCertificates(server.certificate());
      Mt2kdClientBuilder trustsTheSystem =
          client(gateway).clientCertificate(caller.certificate(), caller.key());
      for (Mt2kdClientBuilder refused :
          new Mt2kdClientBuilder[] {anonymous, trustsTheSystem, client(gateway).plaintext()}) {
        try (Mt2kdClient client = refused.retryPolicy(RetryPolicy.NONE).build()) {
          assertThatThrownBy(client::getModel).isInstanceOf(UnavailableException.class);
        }
      }
      assertThat(gateway.received()).hasSize(1);
    }
  }

  @Test
  void refusesSettingsThatContradictEachOther(@TempDir Path folder) {
    assertThatThrownBy(
            () ->
                Mt2kdClient.builder("h:1")
                    .plaintext()
                    .trustedCertificates(folder.resolve("ca"))
                    .build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () -> Mt2kdClient.builder("h:1").trustedCertificates(folder.resolve("none")).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("certificates cannot be read");
  }
}
