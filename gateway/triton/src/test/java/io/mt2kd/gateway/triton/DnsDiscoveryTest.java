package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class DnsDiscoveryTest {
  @Test
  void eachAddressOfTheNameIsAReplica() throws Exception {
    DnsDiscovery discovery =
        new DnsDiscovery(
            "triton",
            8001,
            name -> {
              assertThat(name).isEqualTo("triton");
              return new InetAddress[] {ip(10, 0, 0, 2), ip(10, 0, 0, 1), ip(10, 0, 0, 2)};
            });

    assertThat(discovery.addresses()).containsExactly("10.0.0.1:8001", "10.0.0.2:8001");
  }

  @Test
  void addressesOfIpv6AreInBrackets() throws Exception {
    DnsDiscovery discovery =
        new DnsDiscovery("triton", 8001, name -> InetAddress.getAllByName("::1"));

    assertThat(discovery.addresses()).containsExactly("[0:0:0:0:0:0:0:1]:8001");
  }

  @Test
  void resolvesAnewEachTime() throws Exception {
    AtomicReference<InetAddress> address = new AtomicReference<>(ip(10, 0, 0, 1));
    DnsDiscovery discovery =
        new DnsDiscovery("triton", 8001, name -> new InetAddress[] {address.get()});
    assertThat(discovery.addresses()).containsExactly("10.0.0.1:8001");

    address.set(ip(10, 0, 0, 9));

    assertThat(discovery.addresses()).containsExactly("10.0.0.9:8001");
  }

  @Test
  void failureOfTheResolverIsTold() {
    DnsDiscovery discovery =
        new DnsDiscovery(
            "triton",
            8001,
            name -> {
              throw new UnknownHostException(name);
            });

    assertThatThrownBy(discovery::addresses).isInstanceOf(UnknownHostException.class);
  }

  private static InetAddress ip(int... bytes) throws UnknownHostException {
    byte[] address = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      address[i] = (byte) bytes[i];
    }
    return InetAddress.getByAddress(address);
  }
}
