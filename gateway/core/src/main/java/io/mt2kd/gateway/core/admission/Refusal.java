package io.mt2kd.gateway.core.admission;

/** Why a call was not let in. */
public enum Refusal {
  /** As much audio is in the gateway as may be, for its class. */
  AUDIO_LIMIT,
  /** The room that there is belongs to tenants that have less than their shares. */
  TENANT_SHARE,
  /** It, or a call that it would delay, could only be answered too late. */
  DEADLINE
}
