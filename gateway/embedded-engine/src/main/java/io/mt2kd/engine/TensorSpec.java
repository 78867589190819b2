package io.mt2kd.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * What a model declares about one of its inputs or outputs.
 *
 * @param dims as in {@code config.pbtxt}: without the batch axis where the model batches; -1 stands
 *     for any size
 */
record TensorSpec(String name, Datatype datatype, List<Long> dims) {
  TensorSpec {
    dims = List.copyOf(dims);
  }

  /** The dims as they stand on the wire, with -1 for the batch axis of a model that batches. */
  List<Long> wireDims(boolean batches) {
    if (!batches) {
      return dims;
    }
    var wire = new ArrayList<Long>(dims.size() + 1);
    wire.add(-1L);
    wire.addAll(dims);
    return wire;
  }

  /** Whether a tensor of this full shape, batch axis included, is what the model declares. */
  boolean accepts(long[] shape, boolean batches) {
    List<Long> expected = wireDims(batches);
    if (shape.length != expected.size()) {
      return false;
    }
    for (int axis = 0; axis < shape.length; axis++) {
      if (expected.get(axis) != -1 && expected.get(axis) != shape[axis]) {
        return false;
      }
    }
    return true;
  }
}
