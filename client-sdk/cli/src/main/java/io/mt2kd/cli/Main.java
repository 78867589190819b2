package io.mt2kd.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code mt2kd}. */
@Command(
    name = "mt2kd",
    description = "Typed speech understanding: what was said, what else was heard, who spoke.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything was answered",
      "1:at least one call or file failed",
      "2:the command line cannot be understood",
      "3:verify: the voice was not accepted"
    })
public final class Main implements Runnable {
  // Each has a file under resources/logback.
  private static final Set<String> LOG_FORMATS = Set.of("text", "json");

  @Mixin private final ConnectionOptions connection = new ConnectionOptions();

  @Option(
      names = {"-o", "--output"},
      defaultValue = "text",
      scope = ScopeType.INHERIT,
      description = "text, or json: one object a line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Stack traces with errors, and receipts with every answer.")
  private boolean verbose;

  @Spec private @Nullable CommandSpec spec;

  private final Console console;

  Main(Console console) {
    this.console = console;
  }

  /** Runs one command and ends the process with its {@link ExitCode}. */
  public static void main(String[] args) {
    System.exit(run(Console.system(), args));
  }

  /** Runs one command. */
  static int run(Console console, String... args) {
    String logFormat = System.getenv().getOrDefault("MT2KD_LOG_FORMAT", "text");
    if (!LOG_FORMATS.contains(logFormat)) {
      console.err().println("mt2kd: MT2KD_LOG_FORMAT: " + logFormat + " (expected: text or json)");
      return ExitCode.USAGE;
    }
    Main main = new Main(console);
    CommandLine commandLine =
        new CommandLine(main)
            .addSubcommand(new AnalyzeCommand(main))
            .addSubcommand(new RecognizeCommand(main))
            .addSubcommand(new TagCommand(main))
            .addSubcommand(new EnrollCommand(main))
            .addSubcommand(new VerifyCommand(main))
            .addSubcommand(new IdentifyCommand(main))
            .addSubcommand(SpeakersCommand.create(main))
            .addSubcommand(new ModelCommand(main))
            .addSubcommand(new EvaluateCommand(main))
            .addSubcommand(new ServeCommand())
            .addSubcommand(new DemoCommand())
            .registerConverter(Duration.class, new DurationConverter())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setOut(new PrintWriter(console.out(), true))
            .setErr(new PrintWriter(console.err(), true))
            .setParameterExceptionHandler((failure, ignored) -> main.usageError(failure))
            .setExecutionExceptionHandler((failure, ignored, parsed) -> main.failed(failure));
    return commandLine.execute(args);
  }

  /** Without a subcommand. */
  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "a subcommand is missing");
    }
  }

  Console console() {
    return console;
  }

  ConnectionOptions connection() {
    return connection;
  }

  Output output() {
    return new Output(console, output, verbose);
  }

  private int usageError(ParameterException failure) {
    String command = failure.getCommandLine().getCommandSpec().qualifiedName();
    console.err().println("mt2kd: " + ErrorText.oneLine(String.valueOf(failure.getMessage())));
    console.err().println("Try '" + command + " --help'.");
    return ExitCode.USAGE;
  }

  private int failed(Exception failure) {
    output().error("", failure);
    return ExitCode.FAILED;
  }
}
