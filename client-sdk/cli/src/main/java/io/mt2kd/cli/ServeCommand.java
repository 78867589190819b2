package io.mt2kd.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.mt2kd.gateway.server.Gateway;
import io.mt2kd.gateway.server.RunningGateway;
import io.mt2kd.gateway.server.configuration.ConfigurationReader;
import io.mt2kd.gateway.server.configuration.GatewayConfiguration;
import io.mt2kd.gateway.server.configuration.InvalidConfigurationException;
import io.mt2kd.gateway.standalone.StandaloneGateway;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a gateway until it is told to stop. */
@Command(
    name = "serve",
    description =
        "Runs a gateway: on loopback, with the embedded engine and the reference model, unless told otherwise.",
    footer = {
      "",
      "Settings come from the file, over them from the environment (MT2KD_GATEWAY_SERVER_PORT=50051), over both from"
          + " these options."
    })
final class ServeCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofDays(3650);

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(names = "--config", paramLabel = "FILE", description = "settings in YAML")
  private @Nullable Path file;

  @Option(names = "--host", description = "address to listen on (default: 127.0.0.1)")
  private @Nullable String host;

  @Option(names = "--port", description = "0 takes a free one (default: 50051)")
  private @Nullable String port;

  @Option(
      names = "--backend",
      paramLabel = "TARGET",
      description =
          "host:port of a Triton, several with commas between, dns:///name:port, or 'embedded' (default)")
  private @Nullable String backend;

  @Option(
      names = "--repository",
      paramLabel = "FOLDER",
      description = "model repository of the embedded engine (default: the reference model)")
  private @Nullable Path repository;

  @Option(
      names = "--database",
      paramLabel = "FILE",
      description = "where speakers are kept (default: .mt2kd/speakers.db)")
  private @Nullable Path database;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    tellMore();
    forgetAddressesSoon();
    try (RunningGateway gateway = start()) {
      Runtime.getRuntime().addShutdownHook(new Thread(gateway::close, "stopping"));
      out.println("listening on port " + gateway.port());
      out.flush();
      if (gateway.awaitReady(PATIENCE)) {
        out.println("ready");
        out.flush();
      }
      gateway.awaitTermination();
      return ExitCode.OK;
    } catch (InvalidConfigurationException e) {
      spec.commandLine().getErr().println("mt2kd serve: " + e.getMessage());
      return ExitCode.USAGE;
    } catch (IOException e) {
      spec.commandLine().getErr().println("mt2kd serve: cannot start: " + e.getMessage());
      return ExitCode.FAILED;
    }
  }

  /** A server's log is its own; the other commands keep quiet. */
  private static void tellMore() {
    if (System.getenv("MT2KD_LOG_LEVEL") == null
        && LoggerFactory.getLogger("io.mt2kd") instanceof Logger logger) {
      logger.setLevel(Level.INFO);
    }
  }

  /**
   * The JVM keeps the addresses of a name for 30 s and knows nothing of discovery's interval. Only
   * what is set before the first name is looked up counts.
   */
  private static void forgetAddressesSoon() {
    for (String setting :
        List.of("networkaddress.cache.ttl", "networkaddress.cache.negative.ttl")) {
      Security.setProperty(setting, "0");
    }
  }

  private RunningGateway start() throws IOException {
    GatewayConfiguration configuration =
        ConfigurationReader.read(Optional.ofNullable(file), environment());
    return configuration.backend().embedded()
        ? StandaloneGateway.start(configuration)
        : Gateway.start(configuration);
  }

  /** The environment with the options on top, by the names that settings have there. */
  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(System.getenv());
    set(environment, "SERVER_HOST", host);
    set(environment, "SERVER_PORT", port);
    set(environment, "BACKEND_TARGET", backend);
    set(environment, "BACKEND_REPOSITORY", repository);
    set(environment, "SPEAKERS_DATABASE", database);
    return environment;
  }

  private static void set(Map<String, String> environment, String setting, @Nullable Object value) {
    if (value != null) {
      environment.put(ConfigurationReader.ENVIRONMENT_PREFIX + setting, value.toString());
    }
  }
}
