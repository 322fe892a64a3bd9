"""Models that vLLM runs, started and stopped by this process."""
