/** The command line: the client library for people and scripts, and a gateway to try it on. */
@NullMarked
package io.mt2kd.cli;

import org.jspecify.annotations.NullMarked;
