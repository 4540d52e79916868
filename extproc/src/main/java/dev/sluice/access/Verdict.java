package dev.sluice.access;

/** What a presented key is. */
public sealed interface Verdict permits Opened, Refused {}
