"""How a question ends in the answer stage, stated once: one SQL statement that Polars and DuckDB run alike.

`recipe.selection` says which responses can be chosen. What is chosen lies in the table of pairs, so that a question
has an answer where it has a pair, and this module says why the others have none.
"""

import polars as pl

from scalequest_assets.recipe.reasons import LOW_AGREEMENT

Frame = pl.DataFrame | pl.LazyFrame


def unanswered_sql(responses: str, choices: str, pairs: str) -> str:
    """Return the statement that lists the questions without a pair.

    Args:
        responses: Name of the scored responses: `query_id`, `generator`, `shard`, `query`, `keep`, `drop_reason`.
        choices: Name of what was decided of each question's chosen response: `query_id`, `drop_reason`.
        pairs: Name of the pairs that were made of both: `query_id`.

    Returns:
        SQL in what Polars and DuckDB have in common. Columns `generator`, `shard`, `query_id`, `query`, `is_usable`
        (whether a response can be used at all) and `drop_reason`: that of the choice; where no response was eligible,
        the commonest of the question's responses (of equally common ones, the first by name), `low_agreement` for
        those that can be used.
    """
    question = "generator, shard, query_id, query"
    return f"""
    WITH unpaired AS (
        SELECT s.generator, s.shard, s.query_id, s.query, s.keep, s.drop_reason
        FROM {responses} AS s ANTI JOIN {pairs} AS p ON s.query_id = p.query_id
    ), lost AS (
        SELECT u.generator, u.shard, u.query_id, u.query, CASE WHEN u.keep THEN 1 ELSE 0 END AS is_kept,
               CASE WHEN c.drop_reason IS NOT NULL THEN c.drop_reason
                    WHEN u.keep THEN '{LOW_AGREEMENT}' ELSE u.drop_reason END AS drop_reason
        FROM unpaired AS u LEFT JOIN {choices} AS c ON u.query_id = c.query_id
    ), reasons AS (
        SELECT {question}, drop_reason, COUNT(*) AS num_rows, MAX(is_kept) AS num_kept
        FROM lost GROUP BY {question}, drop_reason
    ), ranked AS (
        SELECT {question}, drop_reason, MAX(num_kept) OVER (PARTITION BY query_id) AS usable,
               ROW_NUMBER() OVER (PARTITION BY query_id ORDER BY num_rows DESC, drop_reason ASC) AS place
        FROM reasons
    )
    SELECT {question}, usable = 1 AS is_usable, drop_reason FROM ranked WHERE place = 1"""  # noqa: S608 - names of ours


def unanswered(responses: Frame, choices: Frame, pairs: Frame) -> pl.DataFrame:
    """Return the questions without a pair, and why; see `unanswered_sql` for arguments and columns."""
    tables = {
        "responses": responses.lazy(),
        "choices": choices.lazy().select("query_id", "drop_reason"),
        "pairs": pairs.lazy().select("query_id"),
    }
    return pl.SQLContext(tables).execute(unanswered_sql(*tables)).collect()
