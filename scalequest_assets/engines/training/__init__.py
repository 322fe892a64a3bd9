"""The training child process: one model, one task."""
