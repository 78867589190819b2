/**
 * The command line on top of the client: one class a subcommand.
 *
 * <p>Answers go to standard output, as text or as one JSON object a line; everything else to
 * standard error. Exit codes: {@link io.mt2kd.cli.ExitCode}.
 */
@NullMarked
package io.mt2kd.cli;

import org.jspecify.annotations.NullMarked;
