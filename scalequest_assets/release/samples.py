"""Questions to look at: a bounded sample of what was kept, rejected and found twice, the same for equal tables.

Which rows are taken follows from a hash of `query_id` alone, so that a sample grows into a larger one. Texts are read
of the taken rows only, and cut where they are long.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

import polars as pl

from scalequest_assets.recipe.minhash import content_hashes
from scalequest_assets.recipe.outcomes import unanswered
from scalequest_assets.schemas import TABLES
from scalequest_assets.stages import STAGES, Stages

NUM_KEPT: Final = 200
NUM_REJECTED: Final = 100
NUM_DUPLICATES: Final = 20
NUM_OTHERS: Final = 3
"""Other responses that are shown of a question: those of the highest rewards."""
QUERY_CHARS, RESPONSE_CHARS, OTHER_CHARS, EVIDENCE_CHARS = 1_500, 3_000, 1_000, 400
CUT: Final = " […]"

Scan = Callable[[str], pl.LazyFrame]
"""Returns the rows of a table, of all shards that are part of the release."""
Sample = dict[str, Any]

_DECISION = ("keep", "drop_reason")
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")


def kept(scan: Scan, num: int = NUM_KEPT, stages: Stages = STAGES) -> list[Sample]:
    """Return some of the pairs.

    Args:
        scan: Gives the tables of pairs and of the responses that they were chosen from.
        num: How many at most.
        stages: Says which tables these are.

    Returns:
        One mapping each: `query_id`, `generator`, `query`, `response`, `answer`, `reward`, `agreement`, `difficulty`,
        `topic`, `num_samples`, and `others` (see `_with_responses`); `is_kept`, with `stage`, `drop_reason` null.
    """
    pairs = scan(stages.pairs)
    ids = _some(pairs.select("query_id").collect()["query_id"], num)
    rows = _of(pairs, ids).with_columns(_cut("query", QUERY_CHARS), _cut("response", RESPONSE_CHARS))
    none = pl.lit(None, pl.String)
    shown = rows.with_columns(is_kept=pl.lit(value=True), stage=none, drop_reason=none)
    return _with_responses(shown.to_dicts(), scan(stages.responses))


def rejected(scan: Scan, num: int = NUM_REJECTED, stages: Stages = STAGES) -> list[Sample]:
    """Return some of the questions that have no pair, the same number from each stage that lost so many.

    Args:
        scan: Gives the screening tables, and those of pairs and responses.
        num: How many at most.
        stages: Says which tables these are.

    Returns:
        One mapping each: `query_id`, `generator`, `query`, `stage`, `drop_reason`, `evidence` (by column of that
        stage's table alone), `others` for those whose responses were scored; `difficulty` and `topic` where that table
        has them; `is_kept` is false.
    """
    lost = {stage: _dropped(scan(stage)) for stage in stages.screening}
    lost |= _unanswered(scan, stages)
    lost = {stage: rows for stage, rows in lost.items() if rows.height}
    found: list[Sample] = []
    for stage, rows in lost.items():
        ids = _some(rows["query_id"], num // len(lost))
        table = stage if stage in stages.screening else stages.candidates
        texts = _of(scan(table), ids).drop("drop_reason", strict=False)
        both = texts.join(rows, on="query_id", maintain_order="left")
        found += [_rejection(row, stage, table, stages) for row in both.to_dicts()]
    return _with_responses(found, scan(stages.responses))


def duplicates(scan: Scan, num: int = NUM_DUPLICATES, stages: Stages = STAGES) -> list[Sample]:
    """Return some of the questions that were dropped for another one, beside that one, the same number per relation.

    Args:
        scan: Gives the table that names survivors.
        num: How many at most.
        stages: Says which table that is.

    Returns:
        One mapping each: `query_id`, `survivor_id`, `relation`, `jaccard`, `generator`; `dropped` and `survivor`, the
        two texts as `difference` gives them.
    """
    rows = scan(column_owner("survivor_id", stages))
    named = rows.filter(pl.col("survivor_id").is_not_null()).select(
        "query_id", "generator", "survivor_id", "relation", "jaccard"
    )
    losers = named.collect()
    relations = losers["relation"].unique().sort()
    taken = [_some(losers.filter(relation=relation)["query_id"], num // len(relations)) for relation in relations]
    some = losers.filter(pl.col("query_id").is_in(pl.concat(taken).implode())) if taken else losers
    ids = pl.concat([some["query_id"], some["survivor_id"].alias("query_id")]).unique()
    texts = dict(_of(rows.select("query_id", _cut("query", QUERY_CHARS)), ids).iter_rows())
    return [
        {**row, **difference(texts[row["query_id"]], texts.get(row["survivor_id"], ""))}
        for row in some.sort("relation", "query_id").to_dicts()
    ]


def difference(dropped: str, survivor: str) -> dict[str, list[tuple[str, bool]]]:
    """Return two texts in pieces, each with whether the other text lacks it, compared word by word."""
    left, right = _TOKEN.findall(dropped), _TOKEN.findall(survivor)
    both: dict[str, list[tuple[str, bool]]] = {"dropped": [], "survivor": []}
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for name, words in (("dropped", left[a:b]), ("survivor", right[c:d])):
            if words:
                both[name].append(("".join(words), kind != "equal"))
    return both


def column_owner(column: str, stages: Stages = STAGES) -> str:
    """Return the first screening table that has a column."""
    return next(table for table in stages.screening if column in TABLES[table])


def _some(ids: pl.Series, num: int) -> pl.Series:
    """Return the ids of the smallest hashes, in their order."""
    hashed = pl.DataFrame({"query_id": ids, "hash": content_hashes(ids)})
    return hashed.bottom_k(num, by=["hash", "query_id"]).sort("hash", "query_id")["query_id"]


def _of(rows: pl.LazyFrame, ids: pl.Series) -> pl.DataFrame:
    """Return the rows of some questions, in their order."""
    found = rows.filter(pl.col("query_id").is_in(ids.implode())).collect(engine="streaming")
    return ids.alias("query_id").to_frame().join(found, on="query_id", maintain_order="left_right")


def _dropped(rows: pl.LazyFrame) -> pl.DataFrame:
    return rows.filter(~pl.col("keep")).select("query_id", "drop_reason").collect()


def _unanswered(scan: Scan, stages: Stages) -> dict[str, pl.DataFrame]:
    """Return `query_id` and `drop_reason` of the questions without a pair, by the stage that lost them."""
    scored = scan(stages.responses).select("query_id", "generator", "shard", *_DECISION, query=pl.lit(""))
    rows = unanswered(scored, scan(stages.choices), scan(stages.pairs))
    chosen = {stages.responses: rows.filter(~pl.col("is_usable")), stages.pairs: rows.filter("is_usable")}
    return {stage: part.select("query_id", "drop_reason") for stage, part in chosen.items()}


def _rejection(row: Mapping[str, Any], stage: str, table: str, stages: Stages) -> Sample:
    known = {*TABLES[stages.candidates], *_DECISION, "difficulty", "topic"}
    evidence = [(name, row[name]) for name in TABLES[table] if name not in known and name in row]
    shown = [(name, _short(value, EVIDENCE_CHARS)) for name, value in evidence if value not in (None, [], "")]
    own = {key: row.get(key) for key in ("query_id", "generator", "drop_reason", "difficulty", "topic")}
    return {**own, "is_kept": False, "stage": stage, "query": _short(row["query"], QUERY_CHARS), "evidence": shown}


def _with_responses(samples: Sequence[Sample], responses: pl.LazyFrame) -> list[Sample]:
    """Return the samples, each with its `others`.

    These are the responses that were not chosen, of highest reward first: `sample_idx`, `response`, `answer`, `reward`,
    `agreement`, `drop_reason`.
    """
    ids = pl.Series([sample["query_id"] for sample in samples], dtype=pl.String)
    columns = ("sample_idx", "answer", "reward", "agreement", "drop_reason")
    rows = _of(responses.select("query_id", _cut("response", OTHER_CHARS), *columns), ids)
    order = rows.sort("query_id", "reward", "sample_idx", descending=[False, True, False], nulls_last=True)
    by_question: dict[str, list[Sample]] = {}
    for row in order.to_dicts():
        by_question.setdefault(row.pop("query_id"), []).append(row)
    return [{**sample, "others": _others(sample, by_question.get(sample["query_id"], []))} for sample in samples]


def _others(sample: Sample, responses: Sequence[Sample]) -> list[Sample]:
    chosen = sample.get("sample_idx")
    return [response for response in responses if response["sample_idx"] != chosen or chosen is None][:NUM_OTHERS]


def _cut(column: str, num_chars: int) -> pl.Expr:
    text = pl.col(column)
    return pl.when(text.str.len_chars() > num_chars).then(text.str.head(num_chars) + pl.lit(CUT)).otherwise(text)


def _short(value: object, num_chars: int) -> object:
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if not isinstance(value, str) or len(value) <= num_chars:
        return value
    return value[:num_chars] + CUT
