package io.mt2kd.cli;

import io.mt2kd.client.ModelInfo;
import io.mt2kd.client.Mt2kdClient;
import picocli.CommandLine.Command;

/** {@code mt2kd model}. */
@Command(name = "model", description = "The model behind the gateway and the server that runs it.")
final class ModelCommand extends ClientCommand {
  ModelCommand(Main main) {
    super(main);
  }

  @Override
  int run(Mt2kdClient client, Output output) {
    ModelInfo model = client.getModel();
    output.answer(() -> JsonResults.model(model), () -> TextResults.model(model));
    return ExitCode.OK;
  }
}
