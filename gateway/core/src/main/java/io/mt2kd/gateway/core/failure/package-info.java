/** What can go wrong, in the gateway's own words; the gRPC adapter maps these to statuses. */
@NullMarked
package io.mt2kd.gateway.core.failure;

import org.jspecify.annotations.NullMarked;
