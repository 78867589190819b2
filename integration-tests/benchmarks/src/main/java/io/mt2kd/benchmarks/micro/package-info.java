/** The gateway's own steps one by one, by JMH. */
@NullMarked
package io.mt2kd.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
