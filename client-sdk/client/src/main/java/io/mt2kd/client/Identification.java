package io.mt2kd.client;

/** Who spoke, and what it cost to find out. */
public record Identification(SpeakerIdentification speaker, Receipt receipt) {}
