package io.mt2kd.testing;

import io.mt2kd.client.Mt2kdClient;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a gateway: one for the whole test run, started by the first test that asks, stopped
 * after the last. Each test method gets a client of a tenant of its own, so no test sees the
 * speakers of another.
 *
 * <pre>{@code
 * @ExtendWith(GatewayExtension.class)
 * class CallCentreTest {
 *   @Test
 *   void knowsItsCustomers(Mt2kdClient client) { ... }
 * }
 * }</pre>
 */
public final class GatewayExtension implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(GatewayExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Mt2kdClient.class || type == InProcessGateway.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    InProcessGateway gateway =
        context
            .getRoot()
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent(
                "gateway", key -> new Shared(InProcessGateway.start()), Shared.class)
            .gateway();
    return parameter.getParameter().getType() == InProcessGateway.class
        ? gateway
        : gateway.client(tenant(context));
  }

  /** From the test's unique id, which may hold anything, to what a tenant's id may hold. */
  private static String tenant(ExtensionContext context) {
    return "test-" + Integer.toHexString(context.getUniqueId().hashCode());
  }

  /** Closed by JUnit with the store that holds it. */
  private record Shared(InProcessGateway gateway) implements AutoCloseable {
    @Override
    public void close() {
      gateway.close();
    }
  }
}
