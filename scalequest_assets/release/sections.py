"""The report's sections: figures with their charts, tables and sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from scalequest_assets.recipe.paper_costs import PAPER_TOTAL_GPU_HOURS, PAPER_TOTAL_USD
from scalequest_assets.release import charts as drawing
from scalequest_assets.release import figures
from scalequest_assets.release.charts import Chart, number
from scalequest_assets.release.rendering import percent
from scalequest_assets.release.samples import Scan, column_owner
from scalequest_assets.stages import STAGES

_SHARES = ("share", "keep_rate", "yield")
_HEADINGS = {
    "num_input": "came in",
    "num_kept": "kept",
    "num_dropped": "lost",
    "num_questions": "questions",
    "num_responses": "responses",
    "num_written": "written",
    "num_pairs": "pairs",
    "meaning": "it is dropped because",
}
_NOT_KNOWN = "a rule of the subject"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as it is shown: headings, with whether they stand over numbers, and cells; open, or to be opened."""

    title: str
    is_open: bool = False
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page: charts with their titles, and the numbers beneath them.

    Attributes:
        name: By which the page's list of contents names it.
        title: Its heading.
        note: What it shows, in a sentence or two.
        charts: Charts by title.
        tables: Tables; those of charts can be opened.
        nothing: What is said where there is nothing to show.
    """

    name: str
    title: str
    note: str
    charts: Mapping[str, Chart]
    tables: Sequence[Table]
    nothing: str


def funnel(stages: pl.DataFrame) -> Section:
    """Return the section on what each stage kept and lost (`figures.stages`)."""
    parts = {"kept": stages["num_kept"].to_list(), "lost": stages["num_dropped"].to_list()}
    says = [f"{row['num_kept']:,} of {row['num_input']:,}" for row in stages.to_dicts()]
    chart = drawing.rows(stages["stage"].to_list(), parts, says, x="questions")
    return Section(
        name="funnel",
        title="Funnel",
        note="What came into each stage, and how much of it the stage kept. A stage reads what the one before it kept.",
        charts={"Questions kept and lost, by stage": chart} if stages.height else {},
        tables=[_table("Questions by stage", stages, share="share of all")],
        nothing="No stage has been counted.",
    )


def reasons(rows: pl.DataFrame, meanings: Mapping[str, str]) -> Section:
    """Return the section on why questions were dropped; `rows` are those of `funnel`."""
    found = figures.reasons(rows, meanings)
    return Section(
        name="reasons",
        title="Why questions were dropped",
        note="A question is dropped for the first reason that applies. Shares are of what came into the stage.",
        charts={},
        tables=[_table("Drop reasons by stage", found.with_columns(pl.col("meaning").fill_null(_NOT_KNOWN)))],
        nothing="No question was dropped.",
    )


def generators(rows: pl.DataFrame, scan: Scan) -> Section:
    """Return the section on what became of each generator's questions; `rows` are those of `funnel`."""
    found = figures.generators(rows, scan(STAGES.pairs))
    lost = found["num_written"] - found["num_pairs"]
    parts = {"ended as a pair": found["num_pairs"].to_list(), "did not": lost.to_list()}
    says = [f"{num:,} pairs, {percent(share)}" for num, share in found.select("num_pairs", "yield").iter_rows()]
    chart = drawing.rows(found["generator"].to_list(), parts, says, x="questions")
    medians = {name: f"median {name}" for name in ("difficulty", "reward", "agreement")}
    return Section(
        name="generators",
        title="Yields by generator",
        note="How many of its questions each generator brought to the end, and the middle of what its pairs are like.",
        charts={"Questions by generator": chart} if found.height else {},
        tables=[_table("Generators", found, **medians)],
        nothing="No generator has written a question.",
    )


def difficulty(scan: Scan) -> Section:
    """Return the section on how predicted difficulties spread."""
    found = figures.difficulties(scan(column_owner("difficulty")), scan(STAGES.pairs))
    names = {"scored": "before screening by it", "paired": "in a pair"}
    chart = drawing.columns(found, names, x="predicted difficulty (fail rate)", y="questions")
    return Section(
        name="difficulty",
        title="Difficulty",
        note="The predicted fail rate of every question that was scored, and of those that became pairs.",
        charts={"Questions by predicted difficulty": chart} if found["scored"].sum() else {},
        tables=[_table("Questions by predicted difficulty", found, **names)] if found["scored"].sum() else [],
        nothing="No question has a predicted difficulty.",
    )


def topics(scan: Scan) -> Section:
    """Return the section on the pairs' topics."""
    found = figures.topics(scan(STAGES.pairs))
    says = [f"{num:,}, {share:.1%}" for num, share in found.select("num_questions", "share").iter_rows()]
    chart = drawing.rows(found["topic"].to_list(), {"pairs": found["num_questions"].to_list()}, says, x="pairs")
    return Section(
        name="topics",
        title="Topics",
        note="The topic that a question's words speak for. Shares are of the pairs that have one.",
        charts={"Pairs by topic": chart} if found.height else {},
        tables=[_table("Pairs by topic", found, num_questions="pairs")],
        nothing="No pair has a topic.",
    )


def lengths(scan: Scan) -> Section:
    """Return the section on how long questions and responses are."""
    questions, pairs = scan(STAGES.candidates), scan(STAGES.pairs).select("query_id")
    responses = scan(STAGES.responses)
    paired = questions.select("query_id", "num_tokens").join(pairs, on="query_id", how="semi")
    tokens = pl.col("num_tokens").alias("value")
    by_name = {
        "Questions by length": ({"written": questions, "in a pair": paired}, "questions"),
        "Responses by length": ({"sampled": responses, "usable": responses.filter("keep")}, "responses"),
    }
    drawn, tables = {}, []
    for title, (series, unit) in by_name.items():
        found = figures.lengths({name: rows.select(tokens) for name, rows in series.items()})
        if found.height:
            drawn[title] = drawing.columns(found, {name: name for name in series}, x="tokens", y=unit)
            tables.append(_table(title, found))
    return Section(
        name="lengths",
        title="Lengths",
        note="In tokens of the model that wrote them. The last bin of each chart has the longer ones too.",
        charts=drawn,
        tables=tables,
        nothing="Nothing has been written.",
    )


def rewards(scan: Scan) -> Section:
    """Return the section on how rewards go with agreement."""
    cells, quartiles = figures.rewards(scan(STAGES.responses))
    label = "agreement (share of the question's samples with an equal answer)"
    return Section(
        name="rewards",
        title="Reward and agreement",
        note="Two opinions on a response: what the reward model gives it, and how many of the question's samples have "
        "an equal answer. Agreement is rounded to tenths; the outermost cells have the rewards beyond them too.",
        charts={"Responses by agreement and reward": drawing.cells(cells, x=label, y="reward")} if cells.height else {},
        tables=[_table("Rewards by agreement", quartiles)] if cells.height else [],
        nothing="No response has both a reward and an agreement.",
    )


def costs(rows: pl.DataFrame, currency: str) -> Section:
    """Return the section on what was spent, beside the paper's figures; `rows` are those of `costs`."""
    found = figures.costs(rows)
    headings = {
        "engine_hours": "hours of models",
        "gpu_hours": "GPU-hours",
        "money": f"money ({currency})",
        "gpu_hours_per_million": "GPU-hours per million pairs",
        "paper_gpu_hours_per_million": "the paper's GPU-hours per million pairs",
        "paper_usd": "the paper's USD",
    }
    hours = {"hours": found["engine_hours"].fill_null(0.0).to_list()}
    chart = drawing.rows(found["stage"].to_list(), hours, [f"{h:,.3g} h" for h in hours["hours"]], x="hours of models")
    everything = rows.select(pl.exclude("stage", "device", "engine_s_per_pair", "money_per_pair"))
    return Section(
        name="costs",
        title="What it cost",
        note=f"By the lines of the paper's cost table. The paper counts {PAPER_TOTAL_GPU_HOURS:,} hours of A100 GPUs, "
        f"{PAPER_TOTAL_USD:,} USD in all, for a million pairs. What ran without a GPU has no GPU-hours.",
        charts={"Hours of models, by line of cost": chart} if found.height else {},
        tables=[
            replace(_table("Beside the paper", found, **headings), is_open=True),
            _table("By asset, generator and model", everything),
        ]
        if found.height
        else [],
        nothing="No model was run.",
    )


def benchmarks(questions: pl.DataFrame, scan: Scan) -> Section:
    """Return the section on the benchmarks, and the copies of them that were dropped."""
    screened = scan(column_owner("matched_id"))
    found = figures.benchmarks(questions, screened)
    return Section(
        name="benchmarks",
        title="Benchmarks",
        note="New questions are compared with those of these benchmarks, and dropped where they share a passage.",
        charts={},
        tables=[_table("Benchmarks", found, num_dropped="copies dropped")],
        nothing="The profile names no benchmark: questions were compared with none.",
    )


def _table(title: str, frame: pl.DataFrame, **headings: str) -> Table:
    headings = _HEADINGS | headings
    columns = [(headings.get(name, name.replace("_", " ")), frame[name].dtype.is_numeric()) for name in frame.columns]
    shown = [[_cell(name, value) for name, value in row.items()] for row in frame.iter_rows(named=True)]
    return Table(title=title, columns=columns, rows=shown)


def _cell(name: str, value: object) -> object:
    if isinstance(value, int | float):
        return percent(value) if name in _SHARES or name.startswith("share in ") else number(value)
    return value
