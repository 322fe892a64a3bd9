"""An OpenAI-compatible server, and how it is asked."""

from typing import Literal

from pydantic import Field

from scalequest_assets.engines.openai.attempts import RetryPolicy
from scalequest_assets.settings import Positive, Seconds, Settings


class ServerSettings(Settings):
    """An OpenAI-compatible server that runs already, and how it is asked.

    Attributes:
        base_url: Ends in `/v1` for most.
        key_env: Environment variable that holds the key; None for a server without one. The key is nowhere else.
        max_concurrency: Most requests at the same time; fewer are sent while the server refuses or fails.
        timeout_s: Seconds after which a request is given up and sent again.
        max_retries: How often one request is sent again before it becomes an error row.
        outage_s: Seconds without any answer after which a run gives up.
        token_limit_field: How the server calls the bound on generated tokens.
    """

    base_url: str = Field(pattern=r"^https?://")
    key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    max_concurrency: Positive = 32
    timeout_s: Seconds = 300.0
    max_retries: int = Field(default=6, ge=0)
    outage_s: Seconds = 1800.0
    token_limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # noqa: S105 - no secret

    @property
    def policy(self) -> RetryPolicy:
        """How patient we are with it."""
        return RetryPolicy(max_retries=self.max_retries, timeout_s=self.timeout_s, outage_s=self.outage_s)
