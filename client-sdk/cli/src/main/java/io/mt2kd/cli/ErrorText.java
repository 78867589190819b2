package io.mt2kd.cli;

import io.mt2kd.client.InvalidRequestException;
import io.mt2kd.client.Mt2kdException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Collectors;

/** Failures in one line for people. */
final class ErrorText {
  private ErrorText() {}

  static String describe(Throwable failure) {
    if (failure instanceof InvalidRequestException invalid && !invalid.violations().isEmpty()) {
      return invalid.code()
          + ": "
          + oneLine(
              invalid.violations().stream()
                  .map(violation -> violation.field() + ": " + violation.description())
                  .collect(Collectors.joining("; ")));
    }
    if (failure instanceof Mt2kdException call) {
      return call.code() + ": " + oneLine(String.valueOf(call.getMessage()));
    }
    if (failure instanceof NoSuchFileException) {
      return "no such file";
    }
    if (failure instanceof AccessDeniedException) {
      return "not allowed to read it";
    }
    if (failure instanceof IOException || failure instanceof IllegalArgumentException) {
      return oneLine(String.valueOf(failure.getMessage()));
    }
    return oneLine(failure.toString());
  }

  static String oneLine(String text) {
    return text.replaceAll("\\s*\\R\\s*", " ");
  }
}
