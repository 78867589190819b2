package io.mt2kd.gateway.core.batching.simulation;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.model.Manifests;
import java.util.Random;

/** Who comes when, with how much. */
enum Workload {
  /** Independent callers, lengths as those of spoken requests: lognormal, median 2.5 s. */
  POISSON {
    @Override
    double seconds(Random random) {
      return spoken(random);
    }
  },
  /** The same lengths; a fifth of the time four times as many callers, else a quarter of them. */
  BURSTY {
    @Override
    double seconds(Random random) {
      return spoken(random);
    }

    @Override
    double intensity(Phases phases, double now) {
      return phases.busy(now) ? 4 : 0.25;
    }
  },
  /** Independent callers, most lengths short and a few very long: Pareto 1.1 from 0.8 s. */
  HEAVY_TAILED {
    @Override
    double seconds(Random random) {
      return Math.min(LONGEST, 0.8 / Math.pow(1 - random.nextDouble(), 1 / 1.1));
    }
  };

  private static final double SHORTEST = 0.3;
  private static final double LONGEST = 30;
  private static final double NANOS = 1e9;

  abstract double seconds(Random random);

  /** Arrivals now over arrivals on average. */
  double intensity(Phases phases, double now) {
    return 1;
  }

  /** Time that one utterance alone takes on average, without padding. */
  double meanSecondsAlone(CostCurve curve) {
    Random random = new Random(1);
    double sum = 0;
    int draws = 100_000;
    for (int i = 0; i < draws; i++) {
      sum += curve.seconds(1, seconds(random));
    }
    return sum / draws;
  }

  /** A stream of requests, the same for the same seed. */
  Arrivals arrivals(double perSecond, long seed) {
    return new Arrivals(perSecond, seed);
  }

  private static double spoken(Random random) {
    double seconds = 2.5 * Math.exp(0.7 * random.nextGaussian());
    return Math.max(SHORTEST, Math.min(LONGEST, seconds));
  }

  /** The requests of this workload, one after another. */
  final class Arrivals {
    private final double perSecond;
    private final Random random;
    private final Phases phases;
    private double now;

    private Arrivals(double perSecond, long seed) {
      this.perSecond = perSecond;
      this.random = new Random(seed);
      this.phases = new Phases(new Random(seed + 1));
    }

    Request next() {
      // A gap is drawn at the intensity of its start; phases last for many gaps.
      now += -Math.log(1 - random.nextDouble()) / (perSecond * intensity(phases, now));
      int samples = (int) (seconds(random) * Waveform.SAMPLE_RATE_HERTZ);
      double draw = random.nextDouble();
      double budget = draw < 0.3 ? 1 : draw < 0.8 ? 3 : 10;
      return new Request(
          samples,
          Manifests.MANIFEST.bucketSamples(samples),
          (long) (now * NANOS),
          (long) ((now + budget) * NANOS));
    }
  }

  /** Busy for a second and quiet for four, on average. */
  static final class Phases {
    private final Random random;
    private boolean busy;
    private double until;

    private Phases(Random random) {
      this.random = random;
    }

    private boolean busy(double now) {
      while (now >= until) {
        busy = !busy;
        until += -Math.log(1 - random.nextDouble()) * (busy ? 1 : 4);
      }
      return busy;
    }
  }
}
