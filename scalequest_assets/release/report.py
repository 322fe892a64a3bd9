"""The report: one HTML page that needs nothing else, for those who would rather look than query.

It is put together here; `figures` counts, `samples` picks, `charts` lays out, `sections` says what is shown, and
`templates/report*` draw.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from scalequest_assets.release import figures, samples, sections
from scalequest_assets.release.charts import number
from scalequest_assets.release.rendering import embedded, render
from scalequest_assets.release.samples import Scan
from scalequest_assets.release.simulated import NOTICE, are_simulated

_POLICY = "default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, kw_only=True)
class Released:
    """What a report is about.

    Attributes:
        name: The profile's name.
        description: The profile's description.
        currency: In which money is counted.
        meanings: What each drop reason says of a question.
        funnel: Rows of `funnel`.
        costs: Rows of `costs`.
        benchmark_questions: Rows of `benchmark_questions`.
        scan: Returns the rows of a table of shards, of all that are part of the release.
    """

    name: str
    description: str
    currency: str
    meanings: Mapping[str, str]
    funnel: pl.DataFrame
    costs: pl.DataFrame
    benchmark_questions: pl.DataFrame
    scan: Scan


def page(released: Released) -> str:
    """Return the page. Equal tables give equal bytes."""
    (style, style_source), (script, script_source) = embedded("report.css"), embedded("report.js")
    kept, rejected = samples.kept(released.scan), samples.rejected(released.scan)
    stages, meanings = figures.stages(released.funnel), _plain(released.meanings)
    return render(
        "report.html.j2",
        name=released.name,
        description=released.description,
        notice=NOTICE if are_simulated(released.costs["model"]) else None,
        style=style,
        script=script,
        policy=_POLICY.format(style=style_source, script=script_source),
        headline=_headline(stages, released),
        sections=[
            sections.funnel(stages),
            sections.reasons(released.funnel, meanings),
            sections.generators(released.funnel, released.scan),
            sections.difficulty(released.scan),
            sections.topics(released.scan),
            sections.lengths(released.scan),
            sections.rewards(released.scan),
            sections.costs(released.costs, released.currency),
            sections.benchmarks(released.benchmark_questions, released.scan),
        ],
        duplicates=samples.duplicates(released.scan),
        samples=[*kept, *rejected],
        num_sampled={"kept": len(kept), "rejected": len(rejected)},
        num_all=_num_all(stages),
        num_per_stage=max(Counter(row["stage"] for row in rejected).values(), default=0),
        meanings=meanings,
        number=number,
        choices=_choices([*kept, *rejected]),
    )


def _num_all(stages: pl.DataFrame) -> dict[str, int]:
    written, kept, lost = (stages[name].to_list() for name in ("num_input", "num_kept", "num_dropped"))
    return {"written": sum(written[:1]), "kept": sum(kept[-1:]), "rejected": sum(lost)}


def _headline(stages: pl.DataFrame, released: Released) -> list[tuple[str, str]]:
    """Return the figures that stand on top, and what each is."""
    num, costs = _num_all(stages), released.costs
    found = [(f"{num['kept']:,}", "question-answer pairs"), (f"{num['written']:,}", "questions written")]
    if num["written"]:
        found.append((f"{num['kept'] / num['written']:.1%}", "of them ended as a pair"))
    found.append((str(released.funnel["generator"].n_unique()), "generators"))
    if costs.height:
        found.append((f"{costs['engine_s'].sum() / 3600:,.2f}", "hours of models"))
    if costs.height and costs["money"].null_count() == 0:
        found.append((f"{costs['money'].sum():,.2f} {released.currency}", "for all of it"))
    return found


def _plain(meanings: Mapping[str, str]) -> dict[str, str]:
    """Return sentences without the marks of Markdown around names."""
    return {reason: meaning.replace("`", "") for reason, meaning in meanings.items()}


def _choices(shown: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return what the samples can be filtered by, in alphabetical order."""
    keys = {"stage": "stage", "reason": "drop_reason", "generator": "generator", "topic": "topic"}
    return {name: sorted({row[key] for row in shown if row.get(key)}) for name, key in keys.items()}
