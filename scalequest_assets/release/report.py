"""The report: one HTML page that needs nothing else. What a model wrote is escaped."""

from html import escape
from typing import Any

import polars as pl

from scalequest_assets.recipe.topic_shares import topic_shares

_PAIRS_SHOWN = 12
_COST_COLUMNS = (
    "asset", "generator", "num_requests", "prompt_tokens", "completion_tokens", "num_errors", "engine_s",
    "tokens_per_s", "gpu_hours", "money",
)  # fmt: skip
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2rem auto;padding:0 1rem;color:#1f2430}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #e3e6ee}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.bar{background:#4c5fd7;height:.8rem;border-radius:2px}
.pair{border:1px solid #e3e6ee;border-radius:6px;padding:.7rem 1rem;margin:.8rem 0}
.pair p{white-space:pre-wrap;margin:.3rem 0}.dim{color:#6b7280;font-size:.85rem}
"""


def page(name: str, description: str, funnel: pl.DataFrame, costs: pl.DataFrame, pairs: pl.DataFrame) -> str:
    """Return the page.

    Args:
        name: The profile's name.
        description: The profile's description.
        funnel: Rows of `funnel`.
        costs: Rows of `costs`.
        pairs: Rows of `qa_pairs`.
    """
    body = [
        f"<h1>{escape(name)}</h1><p>{escape(description)}</p>",
        f"<p><b>{pairs.height}</b> question-answer pairs.</p>",
        "<h2>Funnel</h2>",
        _funnel(funnel),
        "<h2>Why questions were dropped</h2>",
        _table(_reasons(funnel)),
        "<h2>Topics of the pairs</h2>",
        _table(_topics(pairs)),
        "<h2>What it cost</h2>",
        _table(costs.select(_COST_COLUMNS).with_columns(pl.col(pl.Float64).round(3))),
        f"<h2>The first {min(_PAIRS_SHOWN, pairs.height)} pairs</h2>",
        *(_pair(row) for row in pairs.head(_PAIRS_SHOWN).iter_rows(named=True)),
    ]
    head = f'<meta charset="utf-8"><title>{escape(name)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>'


def _funnel(funnel: pl.DataFrame) -> str:
    totals = funnel.group_by("position", "stage").agg(pl.col("num_input", "num_kept").sum()).sort("position")
    most = max(totals["num_input"].max() or 1, 1)
    rows = "".join(
        f'<tr><td>{escape(r["stage"])}</td><td class="n">{r["num_input"]}</td><td class="n">{r["num_kept"]}</td>'
        f'<td style="width:45%"><div class="bar" style="width:{100 * r["num_kept"] / most:.1f}%"></div></td></tr>'
        for r in totals.iter_rows(named=True)
    )
    return f'<table><tr><th>stage</th><th class="n">came in</th><th class="n">kept</th><th></th></tr>{rows}</table>'


def _reasons(funnel: pl.DataFrame) -> pl.DataFrame:
    exploded = funnel.select("position", "stage", "drop_reasons").explode("drop_reasons").drop_nulls("drop_reasons")
    reasons = exploded.unnest("drop_reasons").group_by("position", "stage", "drop_reason").agg(pl.col("num_rows").sum())
    return reasons.sort("position", "num_rows", descending=[False, True]).drop("position")


def _topics(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the topics' shares, of all pairs and of each generator's."""
    total = topic_shares(pairs["topic"])
    for generator in pairs["generator"].unique().sort():
        own = topic_shares(pairs.filter(generator=generator)["topic"])
        own = own.select("topic", pl.col("share").alias(f"share in {generator}"))  # whatever the generator is called
        total = total.join(own, on="topic", how="left", maintain_order="left")
    return total.with_columns(pl.col(pl.Float64).round(3))


def _table(frame: pl.DataFrame) -> str:
    numeric = {name for name, dtype in frame.schema.items() if dtype.is_numeric()}
    head = "".join(f"<th{_class(name in numeric)}>{escape(name)}</th>" for name in frame.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td{_class(name in numeric)}>{_text(value)}</td>" for name, value in row.items()) + "</tr>"
        for row in frame.iter_rows(named=True)
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _pair(row: dict[str, Any]) -> str:
    numbers = " · ".join(f"{name} {row[name]:.2f}" for name in ("difficulty", "agreement", "reward"))
    facts = f"{row['query_id']} · {numbers}"
    return (
        f'<div class="pair"><p><b>{escape(row["query"])}</b></p><p>{escape(row["response"])}</p>'
        f'<p class="dim">{escape(facts)}</p></div>'
    )


def _class(is_number: bool) -> str:
    return ' class="n"' if is_number else ""


def _text(value: Any) -> str:
    return "–" if value is None else escape(str(value))
