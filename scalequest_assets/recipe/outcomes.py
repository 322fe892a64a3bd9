"""How a question ends in the answer stage, stated once: one SQL statement that Polars and DuckDB run alike.

`recipe.selection` says which responses can be chosen. What is chosen lies in the table of pairs, so that a question
has an answer where it has a pair, and this module says why the others have none.
"""

import polars as pl

from scalequest_assets.recipe.reasons import LOW_AGREEMENT


def unanswered_sql(responses: str, pairs: str) -> str:
    """Return the statement that lists the questions without a pair.

    Args:
        responses: Name of the scored responses: `query_id`, `generator`, `shard`, `query`, `keep`, `drop_reason`.
        pairs: Name of the pairs that were chosen from them: `query_id`.

    Returns:
        SQL in what Polars and DuckDB have in common. Columns `generator`, `shard`, `query_id`, `query`, `is_usable`
        (whether a response can be used at all) and `drop_reason`: the commonest of the question's responses (of equally
        common ones, the first by name), `low_agreement` for those that can be used.
    """
    question = "generator, shard, query_id, query"
    return f"""
    WITH lost AS (
        SELECT s.generator, s.shard, s.query_id, s.query,
               CASE WHEN s.keep THEN '{LOW_AGREEMENT}' ELSE s.drop_reason END AS drop_reason
        FROM {responses} AS s ANTI JOIN {pairs} AS p ON s.query_id = p.query_id
    ), reasons AS (
        SELECT {question}, drop_reason, COUNT(*) AS num_rows FROM lost GROUP BY {question}, drop_reason
    ), ranked AS (
        SELECT {question}, drop_reason,
               MAX(CASE WHEN drop_reason = '{LOW_AGREEMENT}' THEN 1 ELSE 0 END) OVER (PARTITION BY query_id) AS usable,
               ROW_NUMBER() OVER (PARTITION BY query_id ORDER BY num_rows DESC, drop_reason ASC) AS place
        FROM reasons
    )
    SELECT {question}, usable = 1 AS is_usable, drop_reason FROM ranked WHERE place = 1"""  # noqa: S608 - names of ours


def unanswered(responses: pl.DataFrame | pl.LazyFrame, pairs: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Return the questions without a pair, and why; see `unanswered_sql` for arguments and columns."""
    tables = {"responses": responses.lazy(), "pairs": pairs.lazy().select("query_id")}
    return pl.SQLContext(tables).execute(unanswered_sql("responses", "pairs")).collect()
