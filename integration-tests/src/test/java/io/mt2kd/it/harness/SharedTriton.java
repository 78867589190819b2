package io.mt2kd.it.harness;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * One Triton server for the whole test run, started by the first test that asks for it as a
 * parameter and stopped after the last. Tests must leave it alive; one that kills its server starts
 * its own.
 */
public final class SharedTriton implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(SharedTriton.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TritonServer.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(TritonServer.class, key -> start(), TritonServer.class);
  }

  private static TritonServer start() {
    try {
      return TritonServer.start();
    } catch (java.io.IOException e) {
      throw new AssertionError("Triton cannot be started", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while Triton was started", e);
    }
  }
}
