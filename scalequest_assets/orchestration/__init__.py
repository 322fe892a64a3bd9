"""Which partitions are missing or stale, and making them as runs of named jobs."""
