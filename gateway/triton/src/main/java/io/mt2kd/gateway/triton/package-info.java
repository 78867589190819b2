/**
 * The inference backend over Triton's protocol, one server or several. A batch goes through {@code
 * dispatch} (which replica, and where to after a failure) and {@code replica} (the gate, the call)
 * to {@code protocol} (the messages); {@code fleet} says which replicas there are.
 */
@NullMarked
package io.mt2kd.gateway.triton;

import org.jspecify.annotations.NullMarked;
