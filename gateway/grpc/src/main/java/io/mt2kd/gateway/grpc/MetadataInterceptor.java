package io.mt2kd.gateway.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.util.Iterator;

/**
 * Reads one value of a call's metadata into its context.
 *
 * @param <T> what the value is
 */
abstract class MetadataInterceptor<T> implements ServerInterceptor {
  private final Metadata.Key<String> header;
  private final Context.Key<T> key;

  /**
   * @param key with what a call has that says nothing
   */
  MetadataInterceptor(Metadata.Key<String> header, Context.Key<T> key) {
    this.header = header;
    this.key = key;
  }

  /**
   * @throws InvalidArgumentException on the header's name
   */
  abstract T read(String value);

  @Override
  public final <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Iterable<String> values = headers.getAll(header);
    if (values == null) {
      return next.startCall(call, headers);
    }
    T value;
    try {
      value = read(only(values));
    } catch (InvalidArgumentException e) {
      StatusRuntimeException status = StatusMapping.toStatus(e, "");
      Metadata trailers = status.getTrailers();
      call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
      return new ServerCall.Listener<>() {};
    }
    return Contexts.interceptCall(Context.current().withValue(key, value), call, headers, next);
  }

  // A second value would be the caller's own behind a proxy that sets the first.
  private String only(Iterable<String> values) {
    Iterator<String> each = values.iterator();
    String value = each.next();
    if (each.hasNext()) {
      throw InvalidArgumentException.of(header.name(), "several values", "at most one");
    }
    return value;
  }
}
