package io.mt2kd.gateway.store;

import static io.mt2kd.gateway.store.Speakers.ACME;
import static io.mt2kd.gateway.store.Speakers.speaker;

import io.mt2kd.gateway.core.speaker.Speaker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Enrolls speakers {@code r<round>-<n>} until it is killed or nobody reads, each in up to four
 * updates, and prints {@code <id> <references>} after each update has returned.
 */
final class EnrollingProcess {
  private EnrollingProcess() {}

  /** Number of references that the speaker has in the end. */
  static int references(int n) {
    return 1 + n % 7;
  }

  public static void main(String[] args) throws IOException {
    String round = args[1];
    try (SqliteSpeakerStore store = SqliteSpeakerStore.open(Path.of(args[0]))) {
      System.out.println("ready");
      for (int n = 0; ; n++) {
        String id = "r" + round + "-" + n;
        int target = references(n);
        while (true) {
          Speaker now = store.update(ACME, Speakers.id(id), before -> more(id, before, target));
          // Prints what is durable and nothing that is not: System.out flushes at the line's end.
          System.out.println(id + " " + now.references().size());
          if (System.out.checkError()) {
            return; // Nobody reads any more: the test has ended before this.
          }
          if (now.references().size() == target) {
            break;
          }
        }
      }
    }
  }

  private static Speaker more(String id, Optional<Speaker> before, int target) {
    int present = before.map(s -> s.references().size()).orElse(0);
    return speaker(ACME, id, Math.min(target, present + 2));
  }
}
