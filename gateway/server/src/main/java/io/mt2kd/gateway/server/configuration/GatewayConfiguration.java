package io.mt2kd.gateway.server.configuration;

/**
 * Everything that can be set. {@link ConfigurationReader} reads it; each part has a default.
 *
 * @param server towards callers
 * @param batching between callers and the model
 * @param backend towards the model
 * @param speakers where they are kept and what an enrollment has to bring
 */
public record GatewayConfiguration(
    ServerConfiguration server,
    BatchingConfiguration batching,
    BackendConfiguration backend,
    SpeakersConfiguration speakers) {
  /** What an empty file means. */
  public static final GatewayConfiguration DEFAULT =
      new GatewayConfiguration(
          ServerConfiguration.DEFAULT,
          BatchingConfiguration.DEFAULT,
          BackendConfiguration.DEFAULT,
          SpeakersConfiguration.DEFAULT);
}
