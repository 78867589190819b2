package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.failure.FailedPreconditionException;
import io.mt2kd.gateway.core.failure.FailedPreconditionException.Reason;
import io.mt2kd.gateway.core.model.SpeakerCalibration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The change that new recordings make to a speaker.
 *
 * <ol>
 *   <li>References of another model are never joined: MODEL_MISMATCH.
 *   <li>Never more references than the policy allows: TOO_MANY_REFERENCES.
 *   <li>Each new voiceprint is compared with the mean of all the others, old and new; where that
 *       says "another voice" beyond the policy's ratio, nothing is taken: VOICES_DIFFER. A single
 *       first recording has nothing to differ from.
 *   <li>All new references are appended in their order; an empty display name leaves the old one.
 * </ol>
 *
 * @param tenant of the speaker
 * @param id of the speaker
 * @param displayName empty to keep
 * @param added new references, at least one, all of one model
 */
record Enrollment(TenantId tenant, SpeakerId id, String displayName, List<Reference> added) {

  Speaker apply(
      Optional<Speaker> present,
      EnrollmentPolicy policy,
      SpeakerCalibration calibration,
      UUID uid) {
    List<Reference> all = new ArrayList<>();
    present.ifPresent(speaker -> all.addAll(speaker.references()));
    int old = all.size();
    all.addAll(added);
    if (!all.get(0).modelFingerprint().equals(added.get(0).modelFingerprint())) {
      throw new FailedPreconditionException(
          Reason.MODEL_MISMATCH,
          id.name(),
          "the speaker was enrolled with another model: delete and enroll anew");
    }
    if (all.size() > policy.maximumReferences()) {
      throw new FailedPreconditionException(
          Reason.TOO_MANY_REFERENCES,
          id.name(),
          all.size() + " references (expected: at most " + policy.maximumReferences() + ")");
    }
    requireOneVoice(all, old, policy, calibration);
    Instant now = added.get(0).createTime();
    return new Speaker(
        tenant,
        id,
        present.map(Speaker::uid).orElse(uid),
        displayName.isEmpty() ? present.map(Speaker::displayName).orElse("") : displayName,
        all,
        present.map(Speaker::createTime).orElse(now),
        now);
  }

  private void requireOneVoice(
      List<Reference> all, int old, EnrollmentPolicy policy, SpeakerCalibration calibration) {
    for (int i = old; i < all.size() && all.size() > 1; i++) {
      List<Voiceprint> others = new ArrayList<>();
      for (int j = 0; j < all.size(); j++) {
        if (j != i) {
          others.add(all.get(j).voiceprint());
        }
      }
      double ratio =
          ComparedVoice.of(all.get(i).voiceprint(), calibration)
              .logLikelihoodRatioToMean(others, calibration);
      if (ratio < policy.minimumLogLikelihoodRatio()) {
        throw new FailedPreconditionException(
            Reason.VOICES_DIFFER,
            id.name(),
            "recordings[%d] is not the voice of the others: log-likelihood ratio %.2f (expected: >= %.2f)"
                .formatted(i - old, ratio, policy.minimumLogLikelihoodRatio()));
      }
    }
  }

  /** Smallest cosine between two references; 1 for a single one. */
  static double cohesion(Speaker speaker) {
    double smallest = 1;
    List<Reference> references = speaker.references();
    for (int i = 0; i < references.size(); i++) {
      for (int j = 0; j < i; j++) {
        smallest =
            Math.min(
                smallest, references.get(i).voiceprint().cosine(references.get(j).voiceprint()));
      }
    }
    return smallest;
  }
}
