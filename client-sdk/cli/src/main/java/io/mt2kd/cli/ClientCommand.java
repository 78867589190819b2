package io.mt2kd.cli;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Mt2kdException;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that asks a gateway. */
abstract class ClientCommand implements Callable<Integer> {
  private final Main main;

  @Spec private @Nullable CommandSpec spec;

  ClientCommand(Main main) {
    this.main = main;
  }

  /** Tenant where the command line names none; empty leaves it to the gateway. */
  String defaultTenant() {
    return "";
  }

  /**
   * Asks and answers.
   *
   * @return an {@link ExitCode}
   */
  abstract int run(Mt2kdClient client, Output output) throws IOException;

  @Override
  public final Integer call() throws IOException {
    try (Mt2kdClient client = connect()) {
      return run(client, main.output());
    } catch (Mt2kdException e) {
      main.output().error("", e);
      return ExitCode.FAILED;
    }
  }

  private Mt2kdClient connect() {
    try {
      return main.connection().connect(console().environment(), defaultTenant());
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  final Console console() {
    return main.console();
  }

  /** The command line is at fault. */
  final ParameterException usage(String message) {
    if (spec == null) {
      throw new IllegalStateException("not run by picocli");
    }
    return new ParameterException(spec.commandLine(), message);
  }
}
