package io.mt2kd.gateway.triton;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * All addresses of one name, as a headless service has them: each is a replica.
 *
 * <p>The JVM itself keeps an answer for {@code networkaddress.cache.ttl}, 30 s unless it is set
 * otherwise, and a failure for 10 s: asking more often than that finds nothing new. {@code mt2kd
 * serve} sets both to nothing.
 */
public final class DnsDiscovery implements ReplicaDiscovery {
  private final String name;
  private final int port;
  private final Resolver resolver;

  /** Finds the addresses of a name. */
  @FunctionalInterface
  public interface Resolver {
    InetAddress[] resolve(String name) throws UnknownHostException;
  }

  /** With the JVM's resolver. */
  public DnsDiscovery(String name, int port) {
    this(name, port, InetAddress::getAllByName);
  }

  public DnsDiscovery(String name, int port, Resolver resolver) {
    this.name = name;
    this.port = port;
    this.resolver = resolver;
  }

  @Override
  public List<String> addresses() throws IOException {
    return Arrays.stream(resolver.resolve(name)).map(this::address).distinct().sorted().toList();
  }

  private String address(InetAddress address) {
    String literal = address.getHostAddress();
    return (address instanceof Inet6Address ? "[" + literal + "]" : literal) + ":" + port;
  }
}
