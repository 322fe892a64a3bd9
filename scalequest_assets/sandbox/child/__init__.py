"""The process that runs programs: the standard library alone, so that it starts fast and has nothing to give away."""
