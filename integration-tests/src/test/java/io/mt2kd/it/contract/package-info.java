/** What every server of Triton's protocol has to do, put to the embedded engine and to Triton. */
@NullMarked
package io.mt2kd.it.contract;

import org.jspecify.annotations.NullMarked;
