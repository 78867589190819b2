/**
 * Speakers in one SQLite file: durable, per tenant, and gone from the file once they are deleted.
 */
@NullMarked
package io.mt2kd.gateway.store;

import org.jspecify.annotations.NullMarked;
