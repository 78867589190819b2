package io.mt2kd.cli;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Mt2kdClientBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Which gateway to ask, and how. */
final class ConnectionOptions {
  private static final String DEFAULT_TARGET = "localhost:50051";
  private static final Pattern LOOPBACK =
      Pattern.compile("(dns:///)?(localhost|127(\\.[0-9]{1,3}){3}|\\[::1\\])(:[0-9]+)?|unix:.*");

  @Option(
      names = {"-t", "--target"},
      paramLabel = "HOST:PORT",
      scope = ScopeType.INHERIT,
      description = "Gateway. Default: the variable MT2KD_TARGET, else " + DEFAULT_TARGET + ".")
  private @Nullable String target;

  @Option(
      names = "--tenant",
      scope = ScopeType.INHERIT,
      description = "Whose speakers are meant. Default: the gateway's (evaluate: \"evaluate\").")
  private @Nullable String tenant;

  @Option(
      names = "--plaintext",
      scope = ScopeType.INHERIT,
      description = "No TLS. Default for this machine's own addresses only.")
  private boolean plaintext;

  @Option(
      names = "--tls",
      scope = ScopeType.INHERIT,
      description = "TLS also for this machine's own addresses.")
  private boolean tls;

  @Option(
      names = "--ca-file",
      paramLabel = "PEM",
      scope = ScopeType.INHERIT,
      description = "Certificates to trust instead of the system's.")
  private @Nullable Path caFile;

  @Option(
      names = "--client-certificate",
      paramLabel = "PEM",
      scope = ScopeType.INHERIT,
      description = "The caller's certificate, with --client-key.")
  private @Nullable Path clientCertificate;

  @Option(
      names = "--client-key",
      paramLabel = "PEM",
      scope = ScopeType.INHERIT,
      description = "Key of the caller's certificate (PKCS #8).")
  private @Nullable Path clientKey;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      scope = ScopeType.INHERIT,
      defaultValue = "30s",
      description =
          "Limit of one call with all its repetitions, such as 500ms, 30s, 2m. Default: ${DEFAULT-VALUE}.")
  private Duration timeout = Mt2kdClientBuilder.DEFAULT_TIMEOUT;

  /**
   * A client with these options.
   *
   * @param defaultTenant where none was given; empty leaves it to the gateway
   * @throws IllegalArgumentException where options contradict each other, naming them
   */
  Mt2kdClient connect(Map<String, String> environment, String defaultTenant) {
    String address =
        target != null ? target : environment.getOrDefault("MT2KD_TARGET", DEFAULT_TARGET);
    Mt2kdClientBuilder builder = Mt2kdClient.builder(address).timeout(timeout);
    boolean secured = tls || caFile != null || clientCertificate != null || clientKey != null;
    if (plaintext && secured) {
      throw new IllegalArgumentException(
          "--plaintext contradicts --tls, --ca-file, --client-certificate and --client-key");
    }
    if ((clientCertificate == null) != (clientKey == null)) {
      throw new IllegalArgumentException("--client-certificate and --client-key need each other");
    }
    if (plaintext || (!secured && LOOPBACK.matcher(address).matches())) {
      builder.plaintext();
    }
    if (caFile != null) {
      builder.trustedCertificates(caFile);
    }
    if (clientCertificate != null && clientKey != null) {
      builder.clientCertificate(clientCertificate, clientKey);
    }
    String owner = tenant != null ? tenant : defaultTenant;
    if (!owner.isEmpty()) {
      builder.tenant(owner);
    }
    return builder.build();
  }
}
