/** Tests of the engine on the real gRPC stack with models of a few nodes. */
package io.mt2kd.engine;
