package io.mt2kd.gateway.triton;

import java.io.IOException;
import java.util.List;

/** Says where the replicas are. Asked again and again, by one thread that may be blocked. */
public interface ReplicaDiscovery {
  /**
   * Addresses of all replicas now, {@code host:port} each.
   *
   * @throws IOException where it cannot be found out; the replicas known so far stay
   */
  List<String> addresses() throws IOException;

  /** Always the same ones. */
  static ReplicaDiscovery fixed(List<String> addresses) {
    List<String> copy = List.copyOf(addresses);
    return () -> copy;
  }
}
