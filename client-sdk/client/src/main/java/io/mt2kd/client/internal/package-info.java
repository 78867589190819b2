/** How calls are made, repeated and mapped. Not part of the API: may change in any release. */
@NullMarked
package io.mt2kd.client.internal;

import org.jspecify.annotations.NullMarked;
