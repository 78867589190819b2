package io.mt2kd.cli;

import io.mt2kd.client.AsyncMt2kdClient;
import io.mt2kd.client.Recording;
import io.mt2kd.client.TagRequest;
import io.mt2kd.client.Tagging;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mt2kd tag}. */
@Command(name = "tag", description = "What was heard.")
final class TagCommand extends FilesCommand<Tagging> {
  @Mixin private final TagChoice tagChoice = new TagChoice();

  TagCommand(Main main) {
    super(main);
  }

  @Override
  CompletableFuture<Tagging> ask(AsyncMt2kdClient client, Recording recording) {
    return client.tag(TagRequest.of(recording).withOptions(tagChoice.options()));
  }

  @Override
  void answer(Output output, String file, Tagging result, boolean several) {
    output.answer(
        () ->
            JsonResults.putReceipt(
                JsonResults.putTags(JsonResults.file(file), result.tags()), result.receipt()),
        () ->
            output.labelled(
                several ? file : "", TextResults.tags(result.tags()), result.receipt()));
  }
}
