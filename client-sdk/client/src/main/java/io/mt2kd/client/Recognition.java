package io.mt2kd.client;

/** What was said, and what it cost to find out. */
public record Recognition(Transcript transcript, Receipt receipt) {}
