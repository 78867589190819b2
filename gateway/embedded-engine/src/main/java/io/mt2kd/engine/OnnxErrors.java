package io.mt2kd.engine;

import ai.onnxruntime.OrtException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a caller may read of an ONNX Runtime error: the code, and the operator that failed. The rest
 * of its text names source files and places on disk and belongs in the log.
 */
final class OnnxErrors {
  private static final Pattern OPERATOR = Pattern.compile("while running (\\w+) node");

  private OnnxErrors() {}

  static String reason(OrtException e) {
    Matcher operator = OPERATOR.matcher(String.valueOf(e.getMessage()));
    return operator.find() ? e.getCode() + " in operator " + operator.group(1) : e.getCode().name();
  }
}
