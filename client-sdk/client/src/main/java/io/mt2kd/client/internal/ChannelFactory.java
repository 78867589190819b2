package io.mt2kd.client.internal;

import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes the client's own channels. */
public final class ChannelFactory {
  /** A target URI names its scheme; {@code host:8080} must not be taken for one. */
  private static final Pattern TARGET_URI = Pattern.compile("[a-z][a-z0-9+.-]*:(//.*|[^0-9].*)");

  private ChannelFactory() {}

  /** No TLS. */
  public static ChannelCredentials plaintext() {
    return InsecureChannelCredentials.create();
  }

  /**
   * TLS.
   *
   * @param trusted PEM of what to trust; null: the system's
   * @param certificates PEM of the client's chain; null: none
   * @throws IllegalArgumentException where a file cannot be read as what it should be
   */
  public static ChannelCredentials tls(
      @Nullable Path trusted, @Nullable Path certificates, @Nullable Path key) {
    TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
    try {
      if (trusted != null) {
        credentials.trustManager(trusted.toFile());
      }
      if (certificates != null && key != null) {
        credentials.keyManager(certificates.toFile(), key.toFile());
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("certificates cannot be read: " + e.getMessage(), e);
    }
    return credentials.build();
  }

  /** A channel that resolves by DNS and spreads calls over all addresses. */
  public static ManagedChannel create(
      String target,
      ChannelCredentials credentials,
      @Nullable String authority,
      List<ClientInterceptor> interceptors) {
    // gRPC calls the last one added first.
    List<ClientInterceptor> reversed = new ArrayList<>(interceptors);
    Collections.reverse(reversed);
    ManagedChannelBuilder<?> builder =
        Grpc.newChannelBuilder(uri(target), credentials)
            .defaultLoadBalancingPolicy("round_robin")
            .disableRetry()
            .userAgent("mt2kd-client")
            .intercept(reversed);
    if (authority != null) {
      builder.overrideAuthority(authority);
    }
    return builder.build();
  }

  static String uri(String target) {
    return TARGET_URI.matcher(target).matches() ? target : "dns:///" + target;
  }
}
