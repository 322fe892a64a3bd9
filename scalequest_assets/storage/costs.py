"""What models used to make a part: entries in `cost.json` beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

MODELS_JOINED: Final = " + "
"""What stands between the labels of models that made something together."""
Kind = Literal["asked", "scored", "trained"]
"""What a model did: wrote completions, gave scores, or was trained."""


@dataclass(frozen=True)
class Cost:
    """What models used to make a part, whenever they did: also in runs that were killed before this one.

    Attributes:
        num_requests: Completions or scores asked for, or rows trained on.
        prompt_tokens: Tokens read.
        completion_tokens: Tokens written, or trained on.
        engine_s: Seconds of the engine; rows that shared it share its seconds.
        gpu_s: Seconds of the engine times its GPUs; 0 on a CPU.
        wall_s: Seconds of the run that made the part.
        num_retries: Requests that were sent again.
        num_errors: Rows that the engine could not do.
        num_passing_errors: Those of them that another try may mend: the next run makes it.
        device: Where it ran.
        model: Name and version of the model.
    """

    num_requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    engine_s: float = 0.0
    gpu_s: float = 0.0
    wall_s: float = 0.0
    num_retries: int = 0
    num_errors: int = 0
    num_passing_errors: int = 0
    device: str | None = None
    model: str | None = None

    def __add__(self, other: "Cost") -> "Cost":
        """Add two costs; where devices or models differ, both are named."""
        summed = {
            field.name: getattr(self, field.name) + getattr(other, field.name)
            for field in fields(Cost)
            if field.name not in ("device", "model")
        }
        return Cost(**summed, device=_both(self.device, other.device), model=_both(self.model, other.model))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one model did for a part.

    Attributes:
        kind: What it did; None in files that an earlier release wrote, which hold a sum.
        cost: What that took.
    """

    kind: Kind | None
    cost: Cost


def total(costs: Sequence[Cost]) -> Cost:
    """Return the sum of some costs; of none, a cost of nothing."""
    return sum(costs[1:], costs[0]) if costs else Cost()


def dump_entries(entries: Sequence[Entry]) -> str:
    """Return the text of `cost.json`."""
    rows = [{"kind": entry.kind, **asdict(entry.cost)} for entry in entries]
    return json.dumps({"entries": rows}, sort_keys=True, indent=2) + "\n"


def parse_entries(text: str) -> list[Entry]:
    """Return the entries of a `cost.json`.

    Raises:
        ValueError: It is not what `dump_entries` writes, nor what earlier releases wrote.
    """
    document = json.loads(text)
    if not isinstance(document, Mapping):
        raise ValueError("not a mapping")
    rows = document.get("entries", [document])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError("entries is not a list of mappings")
    return [Entry(kind=row.get("kind"), cost=_cost(row)) for row in rows]


def _cost(row: Mapping[str, Any]) -> Cost:
    return Cost(**{field.name: row[field.name] for field in fields(Cost) if field.name in row})


def _both(one: str | None, other: str | None) -> str | None:
    names = {name for text in (one, other) if text for name in text.split(MODELS_JOINED)}
    return MODELS_JOINED.join(sorted(names)) or None
