package io.mt2kd.it.hostile;

import static io.mt2kd.it.hostile.HostileCase.speaker;
import static io.mt2kd.it.hostile.HostileRequests.GOOD;
import static io.mt2kd.it.hostile.HostileWav.audio;

import io.grpc.Status;
import io.mt2kd.v1.DeleteSpeakerRequest;
import io.mt2kd.v1.EnrollSpeakerRequest;
import io.mt2kd.v1.GetSpeakerRequest;
import io.mt2kd.v1.IdentifySpeakerRequest;
import io.mt2kd.v1.ListSpeakersRequest;
import io.mt2kd.v1.VerifySpeakerRequest;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** Requests about speakers: whose they are not, that are not there, that cannot be. */
final class HostileSpeakers {
  /** Enrolled by the default tenant before the cases run. */
  static final String VICTIM = "victim";

  private static final String IDS = "1 to 128 characters of [A-Za-z0-9._-]";
  private static final String RATES = "0.0001 to 0.5";

  private HostileSpeakers() {}

  static List<HostileCase> all() {
    return Stream.of(ids(), names(), recordings(), rates(), pages(), strangers())
        .flatMap(List::stream)
        .toList();
  }

  private static List<HostileCase> ids() {
    return List.of(
        enroll("no speaker id", "", IDS),
        enroll("speaker id that is a path", "../../etc/passwd", IDS),
        enroll("speaker id with a slash", "a/b", IDS),
        enroll("speaker id that begins with a dot", ".hidden", IDS),
        enroll("speaker id with a NUL", "a\0b", IDS),
        enroll("speaker id that is SQL", "x'; DROP TABLE speakers; --", IDS),
        enroll("speaker id of 129 characters", "x".repeat(129), IDS),
        enroll("speaker id beyond ASCII", "ali\u0441e", IDS),
        speaker(
            "display name of 257 characters",
            stub -> stub.enrollSpeaker(enrollment("bob").setDisplayName("x".repeat(257)).build()),
            "display_name",
            "at most 256"));
  }

  private static List<HostileCase> names() {
    return List.of(
        get("name that climbs", "speakers/../../etc/passwd", IDS),
        get("name without collection", VICTIM, "speakers/{speaker}"),
        get(
            "name of another collection",
            "tenants/default/speakers/" + VICTIM,
            "speakers/{speaker}"),
        get("empty name", "", "speakers/{speaker}"),
        get("name without id", "speakers/", IDS),
        get("name with two ids", "speakers/" + VICTIM + "/speakers/x", IDS),
        speaker(
            "deleting a name that climbs",
            stub ->
                stub.deleteSpeaker(
                    DeleteSpeakerRequest.newBuilder().setName("speakers/%2e%2e").build()),
            "name",
            IDS),
        speaker(
            "verifying against a wildcard",
            stub -> stub.verifySpeaker(verification("speakers/*").build()),
            "name",
            IDS));
  }

  private static List<HostileCase> recordings() {
    return List.of(
        speaker(
            "enrolling without a recording",
            stub -> stub.enrollSpeaker(enrollment("bob").clearRecordings().build()),
            "recordings",
            "1 to 16"),
        speaker(
            "enrolling with 17 recordings",
            stub ->
                stub.enrollSpeaker(
                    enrollment("bob")
                        .clearRecordings()
                        .addAllRecordings(Collections.nCopies(17, GOOD))
                        .build()),
            "recordings",
            "1 to 16"),
        speaker(
            "enrolling with a broken second recording",
            stub ->
                stub.enrollSpeaker(
                    enrollment("bob")
                        .addRecordings(audio(new WavBytes().channels(0).bytes()))
                        .build()),
            "recordings[1].content",
            "1 to 32"),
        speaker(
            "enrolling digital silence",
            stub ->
                stub.enrollSpeaker(
                    enrollment("bob").setRecordings(0, audio(new WavBytes().bytes())).build()),
            "recordings[0].content",
            ">= 300 ms"),
        speaker(
            "identifying without a recording",
            stub -> stub.identifySpeaker(IdentifySpeakerRequest.getDefaultInstance()),
            "recordings",
            "1 to 16"),
        speaker(
            "verifying without a recording",
            stub -> stub.verifySpeaker(verification("speakers/victim").clearRecordings().build()),
            "recordings",
            "1 to 16"),
        speaker(
            "verifying an empty recording",
            stub ->
                stub.verifySpeaker(
                    verification("speakers/victim").setRecordings(0, audio(new byte[0])).build()),
            "recordings[0].content",
            "a recording"));
  }

  private static List<HostileCase> rates() {
    return Stream.of(Float.NaN, -1f, 2f, 0.00001f, Float.POSITIVE_INFINITY)
        .map(
            rate ->
                speaker(
                    "verifying at a false-accept rate of " + rate,
                    stub ->
                        stub.verifySpeaker(
                            verification("speakers/victim").setFalseAcceptRate(rate).build()),
                    "false_accept_rate",
                    RATES))
        .toList();
  }

  private static List<HostileCase> pages() {
    return List.of(
        list(
            "page of -1 speakers",
            ListSpeakersRequest.newBuilder().setPageSize(-1),
            "page_size",
            ">= 0"),
        list(
            "page token that is none",
            ListSpeakersRequest.newBuilder().setPageToken("%%%"),
            "page_token",
            "next_page_token"),
        list(
            "page token with a newline",
            ListSpeakersRequest.newBuilder().setPageToken("YQ\n"),
            "page_token",
            "next_page_token"),
        // Base64 of ../../etc/passwd: decodes, but to nothing that was ever given out.
        list(
            "page token that was never given out",
            ListSpeakersRequest.newBuilder().setPageToken("Li4vLi4vZXRjL3Bhc3N3ZA"),
            "page_token",
            "next_page_token"));
  }

  private static List<HostileCase> strangers() {
    String name = "speakers/" + VICTIM;
    return List.of(
        absent(get("another tenant's speaker", name, "")).by("stranger"),
        absent(
                speaker(
                    "verifying against another tenant's speaker",
                    stub -> stub.verifySpeaker(verification(name).build()),
                    "",
                    ""))
            .by("stranger"),
        absent(
                speaker(
                    "deleting another tenant's speaker",
                    stub ->
                        stub.deleteSpeaker(DeleteSpeakerRequest.newBuilder().setName(name).build()),
                    "",
                    ""))
            .by("stranger"),
        absent(get("a speaker that never was", "speakers/nobody", "")),
        absent(get("a speaker by another case", "speakers/VICTIM", "")));
  }

  private static HostileCase absent(HostileCase hostile) {
    return hostile.with(Status.Code.NOT_FOUND);
  }

  static EnrollSpeakerRequest.Builder enrollment(String id) {
    return EnrollSpeakerRequest.newBuilder().setSpeakerId(id).addRecordings(GOOD);
  }

  private static VerifySpeakerRequest.Builder verification(String name) {
    return VerifySpeakerRequest.newBuilder().setName(name).addRecordings(GOOD);
  }

  private static HostileCase enroll(String name, String id, String expected) {
    return speaker(
        name, stub -> stub.enrollSpeaker(enrollment(id).build()), "speaker_id", expected);
  }

  private static HostileCase get(String name, String resource, String expected) {
    return speaker(
        name,
        stub -> stub.getSpeaker(GetSpeakerRequest.newBuilder().setName(resource).build()),
        "name",
        expected);
  }

  private static HostileCase list(
      String name, ListSpeakersRequest.Builder request, String field, String expected) {
    return speaker(name, stub -> stub.listSpeakers(request.build()), field, expected);
  }
}
