"""An OpenAI-compatible server, how patient we are with it, and how it is asked."""

from typing import Literal

from pydantic import Field

from scalequest_assets.settings import Positive, Seconds, Settings

OptionalField = Literal["seed", "temperature", "top_p"]
"""Fields of a request that a server may do without."""


class RetryPolicy(Settings):
    """How patient we are with a server.

    Attributes:
        timeout_s: Seconds for a request from first to last byte, however it trickles; then it is sent again.
        max_retries: How often one request is sent again on its own account before it becomes an error row.
        outage_s: Seconds without any answer after which a run gives up. Time in which the reader of the outcomes holds
            everything up is not counted.
        first_wait_s: Seconds before a request is sent again; doubled for each further time.
        max_wait_s: Upper bound of that.
        first_batch: Rows sent before a first one is answered. If all of them are refused, unreadable or too slow, the
            run ends: the others would be, too.
    """

    timeout_s: Seconds = 300.0
    max_retries: int = Field(default=6, ge=0)
    outage_s: Seconds = 1800.0
    first_wait_s: Seconds = 1.0
    max_wait_s: Seconds = 60.0
    first_batch: int = Field(default=8, ge=2)


class ServerSettings(RetryPolicy):
    """An OpenAI-compatible server that runs already, and how it is asked.

    Attributes:
        base_url: Ends in `/v1` for most.
        key_env: Environment variable that holds the key; None for a server without one. The key is nowhere else.
        max_concurrency: Most requests at the same time; fewer are sent while the server refuses or fails.
        token_limit_field: How the server calls the bound on generated tokens.
        omit_fields: Fields that are not sent, since the server refuses them. Without it, one that the server names in
            a refusal is left out from then on, and the rows' `engine` says so.
    """

    base_url: str = Field(pattern=r"^https?://")
    key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    max_concurrency: Positive = 32
    token_limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # noqa: S105 - no secret
    omit_fields: tuple[OptionalField, ...] = ()
