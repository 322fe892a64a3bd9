"""What finished homes of profile `embedded` hold, by the oracle of the first families, which judges what it can read.

SCALEQUEST_BENCH_HOMES names the homes, with commas between them; without it there is nothing to measure. A question
that the oracle cannot read counts as neither sensible nor senseless: a person has to. Intervals are exact, at 95%. A
skeleton is a question without its numbers and names.
"""

import os
import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import polars as pl

from scalequest_assets.recipe.binomial import exact_interval
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.sql import query
from scalequest_tests.maths import ANSWERS
from scalequest_tests.subjects.maths.oracle_first import SENSELESS, solve

_CHANGEABLE = re.compile(r"\d+|(?<!^)(?<![.?!] )\b[A-Z][a-z]+\b|^[A-Z][a-z]+\b")


def run() -> list[dict[str, object]]:
    """Return a row for each home, and one for all together."""
    homes = [Path(name) for name in os.environ.get("SCALEQUEST_BENCH_HOMES", "").split(",") if name]
    found = {home.name: _counted(Home(home)) for home in homes}
    if len(found) > 1:
        keys = next(iter(found.values()))
        found["all"] = {key: sum(counts[key] for counts in found.values()) for key in keys}
    return [_row(name, counts) for name, counts in found.items()]


def _counted(home: Home) -> dict[str, int]:
    questions = query(home.catalog_file, "SELECT query_id, query FROM synthetic_questions")
    scores = query(home.catalog_file, "SELECT query, answer, false_equalities FROM response_scores")
    pairs = query(home.catalog_file, "SELECT query, answer FROM qa_pairs")
    counted = {f"questions {kind}": num for kind, num in _kinds(questions["query"]).items()}
    counted |= {f"pairs' questions {kind}": num for kind, num in _kinds(pairs["query"]).items()}
    for name, rows in (("samples", scores), ("pairs", pairs)):
        right = _right(rows)
        counted |= {f"{name} right": right.count(True), f"{name} wrong": right.count(False)}
        if name == "samples":
            is_false = (scores["false_equalities"].list.len() > 0).fill_null(value=False).to_list()
            said = list(zip(right, is_false, strict=True))
            counted |= {"wrong, false equality": said.count((False, True))}
            counted |= {"right, false equality": said.count((True, True))}
    return counted | {"skeletons": len({_CHANGEABLE.sub("_", text) for text in pairs["query"]})}


def _kinds(texts: Iterable[str]) -> dict[str, int]:
    verdicts = [solve(text) for text in texts]
    sensible = sum(isinstance(verdict, Fraction) for verdict in verdicts)
    return {
        "sensible": sensible,
        "senseless": verdicts.count(SENSELESS),
        "unread": verdicts.count(None),
    }


def _right(rows: pl.DataFrame) -> list[bool | None]:
    """Return whether each answer is the oracle's; None where that has none."""
    verdicts = [solve(text) for text in rows["query"]]
    gold = pl.Series([str(verdict) if isinstance(verdict, Fraction) else None for verdict in verdicts], dtype=pl.String)
    equal = ANSWERS.check(gold, rows["answer"]).fill_null(value=False)
    return [None if expected is None else is_equal for expected, is_equal in zip(gold, equal, strict=True)]


def _row(name: str, counts: dict[str, int]) -> dict[str, object]:
    shares = {
        "questions sensible": (counts["questions sensible"], counts["questions senseless"]),
        "pairs' questions sensible": (counts["pairs' questions sensible"], counts["pairs' questions senseless"]),
        "samples right": (counts["samples right"], counts["samples wrong"]),
        "pairs right": (counts["pairs right"], counts["pairs wrong"]),
    }
    return {"home": name, **counts, **{f"{what}, share": _share(*pair) for what, pair in shares.items()}}


def _share(yes: int, no: int) -> str:
    low, high = exact_interval(yes, yes + no)
    return f"{yes / max(yes + no, 1):.1%} ({low:.1%} to {high:.1%})"
