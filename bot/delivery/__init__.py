"""Updates in, messages out: sources, inbox, workers, outbox, limits and HTTP."""
