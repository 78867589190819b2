package io.mt2kd.client;

/**
 * How candidates are chosen.
 *
 * @param maxCandidates at most so many; 0 means 5
 * @param falseAcceptRate rate at which strangers may be accepted, in [0.0001, 0.5]; 0 means 0.01
 */
public record IdentificationOptions(int maxCandidates, double falseAcceptRate) {
  /** The gateway's: at most five candidates, strangers accepted at a rate of 0.01. */
  public static final IdentificationOptions DEFAULT = new IdentificationOptions(0, 0);
}
