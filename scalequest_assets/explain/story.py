"""One question's whole story: what every stage said of it, what it resembles, its responses, the pair or why none.

Read from the SQL catalog by the question's id, and from the lake where signatures are compared. `why_text` shows it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from scalequest_assets.errors import QueryError
from scalequest_assets.recipe import neighbours
from scalequest_assets.schemas import TABLES
from scalequest_assets.storage.catalog import SCREENING
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.lake import Lake, Partition
from scalequest_assets.storage.sql import query

Story = dict[str, Any]

STAGES = ("synthetic_questions", *SCREENING)
"""Tables with one row per question, in the order in which they decide."""
OUTSIDE = ("seed_questions", "benchmark_questions")
"""Questions that are no candidates themselves."""
NUM_NEIGHBOURS = 5
_NUM_SUGGESTED = 3
_KNOWN = ("query_id", "generator", "shard", "query", "keep", "drop_reason")


def tell(home: Home, lake: Lake, partitions: Sequence[Partition], query_id: str) -> Story:
    """Return all that is known of a question.

    Args:
        home: Says where the catalog lies.
        lake: Holds the signatures.
        partitions: The profile's generators and shards.
        query_id: Of a synthetic, seed or benchmark question.

    Returns:
        JSON-like: `query_id`, `table` it is from, `query`, `outcome` (`released`, `dropped`, `undecided`, `outside`),
        `stage` and `drop_reason` of the outcome, `stages` (each with `keep`, `drop_reason`, `evidence`), `benchmark`
        (the one that it shares text with), `duplicates` (`cluster_id`, `survivor`, `losers`), `neighbours`, `responses`
        and `pair`. What does not apply is None or empty.

    Raises:
        QueryError: No question has that id; the remedy names some that are like it.
    """
    asked = _Asked(home, query_id)
    table, own = asked.question()
    text = str(own["query"] or "")
    story: Story = {"query_id": query_id, "table": table, "query": own["query"]}
    signed = _signatures(lake, partitions)
    if table in OUTSIDE:
        known = {name: value for name, value in own.items() if name not in _KNOWN and value is not None}
        story |= {"outcome": "outside", "stage": None, "drop_reason": None, "known": known}
        return story | {"neighbours": _neighbours(asked, text, signed)}
    stages = [stage for name in STAGES if (stage := asked.stage(name))]
    story |= asked.outcome(stages[-1]["stage"])
    story |= {"stages": stages, "benchmark": asked.benchmark(stages), "duplicates": asked.duplicates()}
    story["neighbours"] = _neighbours(asked, text, signed)
    return story | {"responses": asked.responses(), "pair": asked.pair()}


class _Asked:
    """The catalog, asked about one question."""

    def __init__(self, home: Home, query_id: str) -> None:
        self._catalog, self.query_id = home.catalog_file, query_id

    def rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        """Return the rows of a statement, the question's id being its parameter where no other is given."""
        return query(self._catalog, statement, parameters or (self.query_id,)).to_dicts()

    def question(self) -> tuple[str, dict[str, Any]]:
        """Return the table that the question comes from, and its row there."""
        for table in (STAGES[0], *OUTSIDE):
            if found := self.rows(f"SELECT * FROM {table} WHERE query_id = ?"):  # noqa: S608  (a name of ours)
                return table, found[0]
        alike = self.rows(_ALIKE, self.query_id, _NUM_SUGGESTED)
        suggested = ", ".join(row["query_id"] for row in alike) or "none yet: scalequest run"
        raise QueryError(f"no question has the id {self.query_id!r}", f"ids that are like it: {suggested}")

    def stage(self, table: str) -> dict[str, Any] | None:
        """Return what a stage decided and on what evidence; None where it has not seen the question."""
        found = self.rows(f"SELECT * FROM {table} WHERE query_id = ?")  # noqa: S608  (a name of ours)
        if not found:
            return None
        row = found[0]
        evidence = {name: value for name, value in row.items() if name not in _KNOWN and value not in (None, [])}
        decided = {"keep": row["keep"], "drop_reason": row["drop_reason"]} if "keep" in TABLES[table] else {}
        return {"stage": table, "keep": None, "drop_reason": None, **decided, "evidence": evidence}

    def outcome(self, last_stage: str) -> Story:
        """Return what became of the question."""
        if rejected := self.rows("SELECT stage, drop_reason FROM rejections WHERE query_id = ?"):
            return {"outcome": "dropped", **rejected[0]}
        if self.rows("SELECT query_id FROM qa_pairs WHERE query_id = ?"):
            return {"outcome": "released", "stage": "qa_pairs", "drop_reason": None}
        scored = self.rows("SELECT count(*) AS num FROM response_scores WHERE query_id = ?")[0]["num"]
        return {
            "outcome": "undecided",
            "stage": "response_scores" if scored else last_stage,
            "drop_reason": None,
        }

    def benchmark(self, stages: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        """Return the benchmark question that this one shares text with."""
        matched = [stage["evidence"]["matched_id"] for stage in stages if "matched_id" in stage["evidence"]]
        if not matched:
            return None
        found = self.rows("SELECT query_id, query FROM benchmark_questions WHERE query_id = ?", matched[0])
        return found[0] if found else {"query_id": matched[0], "query": None}

    def duplicates(self) -> dict[str, Any] | None:
        """Return the question's cluster: whom it lost to, and who lost to it."""
        found = self.rows("SELECT cluster_id, survivor_id FROM duplicate_clusters WHERE query_id = ?")
        if not found:
            return None
        return {
            "cluster_id": found[0]["cluster_id"],
            "survivor": next(iter(self.rows(_SURVIVOR)), None),
            "losers": self.rows(_LOSERS),
        }

    def responses(self) -> list[dict[str, Any]]:
        """Return the sampled responses, with rewards as far as they are scored."""
        return self.rows(_RESPONSES)

    def pair(self) -> dict[str, Any] | None:
        """Return the question's row of `qa_pairs`."""
        found = self.rows("SELECT * EXCLUDE (query_id, generator, shard, query) FROM qa_pairs WHERE query_id = ?")
        return found[0] if found else None


_ALIKE = """
    SELECT query_id FROM (
        SELECT query_id FROM synthetic_questions UNION ALL SELECT query_id FROM seed_questions
        UNION ALL SELECT query_id FROM benchmark_questions)
    ORDER BY damerau_levenshtein(query_id, ?), query_id LIMIT ?"""
_SURVIVOR = """
    SELECT c.survivor_id AS query_id, c.jaccard, c.relation, s.query
    FROM duplicate_clusters c JOIN synthetic_questions s ON s.query_id = c.survivor_id WHERE c.query_id = ?"""
_LOSERS = """
    SELECT c.query_id, c.jaccard, c.relation, s.query
    FROM duplicate_clusters c JOIN synthetic_questions s ON s.query_id = c.query_id WHERE c.survivor_id = ?
    ORDER BY c.jaccard DESC, c.query_id"""
_RESPONSES = """
    SELECT r.sample_idx, r.response, r.finish_reason, r.error, s.answer, s.agreement, s.reward, s.keep, s.drop_reason
    FROM responses r LEFT JOIN response_scores s USING (query_id, sample_idx)
    WHERE r.query_id = ? ORDER BY r.sample_idx"""


def _signatures(lake: Lake, partitions: Sequence[Partition]) -> Iterator[pl.DataFrame]:
    """Yield the stored signatures, a partition at a time."""
    for partition in partitions:
        if lake.exists("minhash_signatures", partition):
            yield lake.scan("minhash_signatures", [partition]).select("query_id", "signature").collect()


def _neighbours(asked: _Asked, text: str, signed: Iterator[pl.DataFrame]) -> list[dict[str, Any]]:
    """Return the nearest questions that reached near-duplicate search, exact Jaccard first."""
    if not text.strip():
        return []
    own = neighbours.signature_of(text)
    found = neighbours.nearest(own, signed, num=NUM_NEIGHBOURS, leave_out=asked.query_id)
    rows = [
        asked.rows("SELECT query_id, query FROM synthetic_questions WHERE query_id = ?", i) for i in found["query_id"]
    ]
    near = pl.DataFrame([row for one in rows for row in one], schema={"query_id": pl.String, "query": pl.String})
    near = pl.concat([near, neighbours.compare(text, near["query"])], how="horizontal")
    return near.join(found, on="query_id").sort(-pl.col("jaccard"), "query_id").to_dicts()
