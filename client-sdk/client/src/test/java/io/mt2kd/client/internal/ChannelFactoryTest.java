package io.mt2kd.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelFactoryTest {
  @ParameterizedTest
  @CsvSource({
    "localhost:50051, dns:///localhost:50051",
    "gateway, dns:///gateway",
    "10.0.0.1:443, dns:///10.0.0.1:443",
    "[::1]:50051, dns:///[::1]:50051",
    "dns:///a:1, dns:///a:1",
    "unix:///run/gateway.sock, unix:///run/gateway.sock",
    "xds:///gateway, xds:///gateway",
  })
  void takesHostsForDnsNamesAndUrisAsTheyAre(String target, String uri) {
    assertThat(ChannelFactory.uri(target)).isEqualTo(uri);
  }
}
