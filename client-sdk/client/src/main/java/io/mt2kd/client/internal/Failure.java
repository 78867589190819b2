package io.mt2kd.client.internal;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How one attempt failed.
 *
 * @param details {@code google.rpc} messages that came with the status
 * @param departed false when the request surely never left this process
 */
record Failure(Status status, List<Any> details, boolean departed) {
  /** Ten thousand years, the most that google.protobuf.Duration allows. */
  private static final long LONGEST_SECONDS = 315_576_000_000L;

  static Failure of(Status status, Metadata trailers, boolean departed) {
    return new Failure(status, details(status, trailers), departed);
  }

  private static List<Any> details(Status status, Metadata trailers) {
    try {
      return StatusProto.fromStatusAndTrailers(status, trailers).getDetailsList();
    } catch (IllegalArgumentException e) {
      // Damaged details must not hide the status that they came with.
      return List.of();
    }
  }

  /** The first detail of that type; one that does not parse counts as absent. */
  <M extends Message> Optional<M> detail(Class<M> type) {
    for (Any any : details) {
      if (any.is(type)) {
        try {
          return Optional.of(any.unpack(type));
        } catch (InvalidProtocolBufferException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /** When the gateway wants to be asked again; {@link #LONGEST_SECONDS} where it says later. */
  Optional<Duration> retryAfter() {
    return detail(RetryInfo.class)
        .filter(RetryInfo::hasRetryDelay)
        .map(
            info ->
                Duration.ofSeconds(
                    Math.min(info.getRetryDelay().getSeconds(), LONGEST_SECONDS),
                    info.getRetryDelay().getNanos()));
  }
}
