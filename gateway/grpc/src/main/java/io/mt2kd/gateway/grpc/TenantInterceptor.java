package io.mt2kd.gateway.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.mt2kd.gateway.core.speaker.TenantId;

/** Reads the tenant from the call's {@code mt2kd-tenant} metadata into its context. */
final class TenantInterceptor extends MetadataInterceptor<TenantId> {
  static final Metadata.Key<String> HEADER =
      Metadata.Key.of("mt2kd-tenant", Metadata.ASCII_STRING_MARSHALLER);

  private static final Context.Key<TenantId> TENANT =
      Context.keyWithDefault("mt2kd-tenant", TenantId.DEFAULT);

  TenantInterceptor() {
    super(HEADER, TENANT);
  }

  /** Of the call that the current thread serves. */
  static TenantId current() {
    return TENANT.get();
  }

  @Override
  TenantId read(String value) {
    return new TenantId(value);
  }
}
