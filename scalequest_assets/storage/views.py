"""The views over several tables: SQL made of the list of stages and of their declared columns.

`rejections` says why a question is not in the data set, `questions` all that is known of each. A question that is
sampled again keeps its id, so that both leave out what was made of an earlier one: `older_tables` says what that is.
"""

from collections.abc import Iterator
from typing import NamedTuple

from scalequest_assets.recipe.outcomes import unanswered_sql
from scalequest_assets.schemas import TABLES, evidence
from scalequest_assets.stages import STAGES, Stage, Stages
from scalequest_assets.storage.tallies import SCHEMA

OLDER = "older_tables"
"""View of the tables that the other views leave out: `generator`, `shard`, `stage`."""
_REPEATED = ("known_id", "known_query")
_WITH_OLDER = f"WITH older AS MATERIALIZED (FROM {OLDER})"
_PRUNED = "UNION ALL BY NAME SELECT NULL AS query_id WHERE false"
"""No rows, behind which DuckDB (2.0.1) counts a view's rows without reading all columns: in half the time."""


class View(NamedTuple):
    """A statement and what its rows are."""

    select: str
    description: str


def of_question(table: str) -> str:
    """Return the condition that a table's row is of the question with the id `$1`.

    The id begins with generator and shard, of which the folders tell: files of other partitions stay closed.
    """
    return f"{table}.query_id = $1 AND starts_with($1, {table}.generator || '/' || {table}.shard || '/')"


def derived(stages: Stages = STAGES) -> dict[str, View]:
    """Return the views over several tables, each after those that it reads."""
    return {
        OLDER: View(
            _older(stages),
            "Tables of a shard that were made of earlier questions than its tables hold now; scalequest run makes them",
        ),
        "rejections": View(
            f"FROM ({_WITH_OLDER} FROM ({_rejections(stages)})) {_PRUNED}",
            "Every question that a stage dropped, with the stage and the reason",
        ),
        "questions": View(
            f"FROM ({_questions(stages)}) {_PRUNED}",
            "One row per synthetic question: all verdicts, how far it came, and its answer",
        ),
    }


def _older(stages: Stages) -> str:
    """Return the tables of each shard that do not follow from the one before them, and all after the first of these.

    A table has exactly the questions that the last decision before it kept, ids and texts: where the two differ, one
    was made again since. Pairs are some of the usable responses, so each of theirs must be among these: by a LEFT JOIN,
    of which DuckDB restricts both sides where one shard is asked about; of an ANTI JOIN it restricts the first alone.
    """
    counted, source = [], ""
    for position, stage in enumerate(tables_of_questions(stages)):
        counted.append(
            f"SELECT {position} AS position, '{stage.name}' AS stage, '{source}' AS source, * "  # noqa: S608 - ours
            f"FROM {SCHEMA}.{stage.name}"
        )
        source = stage.name if stage.name == stages.candidates or stage.is_screening else source
    repeated = [name for name in TABLES[stages.pairs] if name in TABLES[stages.responses] and name != "response"]
    row = f"hash({', '.join(repeated)})"
    return f"""
    WITH counted AS (
        {" UNION ALL ".join(counted)}
    ), differing AS (
        SELECT later.generator, later.shard, later.position
        FROM counted AS later LEFT JOIN counted AS earlier
        ON earlier.stage = later.source AND earlier.generator = later.generator AND earlier.shard = later.shard
        WHERE later.source <> '' AND later.stage <> '{stages.pairs}'
          AND (later.num <> coalesce(earlier.num_kept, 0) OR later.came_in <> coalesce(earlier.kept, 0))
        UNION ALL
        SELECT p.generator, p.shard, {len(counted) - 1} AS position
        FROM (SELECT generator, shard, {row} AS row FROM {stages.pairs}) AS p
        LEFT JOIN (SELECT generator, shard, {row} AS row FROM {stages.responses} WHERE keep) AS s
        ON s.generator = p.generator AND s.shard = p.shard AND s.row = p.row
        WHERE s.row IS NULL
    ), firsts AS (
        SELECT generator, shard, min(position) AS first_position FROM differing GROUP BY generator, shard
    )
    SELECT counted.generator, counted.shard, counted.stage
    FROM counted JOIN firsts ON firsts.generator = counted.generator AND firsts.shard = counted.shard
    WHERE counted.position >= firsts.first_position
    ORDER BY counted.generator, counted.shard, counted.position"""  # noqa: S608 - names of ours


def tables_of_questions(stages: Stages) -> list[Stage]:
    """Return the tables of shards whose rows are questions or responses, from the candidates to the pairs."""
    found = [stage for stage in stages if stage.by == "shard" and stage.rows in ("question", "response")]
    return found[: found.index(stages[stages.pairs]) + 1]


def _current(table: str) -> str:
    """Return a table without the shards in which it is older, as a subquery; the statement begins with `_WITH_OLDER`.

    A row that names its survivor counts only while that question is there and kept.
    """
    rows = _without_older(table, table)
    if "survivor_id" not in TABLES[table]:
        return f"({rows})"
    return f"""(WITH rows_now AS ({rows})
        SELECT * FROM rows_now
        WHERE survivor_id IS NULL OR survivor_id IN (SELECT query_id FROM rows_now WHERE keep))"""  # noqa: S608


def _counted(table: str) -> str:
    """Return the tallies of a table's shards, without those in which it is older."""
    return _without_older(table, f"{SCHEMA}.{table}")


def _without_older(table: str, source: str) -> str:
    """Return the rows of a table, or of its tallies, without the shards in which the table is older."""
    return f"""SELECT t.* FROM {source} AS t ANTI JOIN older
        ON older.stage = '{table}' AND older.generator = t.generator AND older.shard = t.shard"""  # noqa: S608


def _rejections(stages: Stages) -> str:
    """Return all that screening dropped, and the questions whose responses were scored and that have no pair.

    Whoever uses the statement defines `older`.

    Those that resemble a question of an earlier set name it, and have its text.
    """
    dropped = [
        f"""SELECT generator, shard, query_id, query, '{table}' AS stage, drop_reason, {_repeated(table)}
    FROM {_current(table)} WHERE NOT keep"""  # noqa: S608 - names of ours
        for table in stages.screening
    ]
    unanswered = f"""SELECT generator, shard, query_id, query, stage, drop_reason, {_repeated(stages.responses)}
    FROM ({_unanswered(stages)})"""  # noqa: S608 - names of ours
    return " UNION ALL ".join([*dropped, unanswered])


def _unanswered(stages: Stages) -> str:
    """Return the questions whose responses were scored and that have no pair, with `stage` and `drop_reason`.

    A question whose responses can be used has no pair for good only where the pairs of its shard are made of these
    responses: where the manifest lists them, with as many questions and pairs as there are.
    """
    responses, pairs = stages.responses, stages.pairs
    return f"""
    WITH scored AS ({_current(responses)}), chosen AS ({_current(stages.choices)}),
    paired AS ({_current(pairs)}), paired_shards AS (
        SELECT (m.generator, m.shard)
        FROM release_manifest AS m
        LEFT JOIN ({_counted(responses)}) AS s ON s.generator = m.generator AND s.shard = m.shard
        LEFT JOIN ({_counted(pairs)}) AS p ON p.generator = m.generator AND p.shard = m.shard
        WHERE m.asset = '{pairs}' AND m.num_input = coalesce(s.num, 0) AND m.num_kept = coalesce(p.num, 0)
    )
    SELECT generator, shard, query_id, query,
           CASE WHEN is_usable THEN '{pairs}' ELSE '{responses}' END AS stage, drop_reason
    FROM ({unanswered_sql("scored", "chosen", "paired")})
    WHERE NOT is_usable OR (generator, shard) IN (FROM paired_shards)"""  # noqa: S608 - names of ours


def _repeated(table: str) -> str:
    """Return the columns of a rejection that name the known question it resembles, null where the table has none."""
    return ", ".join(name if name in TABLES[table] else f"NULL::VARCHAR AS {name}" for name in _REPEATED)


def _questions(stages: Stages) -> str:
    """Return one row for every candidate: each stage's decision with its evidence, its end, and its pair.

    Why a question fell is read from the tables that are joined anyway: one stage at most has dropped it.
    """
    origin, pairs, responses, choices = stages.candidates, stages.pairs, stages.responses, stages.choices
    ends = [(pairs, f"{pairs}.query_id"), (responses, "answered.query_id")]
    ends += [(table, f"{table}.query_id") for table in reversed(stages.screening)]
    dropped = " ".join(f"WHEN NOT {table}.keep THEN '{table}'" for table in stages.screening)
    reasons = " ".join(f"WHEN NOT {table}.keep THEN {table}.drop_reason" for table in stages.screening)
    reached = " ".join(f"WHEN {found} IS NOT NULL THEN '{table}'" for table, found in ends)
    joins = "\n    ".join(f"LEFT JOIN {_current(table)} AS {table} USING (query_id)" for table in stages.screening)
    return f"""
    {_WITH_OLDER}
    SELECT {origin}.query_id, {origin}.generator, {origin}.shard, {origin}.query, {origin}.num_tokens,
           CASE {dropped} ELSE coalesce(unanswered.stage, CASE {reached} ELSE '{origin}' END) END AS final_stage,
           CASE {reasons} ELSE unanswered.drop_reason END AS drop_reason,
           {pairs}.query_id IS NOT NULL AS is_in_{pairs},
           {", ".join(_evidence(stages))},
           answered.num_responses, answered.num_kept_responses, answered.max_reward,
           {", ".join(f"{pairs}.{column}" for column in stages[pairs].shown or ())}
    FROM {origin}
    {joins}
    LEFT JOIN (
        SELECT query_id, count(*) AS num_responses, count(*) FILTER (WHERE keep) AS num_kept_responses,
               max(reward) AS max_reward
        FROM {_current(responses)} GROUP BY query_id) AS answered USING (query_id)
    LEFT JOIN {_current(pairs)} AS {pairs} USING (query_id)
    LEFT JOIN {_current(choices)} AS {choices} USING (query_id)
    LEFT JOIN ({_unanswered(stages)}) AS unanswered USING (query_id)"""  # noqa: S608 - names of ours


def _evidence(stages: Stages) -> Iterator[str]:
    """Yield, for every screening stage, its decision and the columns that no stage before it has."""
    for table, names in evidence(stages).items():
        if stages[table].is_screening:
            yield f"{table}.keep AS {stages[table].short_name}_keep"
        yield from (f"{table}.{column}" + (f" AS {name}" if name != column else "") for column, name in names.items())
