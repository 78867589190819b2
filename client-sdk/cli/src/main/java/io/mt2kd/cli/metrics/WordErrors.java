package io.mt2kd.cli.metrics;

import java.util.List;

/**
 * What separates a transcript from its reference: the cheapest alignment of the two word sequences,
 * where a substitution, a deletion and an insertion cost one each (Levenshtein). Among equally
 * cheap alignments substitutions are preferred.
 *
 * @param deletions words of the reference that are missing
 * @param insertions words that the reference does not have
 * @param referenceWords words of the reference
 */
public record WordErrors(int substitutions, int deletions, int insertions, int referenceWords) {
  /** Counts the errors of one utterance. */
  public static WordErrors between(List<String> reference, List<String> hypothesis) {
    int rows = reference.size();
    int columns = hypothesis.size();
    int[][] cost = new int[rows + 1][columns + 1];
    for (int i = 0; i <= rows; i++) {
      for (int j = 0; j <= columns; j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
        } else {
          int match =
              cost[i - 1][j - 1] + (reference.get(i - 1).equals(hypothesis.get(j - 1)) ? 0 : 1);
          cost[i][j] = Math.min(match, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
        }
      }
    }
    int substitutions = 0;
    int deletions = 0;
    int insertions = 0;
    for (int i = rows, j = columns; i > 0 || j > 0; ) {
      boolean same = i > 0 && j > 0 && reference.get(i - 1).equals(hypothesis.get(j - 1));
      if (i > 0 && j > 0 && cost[i][j] == cost[i - 1][j - 1] + (same ? 0 : 1)) {
        substitutions += same ? 0 : 1;
        i--;
        j--;
      } else if (i > 0 && cost[i][j] == cost[i - 1][j] + 1) {
        deletions++;
        i--;
      } else {
        insertions++;
        j--;
      }
    }
    return new WordErrors(substitutions, deletions, insertions, rows);
  }

  /** The sum of two. */
  public WordErrors plus(WordErrors other) {
    return new WordErrors(
        substitutions + other.substitutions,
        deletions + other.deletions,
        insertions + other.insertions,
        referenceWords + other.referenceWords);
  }

  /** All errors. */
  public int errors() {
    return substitutions + deletions + insertions;
  }

  /**
   * Errors per word of the reference: WER. NaN without such words; above 1 with many insertions.
   */
  public double rate() {
    return referenceWords == 0 ? Double.NaN : (double) errors() / referenceWords;
  }
}
