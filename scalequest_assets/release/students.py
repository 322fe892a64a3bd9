"""The page on what students learned: their scores with intervals, the tests, and the paper's figures beside them."""

from collections.abc import Iterator, Sequence

import polars as pl

from scalequest_assets.release.charts import intervals
from scalequest_assets.release.rendering import embedded, percent, render
from scalequest_assets.release.sections import Section, Table
from scalequest_assets.release.simulated import NOTICE

_POLICY = "default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'"
_SCORES = ("benchmark", "arm", "students", "pairs", "questions", "right", "95% interval", "maj@k", "paper")
_TESTS = ("benchmark", "arm", "against", "difference", "95% interval", "better", "worse", "p", "p, corrected")
_SINGLE = ("benchmark", "arm", "student", "pairs", "right", "95% interval")
_NOTE = (
    "Share of the questions that are right (greedy, pass@1). An arm is what its students learned from, averaged over "
    "its seeds; base is the model as it was. Intervals come from resampling questions and seeds. Tests are exact "
    "McNemar on the same questions, between students of equal seeds, of which most have to say it; corrected for the "
    "number of all tests (Holm): a corrected p below 0.05 is hardly chance."
)


def page(report: pl.DataFrame, *, name: str, description: str, is_simulated: bool) -> str:
    """Return the page. Equal rows give equal bytes.

    Args:
        report: Rows of `student_report`.
        name: The profile's name.
        description: The profile's description.
        is_simulated: Whether no model learned or answered anything; the page says so.
    """
    style, source = embedded("report.css")
    return render(
        "students.html.j2",
        name=name,
        description=description,
        notice=NOTICE if is_simulated else None,
        style=style,
        policy=_POLICY.format(style=source),
        sections=[_section(base, rows) for base, rows in _by_base(report)],
    )


def _by_base(report: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    for (base,), rows in report.group_by("base", maintain_order=True):
        yield str(base), rows


def _section(base: str, rows: pl.DataFrame) -> Section:
    scores = rows.filter(pl.col("student").is_null(), pl.col("against").is_null())
    tests, singles = rows.drop_nulls("against"), rows.drop_nulls("student")
    charts = {}
    for (benchmark,), found in scores.group_by("benchmark", maintain_order=True):
        values = list(found.select("accuracy", "accuracy_low", "accuracy_high").iter_rows())
        says = [f"{value:.1%} ({low:.1%} to {high:.1%})" for value, low, high in values]
        charts[str(benchmark)] = intervals(found["arm"].to_list(), values, says, x="share of the questions")
    tables = [
        _table("Scores", _SCORES, [_score(row) for row in scores.iter_rows(named=True)], is_open=True),
        _table("Tests", _TESTS, [_test(row) for row in tests.iter_rows(named=True)], is_open=True),
    ]
    if singles.height:
        tables.append(_table("Single students", _SINGLE, [_one(row) for row in singles.iter_rows(named=True)]))
    nothing = "No question counts: see `student_answers`."
    return Section(name=base, title=base, note=_NOTE, charts=charts, tables=tables, nothing=nothing)


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], *, is_open: bool = False) -> Table:
    texts = ("benchmark", "arm", "against", "student")
    return Table(title=title, is_open=is_open, columns=[(name, name not in texts) for name in headings], rows=rows)


def _score(row: dict[str, object]) -> list[object]:
    return [
        *(row[name] for name in ("benchmark", "arm", "num_students")),
        f"{row['num_pairs']:,.0f}",
        row["num_questions"],
        *_bounded(row, "accuracy"),
        *(_percent(row[name]) for name in ("majority_accuracy", "paper_accuracy")),
    ]


def _test(row: dict[str, object]) -> list[object]:
    named = [row[name] for name in ("benchmark", "arm", "against")]
    counts = [row[name] for name in ("num_better", "num_worse")]
    return [*named, *_bounded(row, "difference"), *counts, f"{row['p_value']:.2g}", f"{row['p_adjusted']:.2g}"]


def _one(row: dict[str, object]) -> list[object]:
    named = [row[name] for name in ("benchmark", "arm", "student")]
    return [*named, f"{row['num_pairs']:,.0f}", *_bounded(row, "accuracy")]


def _bounded(row: dict[str, object], name: str) -> list[object]:
    low, high = _percent(row[f"{name}_low"]), _percent(row[f"{name}_high"])
    return [_percent(row[name]), f"{low} to {high}"]


def _percent(value: object) -> str | None:
    return percent(value) if isinstance(value, float) else None
