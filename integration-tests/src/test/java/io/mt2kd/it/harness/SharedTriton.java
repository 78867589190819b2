package io.mt2kd.it.harness;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.TestAbortedException;

/**
 * One Triton server for the whole test run, started by the first test that asks for it as a
 * parameter and stopped after the last. Tests must leave it alive; one that kills its server starts
 * its own. Where this machine cannot run Triton, whatever asks for it is skipped, loudly.
 */
public final class SharedTriton implements ParameterResolver, ExecutionCondition {
  private static final Namespace NAMESPACE = Namespace.create(SharedTriton.class);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<Executable> executables =
        context
            .getTestMethod()
            .map(method -> List.<Executable>of(method))
            .orElseGet(() -> setUp(context.getRequiredTestClass()));
    if (executables.stream().noneMatch(SharedTriton::asksForTriton)) {
      return ConditionEvaluationResult.enabled("needs no Triton");
    }
    try {
      TritonEnvironment.require();
      return ConditionEvaluationResult.enabled("Triton is there");
    } catch (TestAbortedException e) {
      return ConditionEvaluationResult.disabled(e.getMessage());
    }
  }

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

  /** What runs once for a class, before its tests. */
  private static List<Executable> setUp(Class<?> tests) {
    Stream<Constructor<?>> constructors = Arrays.stream(tests.getDeclaredConstructors());
    Stream<Method> methods =
        Arrays.stream(tests.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(BeforeAll.class));
    return Stream.<Executable>concat(constructors, methods).toList();
  }

  private static boolean asksForTriton(Executable executable) {
    return List.of(executable.getParameterTypes()).contains(TritonServer.class);
  }

  private static TritonServer start() {
    try {
      return TritonServer.start();
    } catch (IOException e) {
      throw new AssertionError("Triton cannot be started", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while Triton was started", e);
    }
  }
}
