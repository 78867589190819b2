/** A gateway that brings its model along: for laptops, demonstrations and users' own tests. */
@NullMarked
package io.mt2kd.gateway.standalone;

import org.jspecify.annotations.NullMarked;
