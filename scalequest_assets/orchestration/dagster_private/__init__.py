"""All that we use of Dagster's private modules: states of partitions, runs that the UI can execute again, records.

Nothing else imports `dagster._core`. A release of Dagster that moves one of these breaks here, and its test says which.
"""

from scalequest_assets.orchestration.dagster_private.runs import (
    AssetJob,
    AssetRuns,
    ChildFailedError,
    make_log_handlers,
    may_overlap,
    open_instance,
)
from scalequest_assets.orchestration.dagster_private.states import States

__all__ = [
    "AssetJob",
    "AssetRuns",
    "ChildFailedError",
    "States",
    "make_log_handlers",
    "may_overlap",
    "open_instance",
]
