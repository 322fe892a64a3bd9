"""What commands say of partitions and of the run behind them: states, checks that warn, the funnel and some pairs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from scalequest_assets.cli import console
from scalequest_assets.orchestration.graph import Graph, Target, Warned
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.releases import Releases
from scalequest_assets.storage.sql import query

_FUNNEL = """
    SELECT stage, sum(num_input)::BIGINT AS came_in, sum(num_kept)::BIGINT AS kept, sum(num_dropped)::BIGINT AS dropped,
           round(sum(num_kept) / nullif(sum(num_input), 0), 3) AS keep_rate
    FROM funnel GROUP BY position, stage ORDER BY position"""
_JUDGE = "nothing shows that the judge tells broken questions from sound ones"
_PAIRS = "SELECT query_id, query, response FROM qa_pairs ORDER BY agreement DESC, query_id LIMIT 3"


def show_num_made(num: int) -> None:
    """Print how many partitions were made."""
    console.out.print(f"Made {num} partitions." if num else "Everything is up to date.")


def state_of(target: Target) -> dict[str, Any]:
    """Return a partition's state for scripts: `asset`, `group`, `partition`, `state`, `reasons`."""
    return {
        "asset": target.asset,
        "group": target.group,
        "partition": target.key,
        "state": target.state,
        "reasons": list(target.reasons),
    }


def warnings_of(asset: str, warned: Sequence[Warned]) -> list[dict[str, str]]:
    """Return an asset's checks that warn for scripts: `check`, `text` of each."""
    return [{"check": item.check, "text": item.text} for item in warned if item.asset == asset]


@contextmanager
def warnings_if_it_fails(graph: Graph, assets: Sequence[str]) -> Iterator[None]:
    """Print which checks of some assets warn where the block fails: they may say why."""
    try:
        yield
    except Exception:
        show_warnings(graph.warnings(assets))
        raise


class JudgeNote:
    """Says that the judge is no better than a coin: once, as soon as that is known or before more is made."""

    def __init__(self) -> None:
        self._due, self._said = list[Warned](), set[Warned]()

    def measured(self, warned: Sequence[Warned], *, is_new: bool) -> None:
        """Take the checks of `judge_report` that warn; where it was just made, say it at once."""
        self._due = [item for item in warned if item not in self._said]
        if is_new:
            self.say()

    def say(self) -> None:
        """Print what was not said yet."""
        for item in self._due:
            console.show_note(f"{_JUDGE}; the run goes on. {item.text}")
        self._said |= {*self._due}
        self._due = []


def show_warnings(warned: Sequence[Warned]) -> None:
    """Print checks that warn, one line each."""
    if warned:
        more = "see their history with `scalequest ui`: the asset's page, Checks"
        console.show_lines([f"\nChecks that warn ({more})", *(f"  {item}" for item in warned)])


def show_result(home: Home) -> None:
    """Print the funnel, three finished pairs, and where things lie."""
    console.show_table(query(home.catalog_file, _FUNNEL), title="Funnel")
    console.show_pairs(query(home.catalog_file, _PAIRS).to_dicts())
    places = [
        ("data set", Releases(home).where()),
        ("report", home.reports / "report.html"),
        ("tables", home.lake),
        ("SQL", home.catalog_file),
        ("profile", home.profile_file),
    ]
    console.out.print()
    for what, path in places:
        console.out.print(f"{what:>9}: {path}", markup=False)
