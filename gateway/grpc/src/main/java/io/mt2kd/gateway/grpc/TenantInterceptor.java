package io.mt2kd.gateway.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.gateway.core.speaker.TenantId;

/** Reads the tenant from the call's {@code mt2kd-tenant} metadata into its context. */
final class TenantInterceptor implements ServerInterceptor {
  static final Metadata.Key<String> HEADER =
      Metadata.Key.of("mt2kd-tenant", Metadata.ASCII_STRING_MARSHALLER);

  private static final Context.Key<TenantId> TENANT =
      Context.keyWithDefault("mt2kd-tenant", TenantId.DEFAULT);

  /** Of the call that the current thread serves. */
  static TenantId current() {
    return TENANT.get();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String value = headers.get(HEADER);
    if (value == null) {
      return next.startCall(call, headers);
    }
    TenantId tenant;
    try {
      tenant = new TenantId(value);
    } catch (InvalidArgumentException e) {
      StatusRuntimeException status = StatusMapping.toStatus(e, "");
      Metadata trailers = status.getTrailers();
      call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
      return new ServerCall.Listener<>() {};
    }
    return Contexts.interceptCall(Context.current().withValue(TENANT, tenant), call, headers, next);
  }
}
