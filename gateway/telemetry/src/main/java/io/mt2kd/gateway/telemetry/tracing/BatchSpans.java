package io.mt2kd.gateway.telemetry.tracing;

import io.mt2kd.gateway.core.batching.BatchListener;
import io.mt2kd.gateway.core.batching.BatchedUtterance;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The spans of utterances and of the batches that carry them: {@link Tracing}. An utterance that
 * runs again after a batch that failed links both batches.
 */
final class BatchSpans implements BatchListener {
  private static final String SENT = "sent";

  private final Tracer tracer;
  private final BatchListener listener;

  /**
   * @param listener that is told everything too
   */
  BatchSpans(Tracer tracer, BatchListener listener) {
    this.tracer = tracer;
    this.listener = listener;
  }

  @Override
  public SubmittedUtterance submitted(String requestId, int sampleCount, int bucketSamples) {
    Span span =
        tracer
            .spanBuilder("utterance")
            .setAttribute(Attributes.REQUEST_ID, requestId)
            .setAttribute(Attributes.AUDIO, Attributes.seconds(sampleCount))
            .setAttribute(Attributes.BUCKET, Attributes.seconds(bucketSamples))
            .startSpan();
    return new Utterance(span, listener.submitted(requestId, sampleCount, bucketSamples));
  }

  @Override
  public SentBatch sent(UtteranceBatch batch, List<SubmittedUtterance> members) {
    List<Span> spans = new ArrayList<>(members.size());
    List<SubmittedUtterance> watchers = new ArrayList<>(members.size());
    for (SubmittedUtterance member : members) {
      if (member instanceof Utterance utterance) {
        spans.add(utterance.span());
        watchers.add(utterance.watcher());
      }
    }
    SpanBuilder builder =
        tracer
            .spanBuilder("batch")
            .setSpanKind(SpanKind.CLIENT)
            .setParent(Context.root().with(parent(spans)))
            .setAttribute(Attributes.REQUEST_ID, batch.id())
            .setAttribute(Attributes.BATCH_SIZE, (long) batch.waveforms().size())
            .setAttribute(Attributes.PADDED, Attributes.seconds(batch.paddedSamples()))
            .setAttribute(Attributes.PADDING, paddingRatio(batch))
            .setAttribute(Attributes.HEADS, batch.heads().stream().sorted().toList().toString());
    spans.forEach(span -> builder.addLink(span.getSpanContext()));
    Span span = builder.startSpan();
    for (Span member : spans) {
      member.addEvent(SENT);
      member.addLink(span.getSpanContext());
    }
    return new TracedBatch(span, listener.sent(batch, watchers));
  }

  /** The first that is sampled: whether the batch is sampled follows from its parent. */
  private static Span parent(List<Span> members) {
    for (Span member : members) {
      if (member.getSpanContext().isSampled()) {
        return member;
      }
    }
    return members.isEmpty() ? Span.getInvalid() : members.get(0);
  }

  private static double paddingRatio(UtteranceBatch batch) {
    double computed = (double) batch.waveforms().size() * batch.paddedSamples();
    return (computed - batch.samples()) / computed;
  }

  private static void end(Span span, @Nullable Throwable failure) {
    if (failure != null) {
      span.setStatus(StatusCode.ERROR, failure.getClass().getSimpleName());
    }
    span.end();
  }

  private record Utterance(Span span, SubmittedUtterance watcher) implements SubmittedUtterance {
    @Override
    public void ended(@Nullable BatchedUtterance answer, @Nullable Throwable failure) {
      if (answer != null) {
        span.setAttribute(Attributes.BATCH_SIZE, (long) answer.batchSize());
        span.setAttribute(Attributes.REPLICA, answer.model().replica());
      }
      end(span, failure);
      watcher.ended(answer, failure);
    }
  }

  private record TracedBatch(Span span, SentBatch watcher) implements SentBatch {
    @Override
    public String traceParent() {
      SpanContext context = span.getSpanContext();
      return context.isValid()
          ? "00-"
              + context.getTraceId()
              + "-"
              + context.getSpanId()
              + "-"
              + context.getTraceFlags().asHex()
          : "";
    }

    @Override
    public void ended(@Nullable BatchOutput output, @Nullable Throwable failure) {
      if (output != null) {
        span.setAttribute(Attributes.REPLICA, output.model().replica());
      }
      end(span, failure);
      watcher.ended(output, failure);
    }
  }
}
