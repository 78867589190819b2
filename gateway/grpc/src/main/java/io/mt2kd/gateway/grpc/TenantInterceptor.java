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
import java.util.Iterator;

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
    Iterable<String> values = headers.getAll(HEADER);
    if (values == null) {
      return next.startCall(call, headers);
    }
    TenantId tenant;
    try {
      tenant = only(values);
    } catch (InvalidArgumentException e) {
      StatusRuntimeException status = StatusMapping.toStatus(e, "");
      Metadata trailers = status.getTrailers();
      call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
      return new ServerCall.Listener<>() {};
    }
    return Contexts.interceptCall(Context.current().withValue(TENANT, tenant), call, headers, next);
  }

  // A second value would be the caller's own behind a proxy that sets the first.
  private static TenantId only(Iterable<String> values) {
    Iterator<String> each = values.iterator();
    String value = each.next();
    if (each.hasNext()) {
      throw InvalidArgumentException.of(HEADER.name(), "several values", "at most one");
    }
    return new TenantId(value);
  }
}
