package io.mt2kd.gateway.core.admission.internal;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Shares of what is in use, with borrowing. Amounts are padded samples.
 *
 * <ol>
 *   <li>The share of a tenant is its weight over the weights of all who have something in use or a
 *       claim, of what would be in use with the call in question. A tenant that has nothing in use
 *       is below its share whatever it asks for.
 *   <li>While nobody has a claim, everybody may have all the room there is: what others leave is
 *       borrowed.
 *   <li>A tenant that is refused although it is below its share has a claim to the room that it was
 *       refused, up to its share; to that of its class if it is of the batch class. It lasts until
 *       the tenant has had time to ask again, and what is admitted is taken off it.
 *   <li>A tenant that is above its share leaves room for the claims of the others; for those of
 *       interactive calls only, if it asks for one itself. So the first room that comes free goes
 *       to whoever was refused. What is lent is not taken away: a share comes back as borrowed work
 *       ends.
 * </ol>
 *
 * <p>Room is held back for nobody who has not asked, and no longer than a claim lasts; a tenant
 * within its share is never held back. At most {@value #MOST_CLAIMS} claims are kept. Not
 * thread-safe.
 */
public final class TenantShares {
  private static final int MOST_CLAIMS = 256;

  private final Map<TenantId, Double> weights;
  private final Map<TenantId, Long> used = new HashMap<>();
  private final Map<Claimant, Claim> claims = new LinkedHashMap<>();
  private long total;

  /**
   * @param weights of those whose weight is not 1
   */
  public TenantShares(Map<TenantId, Double> weights) {
    this.weights = Map.copyOf(weights);
  }

  /** In use by all. */
  public long total() {
    return total;
  }

  /** Tenants with something in use. */
  public int tenants() {
    return used.size();
  }

  /** Something is in use from now on, and taken off the tenant's claim. */
  public void use(TenantId tenant, Priority priority, long samples) {
    change(tenant, samples);
    Claimant claimant = new Claimant(tenant, priority);
    Claim claim = claims.get(claimant);
    if (claim != null) {
      if (claim.samples <= samples) {
        claims.remove(claimant);
      } else {
        claims.replace(claimant, new Claim(claim.samples - samples, claim.endNanos));
      }
    }
  }

  /** What is in use changes, by a negative amount where it is given back. */
  public void change(TenantId tenant, long samples) {
    total += samples;
    used.merge(tenant, samples, (a, b) -> a + b == 0 ? null : a + b);
  }

  /** Room that the tenant has to leave to others with a call of so many samples. */
  public long heldForOthers(long now, TenantId tenant, Priority priority, long samples) {
    forgetClaims(now);
    if (claims.isEmpty() || isWithinShare(tenant, samples)) {
      return 0;
    }
    long sum = 0;
    for (Map.Entry<Claimant, Claim> each : claims.entrySet()) {
      boolean yields = priority == Priority.BATCH || each.getKey().priority == Priority.INTERACTIVE;
      if (yields && !each.getKey().tenant.equals(tenant)) {
        sum += each.getValue().samples;
      }
    }
    return sum;
  }

  /**
   * A tenant was refused. Where it is within its share it has a claim.
   *
   * @param endNanos until when
   */
  public void claim(long now, TenantId tenant, Priority priority, long samples, long endNanos) {
    forgetClaims(now);
    if (!isWithinShare(tenant, samples)) {
      return;
    }
    Claimant claimant = new Claimant(tenant, priority);
    Claim before = claims.remove(claimant);
    long most = (long) (share(tenant) * (total + samples)) - used.getOrDefault(tenant, 0L);
    long sum = (before == null ? 0 : before.samples) + samples;
    if (claims.size() < MOST_CLAIMS) {
      claims.put(claimant, new Claim(Math.max(samples, Math.min(sum, most)), endNanos));
    }
  }

  private boolean isWithinShare(TenantId tenant, long samples) {
    long has = used.getOrDefault(tenant, 0L);
    return has == 0 || has + samples <= share(tenant) * (total + samples);
  }

  private double share(TenantId tenant) {
    Set<TenantId> active = new HashSet<>(used.keySet());
    claims.keySet().forEach(claimant -> active.add(claimant.tenant));
    active.add(tenant);
    return weight(tenant) / active.stream().mapToDouble(this::weight).sum();
  }

  private double weight(TenantId tenant) {
    return weights.getOrDefault(tenant, 1.0);
  }

  private void forgetClaims(long now) {
    for (Iterator<Claim> each = claims.values().iterator(); each.hasNext(); ) {
      if (each.next().endNanos - now <= 0) {
        each.remove();
      }
    }
  }

  private record Claimant(TenantId tenant, Priority priority) {}

  private record Claim(long samples, long endNanos) {}
}
