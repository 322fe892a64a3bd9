"""What a step's models took: one entry for each thing asked, scored or trained, written once when the step ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from scalequest_assets.steps import metadata
from scalequest_assets.storage.calls import Result
from scalequest_assets.storage.costs import Cost, Entry, Kind, total
from scalequest_assets.storage.lake import Lake


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The entries of one step.

    Attributes:
        lake: Where they are written, beside the part.
        asset: The asset that is made.
        partition: The partition that is made.
    """

    lake: Lake
    asset: str
    partition: Mapping[str, str]
    _entries: list[Entry] = field(default_factory=list, init=False, repr=False)
    _results: list[Result] = field(default_factory=list, init=False, repr=False)

    def add(self, kind: Kind, cost: Cost) -> None:
        """Add what a model took that is not answered through the completions store."""
        self._entries.append(Entry(kind=kind, cost=cost))

    def answered(self, kind: Kind, model: str, result: Result) -> None:
        """Add what a model's answers took, and note at once which completions they are: `clean` keeps those.

        Args:
            kind: What the model did.
            model: Its name and version.
            result: Its answers.
        """
        self._results.append(result)
        self._entries.append(Entry(kind=kind, cost=result.cost(model)))
        references = pl.concat([one.references() for one in self._results])
        self.lake.write_references(self.asset, self.partition, references)

    def close(self) -> None:
        """Write the entries; without any, remove those of an earlier making."""
        self.lake.write_costs(self.asset, self.partition, self._entries)

    def usage(self) -> dict[str, Any]:
        """Return what the UI shows of it; empty where no model was asked."""
        return _usage(total([entry.cost for entry in self._entries]), self._results) if self._results else {}


def _usage(cost: Cost, results: list[Result]) -> dict[str, Any]:
    rows = pl.concat([result.rows.select("engine", "is_exact", "error_kind", "error") for result in results])
    num_tokens = cost.completion_tokens or cost.prompt_tokens
    engines = rows.select("engine", "is_exact").drop_nulls().unique().sort("engine").iter_rows()
    work = {
        "engine": ", ".join(f"{name} ({'exact' if is_exact else 'not exact'})" for name, is_exact in engines),
        "device": cost.device or "–",
        "rows_stored": sum(result.num_stored for result in results),
        "retries": cost.num_retries,
        "prompt_tokens": cost.prompt_tokens,
        "completion_tokens": cost.completion_tokens,
        "tokens_per_s": round(num_tokens / cost.engine_s, 1) if cost.engine_s else 0.0,
        "wall_s": round(cost.wall_s, 2),
    }
    usage: dict[str, Any] = {
        "model": cost.model,
        "rows_made": sum(result.num_made for result in results),
        "rows_failed": cost.num_errors,
        "engine_s": round(cost.engine_s, 2),
        "work": metadata.table([work]),
    }
    if cost.num_errors:
        failed = rows.filter(pl.col("error").is_not_null()).group_by("error_kind")
        shown = failed.agg(rows=pl.len(), example=pl.col("error").first()).sort("rows", descending=True)
        usage["errors"] = metadata.table(shown)
    return usage
