/**
 * The typed API to callers: from messages to the core's values and back, and from failures to
 * statuses. Nothing here decides anything.
 */
@NullMarked
package io.mt2kd.gateway.grpc;

import org.jspecify.annotations.NullMarked;
