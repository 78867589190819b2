package io.mt2kd.gateway.core.analysis;

/**
 * Port: whoever is told what calls cost. Called by many threads at once; must not block and must
 * not throw.
 */
@FunctionalInterface
public interface ReceiptListener {
  /** Nobody is told. */
  ReceiptListener NONE = (call, receipt) -> {};

  /** A call has its answer, and this is its receipt; told once for each. */
  void issued(Call call, Receipt receipt);
}
