package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;

/**
 * The unit of isolation: no call of one tenant sees a speaker of another.
 *
 * @param value 1 to 128 characters of {@code [A-Za-z0-9._-]}, starting with a letter or digit
 */
public record TenantId(String value) implements Comparable<TenantId> {
  /** Of calls that name no tenant. */
  public static final TenantId DEFAULT = new TenantId("default");

  /**
   * @throws InvalidArgumentException on field {@code mt2kd-tenant}
   */
  public TenantId {
    Identifiers.require("mt2kd-tenant", value);
  }

  @Override
  public int compareTo(TenantId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
