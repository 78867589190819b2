package io.mt2kd.it.harness;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Stands between a caller and a server on the loopback interface, and spoils what passes: see
 * {@link Fault}.
 *
 * <p>Toxiproxy does the same and more, but is a server of its own that has to be built with Go on
 * each machine that runs the tests. What is needed here is one thread for each direction of a
 * connection.
 */
public final class FaultProxy implements AutoCloseable {
  /** What becomes of connections while it lasts. */
  public enum Fault {
    /** Everything passes. */
    NONE,
    /** Everything passes late, both ways. */
    LATENCY,
    /**
     * Connections are accepted, and nothing passes; what was sent comes through afterwards, as when
     * the network repeats lost packets.
     */
    BLACK_HOLE,
    /**
     * Whoever sends is not told that nobody is there any more: what comes is swallowed, and so is
     * all that ever comes on these connections, also afterwards. New ones are good then.
     */
    HALF_OPEN,
    /** Connections are broken off, those that are there and those that come. */
    RESET,
    /** The server's end is closed at once; the caller's only after the delay, silent until then. */
    SLOW_CLOSE
  }

  private static final int BUFFER_BYTES = 64 << 10;

  private final ServerSocket listener;
  private final InetSocketAddress server;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Hold the lock for these four.
  private int accepted;
  private Fault fault = Fault.NONE;
  private long delayNanos;
  private long bytesUntilReset = Long.MAX_VALUE;

  private FaultProxy(int port) throws IOException {
    server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start("accept", this::accept);
  }

  /** Stands before a port of the loopback interface. */
  public static FaultProxy before(int port) throws IOException {
    return new FaultProxy(port);
  }

  /** Where callers connect to. */
  public int port() {
    return listener.getLocalPort();
  }

  /** The fault from now on, for connections that are there and those that come. */
  public void inject(Fault next, Duration delay) {
    lock.lock();
    try {
      fault = next;
      delayNanos = delay.toNanos();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    connections.forEach(connection -> connection.meet(next, delay));
  }

  /** The fault is over; what it has done to connections stays done. */
  public void heal() {
    inject(Fault.NONE, Duration.ZERO);
  }

  /** Breaks off the connection on which this byte towards the server would pass, once. */
  public void resetOnceAfter(long bytes) {
    lock.lock();
    try {
      bytesUntilReset = bytes;
    } finally {
      lock.unlock();
    }
  }

  /** Whether what {@link #resetOnceAfter} asked for has happened. */
  public boolean hasReset() {
    lock.lock();
    try {
      return bytesUntilReset == Long.MAX_VALUE;
    } finally {
      lock.unlock();
    }
  }

  /** Connections that have come so far. */
  public int accepted() {
    lock.lock();
    try {
      return accepted;
    } finally {
      lock.unlock();
    }
  }

  /** Returns once so many connections have come, since the start. */
  public void awaitAccepted(int count) throws InterruptedException {
    long nanos = Duration.ofSeconds(60).toNanos();
    lock.lock();
    try {
      while (accepted < count) {
        if (nanos <= 0) {
          throw new AssertionError(
              accepted + " connections after a minute (expected: " + count + ")");
        }
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    heal();
    listener.close();
    connections.forEach(Connection::close);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket caller = listener.accept();
        Connection connection = new Connection(caller);
        connections.add(connection);
        connection.open();
      } catch (IOException e) {
        // Closed, or a caller that has gone again.
      }
    }
  }

  /** Waits until what has been read may be passed on. */
  private void hold() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long nanos = fault == Fault.LATENCY ? delayNanos : 0;
      while (fault == Fault.BLACK_HOLE || (fault == Fault.LATENCY && nanos > 0)) {
        if (fault == Fault.BLACK_HOLE) {
          changed.await();
        } else {
          nanos = changed.awaitNanos(nanos);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isCut(int bytes) {
    lock.lock();
    try {
      if (bytesUntilReset == Long.MAX_VALUE) {
        return false;
      }
      bytesUntilReset -= bytes;
      if (bytesUntilReset > 0) {
        return false;
      }
      bytesUntilReset = Long.MAX_VALUE;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, "fault-proxy-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private final class Connection {
    private final Socket caller;
    private final Socket upstream = new Socket();
    private volatile boolean swallowing;

    Connection(Socket caller) {
      this.caller = caller;
    }

    void open() {
      Fault now;
      Duration delay;
      lock.lock();
      try {
        accepted++;
        changed.signalAll();
        now = fault;
        delay = Duration.ofNanos(delayNanos);
      } finally {
        lock.unlock();
      }
      try {
        caller.setTcpNoDelay(true);
        upstream.setTcpNoDelay(true);
        upstream.connect(server);
      } catch (IOException e) {
        reset();
        return;
      }
      meet(now, delay);
      start("up", () -> pump(caller, upstream, true));
      start("down", () -> pump(upstream, caller, false));
    }

    void meet(Fault next, Duration delay) {
      switch (next) {
        case NONE, LATENCY, BLACK_HOLE -> {}
        case HALF_OPEN -> swallowing = true;
        case RESET -> reset();
        case SLOW_CLOSE -> {
          swallowing = true;
          close(upstream);
          start("close", () -> closeAfter(delay));
        }
      }
    }

    private void pump(Socket from, Socket to, boolean towardsServer) {
      byte[] buffer = new byte[BUFFER_BYTES];
      try {
        for (int count = from.getInputStream().read(buffer);
            count >= 0;
            count = from.getInputStream().read(buffer)) {
          if (towardsServer && isCut(count)) {
            reset();
            return;
          }
          hold();
          if (!swallowing) {
            to.getOutputStream().write(buffer, 0, count);
          }
        }
        hold();
        if (!swallowing) {
          to.shutdownOutput();
        }
      } catch (IOException e) {
        // What is broken at one end is broken at the other, unless nobody is to know.
        if (!swallowing) {
          reset();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void closeAfter(Duration delay) {
      long end = System.nanoTime() + delay.toNanos();
      lock.lock();
      try {
        for (long left = delay.toNanos(); left > 0; left = end - System.nanoTime()) {
          changed.awaitNanos(left);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        lock.unlock();
      }
      close();
    }

    /** With a reset instead of an orderly end. */
    private void reset() {
      for (Socket socket : new Socket[] {caller, upstream}) {
        try {
          socket.setSoLinger(true, 0);
        } catch (IOException e) {
          // Closed already.
        }
      }
      close();
    }

    void close() {
      close(caller);
      close(upstream);
      connections.remove(this);
    }

    private static void close(Socket socket) {
      try {
        socket.close();
      } catch (IOException e) {
        // As good as closed.
      }
    }
  }
}
