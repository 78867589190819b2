package io.mt2kd.gateway.core.inference;

import io.mt2kd.gateway.core.model.ModelManifest;

/**
 * The model and who serves it.
 *
 * @param manifest as the backend's configuration carries it
 * @param server as the server names itself
 * @param serverVersion as the server says
 * @param replica as the gateway addresses it
 */
public record ServedModel(
    ModelManifest manifest, String server, String serverVersion, String replica) {}
