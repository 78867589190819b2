package io.mt2kd.client;

import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.mt2kd.client.internal.CallSettings;
import io.mt2kd.client.internal.ChannelFactory;
import io.mt2kd.client.internal.RetryRules;
import io.mt2kd.client.internal.UnaryCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How a {@link Mt2kdClient} is to be. Not thread-safe; may build several clients. */
public final class Mt2kdClientBuilder {
  /** Timeout of a call, all attempts together. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /** How long {@link Mt2kdClient#close()} waits for calls in flight. */
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(10);

  /** Most bytes of one request. */
  public static final int DEFAULT_MAX_REQUEST_BYTES = 64 << 20;

  /** Most bytes of one reply. */
  public static final int DEFAULT_MAX_RESPONSE_BYTES = 16 << 20;

  private final @Nullable String target;
  private final @Nullable ManagedChannel channel;
  private boolean plaintext;
  private @Nullable Path trustedCertificates;
  private @Nullable Path clientCertificates;
  private @Nullable Path clientKey;
  private @Nullable String authority;
  private final List<ClientInterceptor> interceptors = new ArrayList<>();
  private CallSettings settings = new CallSettings(DEFAULT_TIMEOUT, Map.of());
  private RetryPolicy retryPolicy = RetryPolicy.DEFAULT;
  private Duration drainTimeout = DEFAULT_DRAIN_TIMEOUT;
  private int maxRequestBytes = DEFAULT_MAX_REQUEST_BYTES;
  private int maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES;
  private @Nullable ScheduledExecutorService scheduler;
  private LongSupplier nanoTime = System::nanoTime;
  private DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();

  Mt2kdClientBuilder(@Nullable String target, @Nullable ManagedChannel channel) {
    this.target = target;
    this.channel = channel;
  }

  /**
   * No TLS: recordings and answers can be read on the way. For loopback, or where a mesh encrypts.
   */
  public Mt2kdClientBuilder plaintext() {
    this.plaintext = true;
    return this;
  }

  /** TLS, trusting these certificates only instead of the system's. */
  public Mt2kdClientBuilder trustedCertificates(Path pem) {
    this.trustedCertificates = pem;
    return this;
  }

  /**
   * TLS with a client certificate.
   *
   * @param certificates PEM, the client's own first
   * @param key PEM, PKCS #8, not encrypted
   */
  public Mt2kdClientBuilder clientCertificate(Path certificates, Path key) {
    this.clientCertificates = certificates;
    this.clientKey = key;
    return this;
  }

  /** Name that the server's certificate must carry, where it is not the target's host. */
  public Mt2kdClientBuilder authority(String authority) {
    this.authority = authority;
    return this;
  }

  /** Interceptors around every attempt, for example for tracing; the first is called first. */
  public Mt2kdClientBuilder intercept(ClientInterceptor... interceptors) {
    this.interceptors.addAll(List.of(interceptors));
    return this;
  }

  /**
   * Timeout of a call where its view has none, all attempts together. A deadline in the caller's
   * gRPC context shortens it. Default {@link #DEFAULT_TIMEOUT}.
   */
  public Mt2kdClientBuilder timeout(Duration timeout) {
    this.settings = settings.withTimeout(timeout);
    return this;
  }

  /** Whose speakers calls mean. Without it the gateway's "default". */
  public Mt2kdClientBuilder tenant(String tenant) {
    return metadata(CallSettings.TENANT_HEADER, tenant);
  }

  /** How soon answers are wanted. Without it {@link Priority#INTERACTIVE}. */
  public Mt2kdClientBuilder priority(Priority priority) {
    return metadata(CallSettings.PRIORITY_HEADER, priority.header());
  }

  /** An ASCII header on every call, for example {@code authorization}. */
  public Mt2kdClientBuilder metadata(String key, String value) {
    this.settings = settings.withMetadata(key, value);
    return this;
  }

  /** What is repeated how often. Default {@link RetryPolicy#DEFAULT}. */
  public Mt2kdClientBuilder retryPolicy(RetryPolicy policy) {
    this.retryPolicy = policy;
    return this;
  }

  /** How long closing waits for calls in flight, >= 0. Default {@link #DEFAULT_DRAIN_TIMEOUT}. */
  public Mt2kdClientBuilder drainTimeout(Duration timeout) {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("drainTimeout: " + timeout + " (expected: >= 0)");
    }
    this.drainTimeout = timeout;
    return this;
  }

  /**
   * Most bytes of one request; a larger one fails without being sent. Default {@link
   * #DEFAULT_MAX_REQUEST_BYTES}; the gateway has a limit of its own.
   */
  public Mt2kdClientBuilder maxRequestBytes(int bytes) {
    this.maxRequestBytes = positive("maxRequestBytes", bytes);
    return this;
  }

  /** Most bytes of one reply. Default {@link #DEFAULT_MAX_RESPONSE_BYTES}. */
  public Mt2kdClientBuilder maxResponseBytes(int bytes) {
    this.maxResponseBytes = positive("maxResponseBytes", bytes);
    return this;
  }

  Mt2kdClientBuilder time(
      ScheduledExecutorService scheduler, LongSupplier nanoTime, DoubleSupplier random) {
    this.scheduler = scheduler;
    this.nanoTime = nanoTime;
    this.random = random;
    return this;
  }

  /**
   * Connects lazily: an absent gateway shows at the first call.
   *
   * @throws IllegalStateException where settings contradict each other
   * @throws IllegalArgumentException where certificates cannot be read
   */
  public Mt2kdClient build() {
    boolean tls = trustedCertificates != null || clientCertificates != null;
    if (plaintext && tls) {
      throw new IllegalStateException("plaintext() contradicts certificates: choose one");
    }
    if (channel != null && (plaintext || tls || authority != null || !interceptors.isEmpty())) {
      throw new IllegalStateException(
          "TLS, authority and interceptors are set on the given channel, not here");
    }
    ManagedChannel connection = channel != null ? channel : ownChannel();
    UnaryCalls calls =
        new UnaryCalls(
            connection,
            channel == null,
            new RetryRules(retryPolicy, random),
            scheduler != null ? scheduler : newScheduler(),
            nanoTime,
            maxRequestBytes,
            maxResponseBytes);
    return new Mt2kdClient(calls, settings, drainTimeout, false);
  }

  private ManagedChannel ownChannel() {
    if (target == null) {
      throw new IllegalStateException("target: none");
    }
    return ChannelFactory.create(
        target,
        plaintext
            ? ChannelFactory.plaintext()
            : ChannelFactory.tls(trustedCertificates, clientCertificates, clientKey),
        authority,
        interceptors);
  }

  private static ScheduledExecutorService newScheduler() {
    // Starts its thread with the first repetition, and does not keep a JVM alive.
    return Executors.newSingleThreadScheduledExecutor(
        task -> {
          Thread thread = new Thread(task, "mt2kd-client-retry");
          thread.setDaemon(true);
          return thread;
        });
  }

  private static int positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
    }
    return value;
  }
}
