/** How what there is room for is shared among tenants. */
@NullMarked
package io.mt2kd.gateway.core.admission.internal;

import org.jspecify.annotations.NullMarked;
