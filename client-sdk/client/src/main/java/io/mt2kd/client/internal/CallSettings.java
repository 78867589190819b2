package io.mt2kd.client.internal;

import io.grpc.Metadata;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What every call of one view of the client carries.
 *
 * @param timeout for the whole call, all attempts together
 * @param metadata ASCII headers, the tenant's among them
 */
public record CallSettings(Duration timeout, Map<String, String> metadata) {
  /** Header that names the tenant. */
  public static final String TENANT_HEADER = "mt2kd-tenant";

  /** Header that names the class of the call. */
  public static final String PRIORITY_HEADER = "mt2kd-priority";

  /** Checks the ranges and copies the headers. */
  public CallSettings {
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: > 0)");
    }
    metadata = Map.copyOf(metadata);
  }

  /** The same with another timeout. */
  public CallSettings withTimeout(Duration timeout) {
    return new CallSettings(timeout, metadata);
  }

  /** The same with one more header, which replaces one of that name. */
  public CallSettings withMetadata(String key, String value) {
    Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER); // refuses names that HTTP/2 would
    if (value.isEmpty() || !value.chars().allMatch(c -> c >= 0x20 && c <= 0x7e)) {
      throw new IllegalArgumentException(
          key + ": \"" + value + "\" (expected: printable ASCII, not empty)");
    }
    Map<String, String> headers = new LinkedHashMap<>(metadata);
    headers.put(key, value);
    return new CallSettings(timeout, headers);
  }

  /** The headers as gRPC sends them. */
  Metadata headers() {
    Metadata headers = new Metadata();
    metadata.forEach(
        (key, value) -> headers.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value));
    return headers;
  }
}
