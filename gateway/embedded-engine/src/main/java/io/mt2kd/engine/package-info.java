/**
 * A server of Triton's gRPC protocol inside the JVM: it reads the same model repository as Triton
 * and runs it on ONNX Runtime. {@link io.mt2kd.engine.EmbeddedEngine} is the way in.
 */
@NullMarked
package io.mt2kd.engine;

import org.jspecify.annotations.NullMarked;
