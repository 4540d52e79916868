package dev.sluice.access;

/** Whether a request may go on. */
public sealed interface Admission permits Reservation, OverBudget, OverLimit {}
