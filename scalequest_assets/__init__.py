"""A Dagster asset pipeline that turns open language models into a reasoning data set (ScaleQuest, arXiv 2410.18693)."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_COMPONENT = "ScaleQuestPipeline"


def __getattr__(name: str) -> Any:
    """Return the graph as a Dagster component, which `dg` looks for here; imported when it is asked for."""
    if name == _COMPONENT:
        return import_module(f"{__name__}.orchestration.component").ScaleQuestPipeline
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), _COMPONENT]
