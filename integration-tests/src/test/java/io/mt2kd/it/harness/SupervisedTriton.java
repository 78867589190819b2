package io.mt2kd.it.harness;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** A Triton that is started again, on its port, whenever it has died, as in a cluster. */
public final class SupervisedTriton implements AutoCloseable {
  private final TritonServer server;
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private int deaths;
  private boolean closing;

  private SupervisedTriton(TritonServer server) {
    this.server = server;
  }

  /** Looks after a server, which is closed with it. */
  public static SupervisedTriton of(TritonServer server) {
    SupervisedTriton supervised = new SupervisedTriton(server);
    supervised.watch();
    return supervised;
  }

  /** On the loopback interface, gRPC. */
  public int port() {
    return server.port();
  }

  /** How often it has died by itself so far. */
  public synchronized int deaths() {
    return deaths;
  }

  /** Kills it for good; throws what kept it from being started again. */
  @Override
  public void close() throws IOException, InterruptedException, ExecutionException {
    synchronized (this) {
      closing = true;
      server.close();
    }
    end.get();
  }

  private void watch() {
    server.onExit().whenCompleteAsync((unused, failure) -> ended(failure));
  }

  private synchronized void ended(@Nullable Throwable failure) {
    if (failure != null) {
      end.completeExceptionally(failure);
    } else if (closing) {
      end.complete(null);
    } else {
      deaths++;
      try {
        server.restart();
        watch();
      } catch (IOException | InterruptedException | AssertionError e) {
        end.completeExceptionally(e);
      }
    }
  }
}
