package io.mt2kd.gateway.server;

import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code grpc.health.v1} says, for the gateway as a whole (the empty name) and for each
 * service: SERVING while the model is there. Readiness follows the backend; liveness, which never
 * does, is that anything is answered at all.
 */
final class Readiness {
  private static final Logger log = LoggerFactory.getLogger(Readiness.class);

  private final HealthStatusManager health = new HealthStatusManager();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<String> names = new ArrayList<>(List.of(""));
  private boolean serving;
  private boolean listening;
  private boolean announced;

  Readiness() {
    publish();
  }

  BindableService service() {
    return health.getHealthService();
  }

  /** The services whose health this is. */
  void watch(List<ServerServiceDefinition> services) {
    lock.lock();
    try {
      services.forEach(service -> names.add(service.getServiceDescriptor().getName()));
      publish();
    } finally {
      lock.unlock();
    }
  }

  void modelIsThere(boolean there) {
    lock.lock();
    try {
      serving = there;
      publish();
      announce();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Calls can reach the gateway from now on. */
  void listening() {
    lock.lock();
    try {
      listening = true;
      announce();
    } finally {
      lock.unlock();
    }
  }

  boolean await(Duration atMost) throws InterruptedException {
    long nanos = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (!serving && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      return serving;
    } finally {
      lock.unlock();
    }
  }

  /** NOT_SERVING from now on, whatever the model does. */
  void leave() {
    health.enterTerminalState();
  }

  private void publish() {
    ServingStatus status = serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    names.forEach(name -> health.setStatus(name, status));
  }

  private void announce() {
    if (serving && listening && !announced) {
      announced = true;
      log.info(
          "ready {} ms after the start of the process",
          ManagementFactory.getRuntimeMXBean().getUptime());
    }
  }
}
