"""One question's whole story: what every stage said of it, what it resembles, its responses, the pair or why none.

Read from the tables by the question's id; `text` shows it, `resembling` finds what it resembles. A question that was
sampled again keeps its id: what tables say of an earlier one is left out, and these tables are named.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from scalequest_assets.errors import QueryError
from scalequest_assets.release.reviewing import content_hash
from scalequest_assets.stages import STAGES, Stages
from scalequest_assets.storage.sql import Tables
from scalequest_assets.storage.views import OLDER, of_question

_NUM_SUGGESTED = 3
_KNOWN = ("query_id", "generator", "shard", "query", "keep", "drop_reason")
_SKETCH = ("normal_hash", "band_keys", "sketch")
"""What a known question is found by: numbers that say nothing to a reader."""


@dataclass(frozen=True, kw_only=True)
class StageOutcome:
    """What one stage decided about the question.

    Attributes:
        stage: Its table.
        keep: Whether it kept the question; None where it decides nothing.
        drop_reason: Why it dropped it; None where it did not.
        evidence: The other columns of the question's row, those without content left out.
    """

    stage: str
    keep: bool | None
    drop_reason: str | None
    evidence: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """The benchmark question that one shares text with; its text is None where the benchmark is no longer there."""

    query_id: str
    query: str | None


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """A question of the same cluster: its Jaccard in [0, 1] and relation to the survivor."""

    query_id: str
    jaccard: float | None
    relation: str | None
    query: str | None


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """The question's cluster: whom it lost to, and who lost to it, the most alike first.

    The cluster is None where clusters were made again since, and this question not yet.
    """

    cluster_id: str | None
    survivor: Duplicate | None
    losers: Sequence[Duplicate]


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A question that reached near-duplicate search and resembles this one.

    Attributes:
        query_id: Its id.
        query: Its text.
        jaccard: Exact, of the 5-gram sets, in [0, 1].
        same: What the subject compares (numbers, for example), and whether it is the same.
    """

    query_id: str
    query: str | None
    jaccard: float
    same: Mapping[str, bool]


@dataclass(frozen=True, kw_only=True)
class Response:
    """A sampled response; columns as in `responses` and, where it is scored, `response_scores`."""

    sample_idx: int
    response: str | None
    finish_reason: str | None
    error: str | None
    answer: str | None
    false_equalities: list[str] | None
    agreement: float | None
    reward: float | None
    keep: bool | None
    drop_reason: str | None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What somebody said of the pair as it is; None is unsure, of an answer also not asked."""

    reviewer: str
    reviewed_at: datetime
    is_question_sound: bool | None
    is_answer_right: bool | None
    note: str | None


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is known of any question.

    Attributes:
        query_id: Its id.
        table: The table that it is from.
        query: Its text.
        outcome: Whether it is a pair, was dropped, waits for stages that are not made, or is no candidate.
        stage: The stage of the outcome; None outside.
        drop_reason: Why it was dropped; None where it was not.
    """

    query_id: str
    table: str
    query: str | None
    outcome: Literal["released", "dropped", "undecided", "outside"]
    stage: str | None
    drop_reason: str | None


@dataclass(frozen=True, kw_only=True)
class OutsideStory(Story):
    """A question that is no candidate: `known` are the other columns of its row."""

    known: Mapping[str, Any]
    neighbours: Sequence[Neighbour]


@dataclass(frozen=True, kw_only=True)
class CandidateStory(Story):
    """A question that a generator wrote.

    Attributes:
        stages: What each stage that has seen it decided, in order; the first made it.
        benchmark: The benchmark question that it shares text with; None where there is none.
        duplicates: Its cluster; None where it has no near-duplicate.
        neighbours: The nearest questions, the nearest first.
        responses: In the order in which they were sampled.
        pair: Its row of the finished pairs, without what identifies the question; None where it has none.
        reviews: What people said of the pair, in the order of time.
        older: Tables of its shard that were made of earlier questions, and are left out.
    """

    stages: Sequence[StageOutcome]
    benchmark: Benchmark | None
    duplicates: Duplicates | None
    neighbours: Sequence[Neighbour]
    responses: Sequence[Response]
    pair: Mapping[str, Any] | None
    reviews: Sequence[Judgement]
    older: Sequence[str]


def tell(
    tables: Tables,
    query_id: str,
    resembling: Callable[[str, str], Sequence[Neighbour]],
    stages: Stages = STAGES,
) -> CandidateStory | OutsideStory:
    """Return all that is known of a question.

    Args:
        tables: The tables.
        query_id: Of a synthetic, seed, benchmark or known question.
        resembling: Returns the questions that one (its id, its text) resembles most, the nearest first.
        stages: The tables that decide, and those of questions that are no candidates.

    Raises:
        QueryError: No question has that id; the remedy names some that are like it.
    """
    asked = _Asked(tables, query_id, stages)
    table, own = asked.question()
    near = resembling(query_id, text) if (text := str(own["query"] or "")).strip() else []
    if table in stages.references:
        return OutsideStory(
            query_id=query_id,
            table=table,
            query=own["query"],
            outcome="outside",
            stage=None,
            drop_reason=None,
            known={name: value for name, value in own.items() if name not in (*_KNOWN, *_SKETCH) and value is not None},
            neighbours=near,
        )
    seen = asked.stages()
    outcome, stage, drop_reason = asked.outcome(seen)
    return CandidateStory(
        query_id=query_id,
        table=table,
        query=own["query"],
        outcome=outcome,
        stage=stage,
        drop_reason=drop_reason,
        stages=seen,
        benchmark=asked.benchmark(seen),
        duplicates=asked.duplicates(seen),
        neighbours=near,
        responses=asked.responses(seen),
        pair=asked.pair(),
        reviews=asked.reviews(),
        older=asked.older(),
    )


class _Asked:
    """The tables, asked about one question."""

    def __init__(self, tables: Tables, query_id: str, stages: Stages) -> None:
        self._tables, self.query_id, self._stages = tables, query_id, stages
        self._older: dict[tuple[Any, ...], list[str]] = {}

    def rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        """Return the rows of a statement, the question's id being its parameter where no other is given."""
        return self._tables.ask(statement, parameters or (self.query_id,)).to_dicts()

    @cached_property
    def _own(self) -> tuple[str, dict[str, Any]]:
        tables = (self._stages.candidates, *self._stages.references)
        for table in tables:
            has_id = of_question(table) if table == self._stages.candidates else "query_id = $1"
            if found := self.rows(f"SELECT * FROM {table} WHERE {has_id}"):  # noqa: S608  (a name of ours)
                return table, found[0]
        ids = " UNION ALL ".join(f"SELECT query_id FROM {table}" for table in tables)  # noqa: S608  (names of ours)
        alike = self.rows(_ALIKE.format(ids=ids), self.query_id, _NUM_SUGGESTED)
        suggested = ", ".join(row["query_id"] for row in alike) or "none yet: scalequest run"
        raise QueryError(f"no question has the id {self.query_id!r}", f"ids that are like it: {suggested}")

    def question(self) -> tuple[str, dict[str, Any]]:
        """Return the table that the question comes from, and its row there."""
        return self._own

    def older(self, of: Mapping[str, Any] | None = None) -> list[str]:
        """Return the tables that are older than the questions of a row's shard, in the order in which data flows."""
        row = of or self._own[1]
        shard = (row["generator"], row["shard"])
        if shard not in self._older:
            found = self.rows(f"SELECT stage FROM {OLDER} WHERE generator = ? AND shard = ?", *shard)  # noqa: S608
            names = {row["stage"] for row in found}
            self._older[shard] = [stage.name for stage in self._stages if stage.name in names]
        return self._older[shard]

    def row(self, table: str) -> dict[str, Any] | None:
        """Return the question's row of a table; None where there is none, or where it is of an earlier question."""
        text = self._own[1]["query"]
        statement = f"SELECT * FROM {table} WHERE {of_question(table)} AND query IS NOT DISTINCT FROM $2"  # noqa: S608
        found = [] if table in self.older() else self.rows(statement, self.query_id, text)
        if not found or not found[0].get("survivor_id"):
            return found[0] if found else None
        kept = f"SELECT generator, shard FROM {table} WHERE keep AND {of_question(table)}"  # noqa: S608  (a name of ours)
        survivor = self.rows(kept, found[0]["survivor_id"])
        return found[0] if survivor and table not in self.older(survivor[0]) else None

    def stages(self) -> list[StageOutcome]:
        """Return what each stage decided and on what evidence, up to the first that has not seen the question."""
        seen: list[StageOutcome] = []
        for table in (self._stages.candidates, *self._stages.screening):
            if (row := self.row(table)) is None:
                break
            evidence = {name: value for name, value in row.items() if name not in _KNOWN and value not in (None, [])}
            seen.append(
                StageOutcome(stage=table, keep=row.get("keep"), drop_reason=row.get("drop_reason"), evidence=evidence)
            )
        return seen

    def outcome(
        self, seen: Sequence[StageOutcome]
    ) -> tuple[Literal["released", "dropped", "undecided"], str, str | None]:
        """Return what became of the question, the stage that it came to, and the reason if it was dropped.

        Whether its responses will have no pair for good says the view of all that is dropped, which is made of all
        shards: it is asked only where there are responses and no pair.
        """
        pairs, scores, last = self._stages.pairs, self._stages.responses, seen[-1]
        if last.keep is False:
            return "dropped", last.stage, last.drop_reason
        if self.row(pairs):
            return "released", pairs, None
        if not self.row(scores):
            return "undecided", last.stage, None
        if rejected := self.rows(_REJECTED):
            return "dropped", rejected[0]["stage"], rejected[0]["drop_reason"]
        return "undecided", scores, None

    def benchmark(self, stages: Sequence[StageOutcome]) -> Benchmark | None:
        """Return the benchmark question that this one shares text with."""
        matched = [stage.evidence["matched_id"] for stage in stages if "matched_id" in stage.evidence]
        if not matched:
            return None
        found = self.rows("SELECT query_id, query FROM benchmark_questions WHERE query_id = ?", matched[0])
        return Benchmark(**found[0]) if found else Benchmark(query_id=matched[0], query=None)

    def duplicates(self, stages: Sequence[StageOutcome]) -> Duplicates | None:
        """Return the question's cluster, as far as it is the one by which the stage decided."""
        decided = next((stage.evidence for stage in stages if stage.stage == "deduplicated_questions"), None)
        if decided is None:
            return None
        survivor = self._survivor(decided)
        clusters = [row["cluster_id"] for row in self.rows(_CLUSTER)]
        if not survivor and not clusters:
            return None
        losers = [Duplicate(**row) for row in self.rows(_LOSERS)] if clusters else []
        return Duplicates(cluster_id=next(iter(clusters), None), survivor=survivor, losers=losers)

    def _survivor(self, decided: Mapping[str, Any]) -> Duplicate | None:
        """Return the question that this one lost to, by the evidence of the stage; None where it lost to none."""
        if (survivor_id := decided.get("survivor_id")) is None:
            return None
        found = self.rows(_SURVIVOR, survivor_id)
        values = {name: decided.get(name) for name in ("jaccard", "relation")}
        return Duplicate(query_id=survivor_id, query=found[0]["query"], **values) if found else None

    def responses(self, stages: Sequence[StageOutcome]) -> list[Response]:
        """Return the sampled responses, with rewards as far as they are scored."""
        if stages[-1].stage != self._stages.screening[-1] or not stages[-1].keep:
            return []
        is_scored = self._stages.responses not in self.older()
        return [Response(**row) for row in self.rows(_RESPONSES, self.query_id, is_scored, self._own[1]["query"])]

    def pair(self) -> dict[str, Any] | None:
        """Return the question's row of the finished pairs."""
        row = self.row(self._stages.pairs)
        if row is None:
            return None
        choice, shown = self.row(self._stages.choices) or {}, self._stages[self._stages.choices].shown or ()
        observed = {name: choice[name] for name in shown if choice.get(name) is not None}
        return {name: value for name, value in row.items() if name not in _KNOWN} | observed

    def reviews(self) -> list[Judgement]:
        """Return what people said of the pair as it is."""
        row = self.row(self._stages.pairs)
        found = self.rows(_REVIEWS, self.query_id, content_hash(row["query"], row["response"])) if row else []
        return [Judgement(**judgement) for judgement in found]


_ALIKE = "SELECT query_id FROM ({ids}) ORDER BY damerau_levenshtein(query_id, ?), query_id LIMIT ?"
_SURVIVOR = f"SELECT query FROM deduplicated_questions WHERE {of_question('deduplicated_questions')}"  # noqa: S608
_REJECTED = f"SELECT stage, drop_reason FROM rejections WHERE {of_question('rejections')}"  # noqa: S608
_AGREE = """d.query_id = c.query_id AND d.keep = c.keep
    AND d.survivor_id IS NOT DISTINCT FROM c.survivor_id AND d.jaccard IS NOT DISTINCT FROM c.jaccard"""
_CLUSTER = f"""
    SELECT c.cluster_id FROM duplicate_clusters c JOIN deduplicated_questions d ON {_AGREE} WHERE {of_question("d")}"""  # noqa: S608
_LOSERS = f"""
    SELECT c.query_id, c.jaccard, c.relation, s.query
    FROM duplicate_clusters c JOIN deduplicated_questions d ON {_AGREE}
    JOIN synthetic_questions s ON s.query_id = d.query_id AND s.query = d.query
    WHERE c.survivor_id = ? ORDER BY c.jaccard DESC, c.query_id"""  # noqa: S608
_RESPONSES = f"""
    SELECT r.sample_idx, r.response, r.finish_reason, r.error, s.answer, s.false_equalities,
           s.agreement, s.reward, s.keep, s.drop_reason
    FROM responses r LEFT JOIN response_scores s
    ON $2 AND {of_question("s")} AND s.sample_idx = r.sample_idx AND s.response IS NOT DISTINCT FROM r.response
    WHERE {of_question("r")} AND r.query IS NOT DISTINCT FROM $3 ORDER BY r.sample_idx"""  # noqa: S608
_REVIEWS = """
    SELECT reviewer, reviewed_at, is_question_sound, is_answer_right, note
    FROM reviews WHERE query_id = ? AND content_hash = ? ORDER BY reviewed_at"""


def document(story: CandidateStory | OutsideStory) -> dict[str, Any]:
    """Return a story as JSON-like values; what a neighbour shares stands beside its other keys, as `same_<what>`."""
    values = asdict(story)
    for near in values["neighbours"]:
        near |= {f"same_{name}": value for name, value in near.pop("same").items()}
    return values
