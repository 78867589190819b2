package io.mt2kd.gateway.server.configuration;

/**
 * Everything that can be set. {@link ConfigurationReader} reads it; each part has a default.
 *
 * @param server towards callers
 * @param admission who is let in
 * @param batching between callers and the model
 * @param backend towards the model
 * @param replicas how calls are shared among several servers with the model
 * @param metrics what it tells of itself
 * @param speakers where they are kept and what an enrollment has to bring
 */
public record GatewayConfiguration(
    ServerConfiguration server,
    AdmissionConfiguration admission,
    BatchingConfiguration batching,
    BackendConfiguration backend,
    ReplicasConfiguration replicas,
    MetricsConfiguration metrics,
    SpeakersConfiguration speakers) {
  /** What an empty file means. */
  public static final GatewayConfiguration DEFAULT =
      new GatewayConfiguration(
          ServerConfiguration.DEFAULT,
          AdmissionConfiguration.DEFAULT,
          BatchingConfiguration.DEFAULT,
          BackendConfiguration.DEFAULT,
          ReplicasConfiguration.DEFAULT,
          MetricsConfiguration.DEFAULT,
          SpeakersConfiguration.DEFAULT);

  /** The same with another way towards callers. */
  public GatewayConfiguration withServer(ServerConfiguration other) {
    return new GatewayConfiguration(
        other, admission, batching, backend, replicas, metrics, speakers);
  }

  /** The same with others let in. */
  public GatewayConfiguration withAdmission(AdmissionConfiguration other) {
    return new GatewayConfiguration(server, other, batching, backend, replicas, metrics, speakers);
  }

  /** The same with another way towards the model. */
  public GatewayConfiguration withBackend(BackendConfiguration other) {
    return new GatewayConfiguration(
        server, admission, batching, other, replicas, metrics, speakers);
  }

  /** The same with another sharing among servers. */
  public GatewayConfiguration withReplicas(ReplicasConfiguration other) {
    return new GatewayConfiguration(server, admission, batching, backend, other, metrics, speakers);
  }

  /** The same with other metrics. */
  public GatewayConfiguration withMetrics(MetricsConfiguration other) {
    return new GatewayConfiguration(
        server, admission, batching, backend, replicas, other, speakers);
  }

  /** The same with another place for speakers. */
  public GatewayConfiguration withSpeakers(SpeakersConfiguration other) {
    return new GatewayConfiguration(server, admission, batching, backend, replicas, metrics, other);
  }
}
