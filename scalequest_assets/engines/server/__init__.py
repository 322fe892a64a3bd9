"""Managed vLLM servers: found, started, shared by runs, and stopped."""
