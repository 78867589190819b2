package io.mt2kd.cli;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.AnalyzeRequest;
import io.mt2kd.v1.AnalyzeResponse;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.Backend;
import io.mt2kd.v1.Decision;
import io.mt2kd.v1.DeleteSpeakerRequest;
import io.mt2kd.v1.DeleteSpeakerResponse;
import io.mt2kd.v1.EnrollSpeakerRequest;
import io.mt2kd.v1.EnrollSpeakerResponse;
import io.mt2kd.v1.GetModelRequest;
import io.mt2kd.v1.GetModelResponse;
import io.mt2kd.v1.GetSpeakerRequest;
import io.mt2kd.v1.GetSpeakerResponse;
import io.mt2kd.v1.IdentifySpeakerRequest;
import io.mt2kd.v1.IdentifySpeakerResponse;
import io.mt2kd.v1.ListSpeakersRequest;
import io.mt2kd.v1.ListSpeakersResponse;
import io.mt2kd.v1.Model;
import io.mt2kd.v1.ModelServiceGrpc;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.RecognizeRequest;
import io.mt2kd.v1.RecognizeResponse;
import io.mt2kd.v1.SpeakerCandidate;
import io.mt2kd.v1.SpeakerIdentification;
import io.mt2kd.v1.SpeakerServiceGrpc;
import io.mt2kd.v1.TagAudioRequest;
import io.mt2kd.v1.TagAudioResponse;
import io.mt2kd.v1.TaggingServiceGrpc;
import io.mt2kd.v1.VerifySpeakerRequest;
import io.mt2kd.v1.VerifySpeakerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * A gateway on a loopback port for "recordings" that say in words what is heard in them: {@code
 * text=yes no}, {@code dog=0.75}, {@code voice=1.5} or {@code fail}, separated by semicolons. Two
 * voices are the likelier the same the closer their numbers are: log-likelihood ratio 5 minus ten
 * times their distance.
 */
final class FakeGateway implements AutoCloseable {
  private static final Context.Key<String> TENANT = Context.key("tenant");
  private static final double THRESHOLD = 3;

  final List<Audio> recordings = new CopyOnWriteArrayList<>();
  final List<String> tenants = new CopyOnWriteArrayList<>();
  final NavigableMap<String, List<Double>> speakers = new ConcurrentSkipListMap<>();
  int pageSize = 1;
  volatile boolean failsToTellItsModel;

  /** Opens when a recording that says {@code wait} has come. */
  final CountDownLatch waiting = new CountDownLatch(1);

  private final CountDownLatch released = new CountDownLatch(1);
  private final Server server;

  FakeGateway() {
    this.server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(new Analysis())
            .addService(new Recognition())
            .addService(new Tagging())
            .addService(new Speakers())
            .addService(new Models())
            .intercept(new Tenants())
            .build();
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String target() {
    return "localhost:" + server.getPort();
  }

  @Override
  public void close() throws InterruptedException {
    released.countDown();
    server.shutdownNow().awaitTermination();
  }

  /**
   * What a recording says of itself; one that says {@code wait} is not understood before one says
   * {@code release}.
   */
  private Map<String, String> hear(Audio audio) {
    recordings.add(audio);
    Map<String, String> heard = new TreeMap<>();
    for (String fact : audio.getContent().toStringUtf8().split(";")) {
      String[] pair = fact.split("=", 2);
      heard.put(pair[0], pair.length == 1 ? "" : pair[1]);
    }
    if (heard.containsKey("fail")) {
      throw StatusProto.toStatusRuntimeException(
          com.google.rpc.Status.newBuilder()
              .setCode(Status.Code.INVALID_ARGUMENT.value())
              .setMessage("audio.content: 4 bytes (expected: a container)")
              .addDetails(
                  Any.pack(
                      BadRequest.newBuilder()
                          .addFieldViolations(
                              BadRequest.FieldViolation.newBuilder()
                                  .setField("audio.content")
                                  .setDescription("4 bytes (expected: a container)"))
                          .build()))
              .build());
    }
    if (heard.containsKey("release")) {
      released.countDown();
    }
    if (heard.containsKey("wait")) {
      waiting.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return heard;
  }

  private List<Double> voices(List<Audio> audio) {
    return audio.stream()
        .map(this::hear)
        .map(heard -> Double.parseDouble(heard.getOrDefault("voice", "0")))
        .toList();
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
  }

  private String key(String name) {
    return TENANT.get() + "/" + name;
  }

  private List<Double> enrolled(String name) {
    List<Double> voices = speakers.get(key(name));
    if (voices == null) {
      throw Status.NOT_FOUND.withDescription("no speaker " + name).asRuntimeException();
    }
    return voices;
  }

  private static double ratio(List<Double> enrolled, List<Double> probe) {
    return 5 - 10 * Math.abs(mean(enrolled) - mean(probe));
  }

  private SpeakerIdentification identify(List<Double> probe) {
    List<SpeakerCandidate> candidates = new ArrayList<>();
    speakers.forEach(
        (key, voices) -> {
          if (key.startsWith(TENANT.get() + "/")) {
            candidates.add(
                SpeakerCandidate.newBuilder()
                    .setSpeaker(key.substring(key.indexOf('/') + 1))
                    .setLogLikelihoodRatio((float) ratio(voices, probe))
                    .build());
          }
        });
    candidates.sort(Comparator.comparingDouble(SpeakerCandidate::getLogLikelihoodRatio).reversed());
    SpeakerIdentification.Builder identification =
        SpeakerIdentification.newBuilder().addAllCandidates(candidates);
    if (!candidates.isEmpty() && candidates.get(0).getLogLikelihoodRatio() >= THRESHOLD) {
      identification.setAcceptedSpeaker(candidates.get(0).getSpeaker());
    }
    return identification.build();
  }

  /** Answers, or fails with what was thrown. */
  private static <R> void reply(StreamObserver<R> observer, Supplier<R> answer) {
    R reply;
    try {
      reply = answer.get();
    } catch (RuntimeException e) {
      observer.onError(e);
      return;
    }
    observer.onNext(reply);
    observer.onCompleted();
  }

  private final class Analysis extends AnalysisServiceGrpc.AnalysisServiceImplBase {
    @Override
    public void analyze(AnalyzeRequest request, StreamObserver<AnalyzeResponse> observer) {
      reply(
          observer,
          () -> {
            Map<String, String> heard = hear(request.getAudio());
            AnalyzeResponse.Builder answer =
                AnalyzeResponse.newBuilder()
                    .setReceipt(FakeAnswers.receipt(request.getRequestId()));
            request
                .getTasksList()
                .forEach(
                    task -> {
                      switch (task) {
                        case TASK_SPEECH_RECOGNITION ->
                            answer.setTranscript(FakeAnswers.transcript(heard));
                        case TASK_AUDIO_TAGGING ->
                            answer.setTags(FakeAnswers.tags(heard, request.getTagOptions()));
                        default ->
                            answer.setSpeaker(
                                identify(
                                    List.of(Double.parseDouble(heard.getOrDefault("voice", "0")))));
                      }
                    });
            return answer.build();
          });
    }
  }

  private final class Recognition extends RecognitionServiceGrpc.RecognitionServiceImplBase {
    @Override
    public void recognize(RecognizeRequest request, StreamObserver<RecognizeResponse> observer) {
      reply(
          observer,
          () ->
              RecognizeResponse.newBuilder()
                  .setTranscript(FakeAnswers.transcript(hear(request.getAudio())))
                  .setReceipt(FakeAnswers.receipt(request.getRequestId()))
                  .build());
    }
  }

  private final class Tagging extends TaggingServiceGrpc.TaggingServiceImplBase {
    @Override
    public void tagAudio(TagAudioRequest request, StreamObserver<TagAudioResponse> observer) {
      reply(
          observer,
          () ->
              TagAudioResponse.newBuilder()
                  .setTags(FakeAnswers.tags(hear(request.getAudio()), request.getOptions()))
                  .setReceipt(FakeAnswers.receipt(request.getRequestId()))
                  .build());
    }
  }

  private final class Speakers extends SpeakerServiceGrpc.SpeakerServiceImplBase {
    @Override
    public void enrollSpeaker(
        EnrollSpeakerRequest request, StreamObserver<EnrollSpeakerResponse> observer) {
      reply(
          observer,
          () -> {
            String name = "speakers/" + request.getSpeakerId();
            List<Double> voices = voices(request.getRecordingsList());
            speakers.merge(
                key(name),
                voices,
                (old, added) -> {
                  List<Double> all = new ArrayList<>(old);
                  all.addAll(added);
                  return all;
                });
            return EnrollSpeakerResponse.newBuilder()
                .setSpeaker(
                    FakeAnswers.speaker(name, enrolled(name)).toBuilder()
                        .setDisplayName(request.getDisplayName()))
                .setCohesion(1)
                .setReceipt(FakeAnswers.receipt(request.getRequestId()))
                .build();
          });
    }

    @Override
    public void verifySpeaker(
        VerifySpeakerRequest request, StreamObserver<VerifySpeakerResponse> observer) {
      reply(
          observer,
          () -> {
            double ratio = ratio(enrolled(request.getName()), voices(request.getRecordingsList()));
            return VerifySpeakerResponse.newBuilder()
                .setDecision(
                    ratio >= THRESHOLD
                        ? Decision.DECISION_ACCEPT
                        : ratio >= 0 ? Decision.DECISION_UNCERTAIN : Decision.DECISION_REJECT)
                .setLogLikelihoodRatio((float) ratio)
                .setThreshold((float) THRESHOLD)
                .setReceipt(FakeAnswers.receipt(request.getRequestId()))
                .build();
          });
    }

    @Override
    public void identifySpeaker(
        IdentifySpeakerRequest request, StreamObserver<IdentifySpeakerResponse> observer) {
      reply(
          observer,
          () ->
              IdentifySpeakerResponse.newBuilder()
                  .setSpeaker(identify(voices(request.getRecordingsList())))
                  .setReceipt(FakeAnswers.receipt(request.getRequestId()))
                  .build());
    }

    @Override
    public void getSpeaker(GetSpeakerRequest request, StreamObserver<GetSpeakerResponse> observer) {
      reply(
          observer,
          () ->
              GetSpeakerResponse.newBuilder()
                  .setSpeaker(FakeAnswers.speaker(request.getName(), enrolled(request.getName())))
                  .build());
    }

    @Override
    public void listSpeakers(
        ListSpeakersRequest request, StreamObserver<ListSpeakersResponse> observer) {
      reply(
          observer,
          () -> {
            List<String> names =
                speakers.keySet().stream()
                    .filter(key -> key.startsWith(TENANT.get() + "/"))
                    .map(key -> key.substring(key.indexOf('/') + 1))
                    .toList();
            int from =
                request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
            int to = Math.min(names.size(), from + pageSize);
            return ListSpeakersResponse.newBuilder()
                .addAllSpeakers(
                    names.subList(from, to).stream()
                        .map(name -> FakeAnswers.speaker(name, enrolled(name)))
                        .toList())
                .setNextPageToken(to < names.size() ? String.valueOf(to) : "")
                .build();
          });
    }

    @Override
    public void deleteSpeaker(
        DeleteSpeakerRequest request, StreamObserver<DeleteSpeakerResponse> observer) {
      reply(
          observer,
          () -> {
            int erased = enrolled(request.getName()).size();
            speakers.remove(key(request.getName()));
            return DeleteSpeakerResponse.newBuilder().setErasedReferenceCount(erased).build();
          });
    }
  }

  private final class Models extends ModelServiceGrpc.ModelServiceImplBase {
    @Override
    public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> observer) {
      if (failsToTellItsModel) {
        observer.onError(Status.INTERNAL.withDescription("no model").asRuntimeException());
        return;
      }
      reply(
          observer,
          () ->
              GetModelResponse.newBuilder()
                  .setModel(
                      Model.newBuilder()
                          .setName("fake-model")
                          .setVersion("1")
                          .addAllLabels(FakeAnswers.LABELS)
                          .setSampleRateHertz(16_000))
                  .setBackend(
                      Backend.newBuilder().setServer("fake").setVersion("2").setReplica("here"))
                  .build());
    }
  }

  private final class Tenants implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      String tenant =
          Objects.requireNonNullElse(
              headers.get(Metadata.Key.of("mt2kd-tenant", Metadata.ASCII_STRING_MARSHALLER)),
              "default");
      tenants.add(tenant);
      return Contexts.interceptCall(
          Context.current().withValue(TENANT, tenant), call, headers, next);
    }
  }
}
