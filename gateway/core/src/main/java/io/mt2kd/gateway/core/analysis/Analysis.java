package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.assembly.Tag;
import io.mt2kd.gateway.core.assembly.Transcript;
import io.mt2kd.gateway.core.speaker.Identification;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers to the questions that were asked; the others are null.
 *
 * @param transcript what was said
 * @param tags what else was heard
 * @param identification who spoke
 * @param receipt what it cost
 */
public record Analysis(
    @Nullable Transcript transcript,
    @Nullable List<Tag> tags,
    @Nullable Identification identification,
    Receipt receipt) {}
