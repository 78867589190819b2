package io.mt2kd.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class WordErrorsTest {
  private static WordErrors between(String reference, String hypothesis) {
    return WordErrors.between(TextNormalizer.words(reference), TextNormalizer.words(hypothesis));
  }

  @Test
  void countsEachKindOfError() {
    assertThat(between("yes no stop", "yes no stop")).isEqualTo(new WordErrors(0, 0, 0, 3));
    assertThat(between("yes no stop", "yes go stop")).isEqualTo(new WordErrors(1, 0, 0, 3));
    assertThat(between("yes no stop", "yes stop")).isEqualTo(new WordErrors(0, 1, 0, 3));
    assertThat(between("yes no stop", "yes no no stop")).isEqualTo(new WordErrors(0, 0, 1, 3));
    assertThat(between("a b c d", "b x d e")).isEqualTo(new WordErrors(1, 1, 1, 4));
    assertThat(between("yes no", "")).isEqualTo(new WordErrors(0, 2, 0, 2));
    assertThat(between("", "yes")).isEqualTo(new WordErrors(0, 0, 1, 0));
  }

  @Test
  void ratesErrorsByWordsOfTheReference() {
    assertThat(between("a b c d", "a x d").rate()).isEqualTo(0.5);
    assertThat(between("a", "b c").rate()).isEqualTo(2);
    assertThat(between("", "a").rate()).isNaN();
  }

  @Test
  void aSpeakersUtterancesAreOneUnit() {
    WordErrorRate rate =
        new WordErrorRate(
            List.of(
                new WordErrors(1, 0, 0, 4),
                new WordErrors(0, 1, 0, 2),
                new WordErrors(0, 0, 0, 10)),
            List.of("alice", "alice", "bob"));
    assertThat(rate.units()).isEqualTo(2);
    assertThat(rate.rate(new int[] {1, 1})).isEqualTo(2.0 / 16);
    assertThat(rate.rate(new int[] {2, 0})).isEqualTo(4.0 / 12);
    assertThat(rate.rate(new int[] {0, 0})).isNaN();
    assertThat(rate.total()).isEqualTo(new WordErrors(1, 1, 0, 16));
  }

  @Property
  void errorsAreAtLeastTheDifferenceInLengthAndAtMostTheLongerOne(
      @ForAll @Size(max = 8) List<@IntRange(max = 3) Integer> reference,
      @ForAll @Size(max = 8) List<@IntRange(max = 3) Integer> hypothesis) {
    WordErrors errors =
        WordErrors.between(
            reference.stream().map(String::valueOf).toList(),
            hypothesis.stream().map(String::valueOf).toList());
    assertThat(errors.errors())
        .isBetween(
            Math.abs(reference.size() - hypothesis.size()),
            Math.max(reference.size(), hypothesis.size()));
    assertThat(errors.insertions() - errors.deletions())
        .isEqualTo(hypothesis.size() - reference.size());
  }
}
