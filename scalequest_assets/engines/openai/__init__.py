"""Models behind OpenAI-compatible servers, and sending many requests to one."""
