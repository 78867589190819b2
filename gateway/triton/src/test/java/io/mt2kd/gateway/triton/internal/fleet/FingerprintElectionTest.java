package io.mt2kd.gateway.triton.internal.fleet;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class FingerprintElectionTest {
  @Test
  void firstReplicaDecidesAlone() {
    assertThat(FingerprintElection.elect(null, List.of())).isNull();
    assertThat(FingerprintElection.elect(null, List.of("a"))).isEqualTo("a");
    assertThat(FingerprintElection.elect(null, List.of("a", "b"))).isEqualTo("a");
  }

  @Test
  void servedModelStaysUntilAMajorityHasAnother() {
    assertThat(FingerprintElection.elect("a", List.of("a", "b"))).isEqualTo("a");
    assertThat(FingerprintElection.elect("a", List.of("a", "b", "b"))).isEqualTo("b");
    assertThat(FingerprintElection.elect("a", List.of("a", "b", "b", "c"))).isEqualTo("a");
  }

  @Test
  void servedModelStaysWhileNobodyIsThere() {
    assertThat(FingerprintElection.elect("a", List.of())).isEqualTo("a");
  }

  @Test
  void modelThatNobodyHasAnyMoreIsReplaced() {
    assertThat(FingerprintElection.elect("a", List.of("b", "c", "c"))).isEqualTo("c");
    assertThat(FingerprintElection.elect("a", List.of("b", "c"))).isEqualTo("b");
  }

  @Property
  void whoeverVotesThereIsSomebodyWhoServes(
      @ForAll @StringLength(1) @CharRange(from = 'a', to = 'd') String served,
      @ForAll @NotEmpty @Size(max = 9)
          List<@StringLength(1) @CharRange(from = 'a', to = 'd') String> votes) {
    String elected = requireNonNull(FingerprintElection.elect(served, votes));

    assertThat(votes).contains(elected);
    // Without a vote that changes, nothing changes.
    assertThat(FingerprintElection.elect(elected, votes)).isEqualTo(elected);
    // A switch needs a majority, or that nobody has the old one.
    if (!elected.equals(served)) {
      assertThat(
              2 * Collections.frequency(votes, elected) > votes.size() || !votes.contains(served))
          .isTrue();
    }
  }
}
