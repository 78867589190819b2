package io.mt2kd.engine;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Settings of an {@link EmbeddedEngine}; immutable, everything has a default. */
public final class EngineOptions {
  private final int intraOpThreads;
  private final int executorThreads;
  private final int maxQueuedRequests;
  private final int maxInboundMessageBytes;
  private final Duration drainTimeout;
  private final Set<String> models;
  private final boolean exitOnError;

  private EngineOptions(Builder builder) {
    this.intraOpThreads = builder.intraOpThreads;
    this.executorThreads = builder.executorThreads;
    this.maxQueuedRequests = builder.maxQueuedRequests;
    this.maxInboundMessageBytes = builder.maxInboundMessageBytes;
    this.drainTimeout = builder.drainTimeout;
    this.models = Set.copyOf(builder.models);
    this.exitOnError = builder.exitOnError;
  }

  /** Every setting at its default. */
  public static EngineOptions defaults() {
    return builder().build();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Threads within one operator of one model. */
  public int intraOpThreads() {
    return intraOpThreads;
  }

  /** Steps that run at the same time, over all requests. */
  public int executorThreads() {
    return executorThreads;
  }

  /** Requests that may wait or run before further ones get UNAVAILABLE. */
  public int maxQueuedRequests() {
    return maxQueuedRequests;
  }

  /** Largest request, in bytes. */
  public int maxInboundMessageBytes() {
    return maxInboundMessageBytes;
  }

  /** How long {@link EmbeddedEngine#close} lets accepted requests go on. */
  public Duration drainTimeout() {
    return drainTimeout;
  }

  /** The models to load, the members of ensembles not needed; empty loads the whole repository. */
  public Set<String> models() {
    return models;
  }

  /** Whether a model that cannot be loaded fails the whole load. */
  public boolean exitOnError() {
    return exitOnError;
  }

  /** Collects settings; each setter names its default and refuses what is out of range. */
  public static final class Builder {
    private int intraOpThreads = Runtime.getRuntime().availableProcessors();
    private int executorThreads = Math.max(2, Runtime.getRuntime().availableProcessors());
    private int maxQueuedRequests = 1024;
    private int maxInboundMessageBytes = Integer.MAX_VALUE;
    private Duration drainTimeout = Duration.ofSeconds(30);
    private Set<String> models = Set.of();
    private boolean exitOnError = true;

    private Builder() {}

    /** Default: the number of processors. At least 1. */
    public Builder intraOpThreads(int threads) {
      this.intraOpThreads = atLeastOne("intraOpThreads", threads);
      return this;
    }

    /** Default: the number of processors, 2 or more. At least 1. */
    public Builder executorThreads(int threads) {
      this.executorThreads = atLeastOne("executorThreads", threads);
      return this;
    }

    /** Default: 1024. At least 1. */
    public Builder maxQueuedRequests(int requests) {
      this.maxQueuedRequests = atLeastOne("maxQueuedRequests", requests);
      return this;
    }

    /** Default: 2147483647, Triton's own limit. At least 1. */
    public Builder maxInboundMessageBytes(int bytes) {
      this.maxInboundMessageBytes = atLeastOne("maxInboundMessageBytes", bytes);
      return this;
    }

    /** Default: 30 seconds, Triton's exit timeout. Not negative. */
    public Builder drainTimeout(Duration timeout) {
      if (timeout.isNegative()) {
        throw new IllegalArgumentException("drainTimeout: " + timeout + " (expected: >= 0)");
      }
      this.drainTimeout = timeout;
      return this;
    }

    /** Default: the whole repository. Members of a named ensemble are loaded with it. */
    public Builder models(String... names) {
      this.models = new LinkedHashSet<>(List.of(names));
      return this;
    }

    /**
     * Default: true. With false the engine serves what could be loaded; the rest is NOT_FOUND,
     * stands in the repository index with its reason, and keeps the server from being ready.
     */
    public Builder exitOnError(boolean exit) {
      this.exitOnError = exit;
      return this;
    }

    public EngineOptions build() {
      return new EngineOptions(this);
    }

    private static int atLeastOne(String field, int value) {
      if (value < 1) {
        throw new IllegalArgumentException(field + ": " + value + " (expected: >= 1)");
      }
      return value;
    }
  }
}
