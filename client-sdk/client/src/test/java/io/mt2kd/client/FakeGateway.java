package io.mt2kd.client;

import com.google.protobuf.Message;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.ModelServiceGrpc;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.SpeakerServiceGrpc;
import io.mt2kd.v1.TaggingServiceGrpc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Speaks the whole contract; says what it is told to, and remembers what it was asked. */
final class FakeGateway implements AutoCloseable {
  /** What one attempt looked like from here. */
  record Received(String method, Message request, Metadata headers, Deadline deadline) {
    @Nullable String header(String name) {
      return headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    }

    String requestId() {
      return (String)
          request.getField(request.getDescriptorForType().findFieldByName("request_id"));
    }
  }

  /** One call that is held back. */
  static final class Held {
    final CompletableFuture<StreamObserver<Message>> arrived = new CompletableFuture<>();
    final CountDownLatch cancelled = new CountDownLatch(1);

    void answer(Message message) {
      arrived.join().onNext(message);
      arrived.join().onCompleted();
    }
  }

  private static final Context.Key<Metadata> HEADERS = Context.key("headers");
  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          AnalysisServiceGrpc.getServiceDescriptor(),
          RecognitionServiceGrpc.getServiceDescriptor(),
          TaggingServiceGrpc.getServiceDescriptor(),
          SpeakerServiceGrpc.getServiceDescriptor(),
          ModelServiceGrpc.getServiceDescriptor());

  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final Deque<Object> script = new ArrayDeque<>();
  private final Map<String, Message> replies = new ConcurrentHashMap<>();
  private final Server server;

  private FakeGateway(ServerBuilder<?> builder) {
    for (ServiceDescriptor service : SERVICES) {
      builder.addService((BindableService) () -> serve(service));
    }
    this.server = builder.intercept(new RememberHeaders()).build();
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything in the caller's thread: tests need not wait. */
  static FakeGateway inProcess(String name) {
    return new FakeGateway(InProcessServerBuilder.forName(name).directExecutor());
  }

  static FakeGateway on(ServerBuilder<?> builder) {
    return new FakeGateway(builder);
  }

  int port() {
    return server.getPort();
  }

  List<Received> received() {
    return received;
  }

  Received onlyReceived() {
    if (received.size() != 1) {
      throw new AssertionError(received);
    }
    return received.get(0);
  }

  /** The next call of any method fails so. */
  FakeGateway failNext(StatusRuntimeException failure) {
    script.add(failure);
    return this;
  }

  FakeGateway failNext(Status status) {
    return failNext(status.asRuntimeException());
  }

  /** The next call of any method is answered when the test says so. */
  Held holdNext() {
    Held held = new Held();
    script.add(held);
    return held;
  }

  /** Calls of that method are answered so, where the script says nothing. */
  FakeGateway reply(MethodDescriptor<?, ?> method, Message reply) {
    replies.put(method.getFullMethodName(), reply);
    return this;
  }

  @Override
  public void close() throws InterruptedException {
    server.shutdownNow().awaitTermination();
  }

  private ServerServiceDefinition serve(ServiceDescriptor service) {
    ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(service);
    for (MethodDescriptor<?, ?> method : service.getMethods()) {
      @SuppressWarnings("unchecked")
      MethodDescriptor<Message, Message> typed = (MethodDescriptor<Message, Message>) method;
      definition.addMethod(
          typed, ServerCalls.asyncUnaryCall((request, reply) -> answer(typed, request, reply)));
    }
    return definition.build();
  }

  private void answer(
      MethodDescriptor<Message, Message> method, Message request, StreamObserver<Message> reply) {
    received.add(
        new Received(
            method.getFullMethodName(),
            request,
            HEADERS.get(),
            Objects.requireNonNull(Context.current().getDeadline())));
    Object step = script.poll();
    if (step instanceof StatusRuntimeException failure) {
      reply.onError(failure);
    } else if (step instanceof Held held) {
      ((ServerCallStreamObserver<Message>) reply).setOnCancelHandler(held.cancelled::countDown);
      held.arrived.complete(reply);
    } else {
      reply.onNext(replies.getOrDefault(method.getFullMethodName(), emptyReply(method)));
      reply.onCompleted();
    }
  }

  private static Message emptyReply(MethodDescriptor<?, ?> method) {
    Message reply =
        (Message)
            ((MethodDescriptor.PrototypeMarshaller<?>) method.getResponseMarshaller())
                .getMessagePrototype();
    return Replies.minimal(reply);
  }

  private static final class RememberHeaders implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      return Contexts.interceptCall(
          Context.current().withValue(HEADERS, headers), call, headers, next);
    }
  }
}
