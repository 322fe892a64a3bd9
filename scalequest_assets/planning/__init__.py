"""What a profile will take before anything runs, and what it has taken. Importing this package imports no profile."""
