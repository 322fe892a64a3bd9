"""The views over several tables: SQL made of the list of stages and of their declared columns.

`rejections` says why a question is not in the data set, `questions` all that is known of each.
"""

from collections.abc import Iterator
from typing import NamedTuple

from scalequest_assets.recipe.outcomes import unanswered_sql
from scalequest_assets.schemas import TABLES
from scalequest_assets.stages import STAGES, Stages

_DECISION = ("keep", "drop_reason")
_PREFIXED = ("threshold",)
"""Evidence whose name says nothing without its table's: the view `questions` puts the stage's short name before it."""


class View(NamedTuple):
    """A statement and what its rows are."""

    select: str
    description: str


def derived(stages: Stages = STAGES) -> dict[str, View]:
    """Return the views over several tables, each after those that it reads."""
    return {
        "rejections": View(_rejections(stages), "Every question that a stage dropped, with the stage and the reason"),
        "questions": View(
            _questions(stages), "One row per synthetic question: all verdicts, how far it came, and its answer"
        ),
    }


def _rejections(stages: Stages) -> str:
    """Return all that screening dropped, and the questions whose responses were scored and that have no pair.

    A question whose responses can be used has no pair for good only where the pairs of its shard are made, which the
    manifest says.
    """
    dropped = [
        f"SELECT generator, shard, query_id, query, '{table}' AS stage, drop_reason FROM {table} WHERE NOT keep"  # noqa: S608 - names of ours
        for table in stages.screening
    ]
    unanswered = f"""
    SELECT generator, shard, query_id, query,
           CASE WHEN is_usable THEN '{stages.pairs}' ELSE '{stages.responses}' END AS stage, drop_reason
    FROM ({unanswered_sql(stages.responses, stages.pairs)})
    WHERE NOT is_usable
       OR (generator, shard) IN (SELECT (generator, shard) FROM release_manifest WHERE asset = '{stages.pairs}')"""  # noqa: S608 - names of ours
    return "\n    UNION ALL ".join([*dropped, unanswered])


def _questions(stages: Stages) -> str:
    """Return one row for every candidate: each stage's decision with its evidence, its end, and its pair."""
    origin, pairs, responses = stages.candidates, stages.pairs, stages.responses
    ends = [(pairs, f"{pairs}.query_id"), (responses, "answered.query_id")]
    ends += [(table, f"{table}.query_id") for table in reversed(stages.screening)]
    reached = " ".join(f"WHEN {found} IS NOT NULL THEN '{table}'" for table, found in ends)
    joins = "\n    ".join(f"LEFT JOIN {table} USING (query_id)" for table in stages.screening)
    return f"""
    SELECT {origin}.query_id, {origin}.generator, {origin}.shard, {origin}.query, {origin}.num_tokens,
           coalesce(rejections.stage, CASE {reached} ELSE '{origin}' END) AS final_stage,
           rejections.drop_reason, {pairs}.query_id IS NOT NULL AS is_in_{pairs},
           {", ".join(_evidence(stages))},
           answered.num_responses, answered.num_kept_responses, answered.max_reward,
           {", ".join(f"{pairs}.{column}" for column in stages[pairs].shown or ())}
    FROM {origin}
    {joins}
    LEFT JOIN (
        SELECT query_id, count(*) AS num_responses, count(*) FILTER (WHERE keep) AS num_kept_responses,
               max(reward) AS max_reward
        FROM {responses} GROUP BY query_id) AS answered USING (query_id)
    LEFT JOIN {pairs} USING (query_id)
    LEFT JOIN rejections USING (query_id)"""  # noqa: S608 - names of ours


def _evidence(stages: Stages) -> Iterator[str]:
    """Yield, for every screening stage, its decision and the columns that no stage before it has."""
    known = {*TABLES[stages.candidates], *_DECISION}
    for table in stages.screening:
        stage = stages[table]
        yield f"{table}.keep AS {stage.short_name}_keep"
        for column in stage.shown or [name for name in TABLES[table] if name not in known]:
            known.add(column)
            yield f"{table}.{column}" + (f" AS {stage.short_name}_{column}" if column in _PREFIXED else "")
