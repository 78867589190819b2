/** Everything that can be set, as validated records; one class reads it. */
@NullMarked
package io.mt2kd.gateway.server.configuration;

import org.jspecify.annotations.NullMarked;
