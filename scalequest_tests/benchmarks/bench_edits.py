"""Planted edits: real questions against themselves with edited copies; what is found, and the verdict.

Stories are GSM8K's train questions, formulas those of MATH-500 and College Math, under SCALEQUEST_TEST_DATA. Each kind
is planted alone, in a later shard than the originals. A pair of a copy with a question that is neither its source nor
in a pair with that is counted as `other_pairs`. `close` are the copies whose exact Jaccard with their source reaches
the threshold, which is what `found` can reach.
"""

import random
from dataclasses import dataclass

import numpy as np
import polars as pl

from scalequest_assets.recipe import clusters, duplicates
from scalequest_assets.recipe.jaccard import jaccard
from scalequest_assets.recipe.settings import Dedup
from scalequest_assets.subjects.maths.normalization import normalise
from scalequest_tests.benchmarks import edits
from scalequest_tests.maths import pairs as verified_pairs
from scalequest_tests.maths import signatures
from scalequest_tests.real_data import questions

NUM_PLANTED, SEED = 1000, 11
NUM_TEMPLATES, NUM_VARIANTS = 200, 8
STORIES: dict[str, edits.Edit] = {
    "verbatim": edits.verbatim,
    "formatting: case": edits.recased,
    "formatting: spaces": edits.respaced,
    "formatting: a heading, paragraphs": edits.reformatted,
    "formatting: numbers in words": edits.spelled,
    "name: all of them": edits.renamed,
    "word: two letters swapped": edits.mistyped,
    "word: a synonym (buys, purchases, ...)": edits.turned(edits.SYNONYMS),
    "word: one less (also, both, ...), in total": edits.reworded,
    "word: `each` left out": edits.without_each,
    "word: one": edits.words_replaced(1),
    "word: three": edits.words_replaced(3),
    "word: one in ten, numbers too": edits.one_word_in_ten,
    "sentences: two swapped": edits.sentences_swapped,
    "sentences: one less": edits.without_a_sentence,
    "number: one": edits.one_number,
    "number: all": edits.renumbered,
    "relation turned (more, fewer, ...)": edits.turned(edits.RELATIONS),
    "verb turned (buys, sells, ...)": edits.turned(edits.VERBS),
    "unit changed (day, week, ...)": edits.turned(edits.UNITS),
    "another person asked about": edits.another_person,
    "another day of the week": edits.another_day,
}
FORMULAS: dict[str, edits.Edit] = {
    "dress: \\dfrac, \\left, \\, and the like": edits.dressed,
    "term turned (interior, exterior, ...)": edits.turned(edits.TERMS),
    "command turned (\\cup, \\cap, ...)": edits.commanded,
    "grouping: 2(3 + 4), 2(3) + 4": edits.replaced(r"\(([^()+-]+)([+-][^()]+)\)", r"(\1)\2"),
    "grouping: (-3)^2, -3^2": edits.replaced(r"\(([^()]{1,9})\)(\^)", r"\1\2"),
    "grouping: x^{2n}, x^2n": edits.replaced(r"\^\{([0-9a-z]{1,3} ?[+-] ?[0-9a-z]{1,3})\}", r"^\1"),
    "interval: [2, 9], (2, 9)": edits.replaced(r"(?<![a-z])[(\[]([^()\[\]]{1,9},[^()\[\]]{1,9})\)", r"[\1]"),
    "factorial: 5, 5!": edits.replaced(r"(\d)(?=[$)])", r"\1!"),
    "prime: f(x), f'(x)": edits.replaced(r"\b([fghy])\(", r"\1'("),
    "order: f(g(x)), g(f(x))": edits.replaced(r"\b([fg])\(([gfh])\(", r"\2(\1("),
    "letters: ax + by, bx + ay": edits.replaced(r"([a-z0-9]) ([+-]) ([a-z0-9])\b", r"\3 \2 \1"),
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """Pairs of the questions and the fates of those that are in one."""

    pairs: pl.DataFrame
    fates: pl.DataFrame


def run() -> list[dict[str, object]]:
    """Return a row per kind, in percent of the copies; one of the originals alone, and one of variants of templates."""
    try:
        train = questions("gsm8k/train")
        formulas = [*questions("math500/test"), *questions("college_math/test")]
    except FileNotFoundError as error:
        return [{"kind": f"not measured: {error}"}]
    rows = [*_of_kinds(STORIES, train), *_of_kinds(FORMULAS, formulas)]
    return [*rows, _of_templates(train, _shard(train, "s0000"))]


def _of_kinds(kinds: dict[str, edits.Edit], texts: list[str]) -> list[dict[str, object]]:
    originals = _shard(texts, "s0000")
    alone = find(originals)
    partners = _partners(alone.pairs)
    rows = [_of_kind(kind, edit, texts, originals, partners) for kind, edit in kinds.items()]
    return [_of_originals(alone, len(texts)), *rows]


def find(rows: pl.DataFrame) -> Found:
    """Return what the graph finds among signed questions, with the settings a profile has by itself."""
    settings = Dedup()
    pairs = verified_pairs(rows, threshold=settings.threshold)
    fates = clusters.clusters(pairs, rows, generators=["g"], max_variants=settings.max_variants)
    return Found(pairs=pairs, fates=fates)


def planted(edit: edits.Edit, train: list[str]) -> pl.DataFrame:
    """Return up to NUM_PLANTED edited copies of distinct questions: `source` (row of the original) and `query`."""
    draw = random.Random(SEED)
    order = draw.sample(range(len(train)), len(train))
    rows = []
    for source in order:
        text = edit(train[source], draw)
        if text != train[source] or edit is edits.verbatim:
            rows.append((source, text))
        if len(rows) == NUM_PLANTED:
            break
    return pl.DataFrame(rows, schema={"source": pl.Int64, "query": pl.String}, orient="row")


def _of_originals(found: Found, num_rows: int) -> dict[str, object]:
    share = dict(found.pairs.group_by("relation").len().iter_rows())
    dropped = found.fates.filter(~pl.col("keep")).height
    return {
        "kind": f"the originals alone, pairs among {num_rows}",
        "planted": None,
        "close": None,
        "found": None,
        **{name: share.get(name, 0) for name in _RELATIONS},
        "dropped": dropped,
        "survivor_is_original": None,
        "other_pairs": None,
    }


def _of_kind(
    kind: str, edit: edits.Edit, train: list[str], originals: pl.DataFrame, partners: dict[str, set[str]]
) -> dict[str, object]:
    copies = planted(edit, train)
    found = find(pl.concat([originals, _shard(copies["query"].to_list(), "s0001")]))
    source = {_id("s0001", row): _id("s0000", at) for row, at in enumerate(copies["source"])}
    relation: dict[str, str] = {}
    num_others = 0
    for left, right, _, name in found.pairs.iter_rows():
        if right in source and source[right] == left:
            relation[right] = name
        elif right in source and left not in source:
            num_others += left not in partners.get(source[right], set())
    lost = found.fates.filter(~pl.col("keep"), pl.col("query_id").is_in(list(source)))
    survivors = dict(lost.select("query_id", "survivor_id").iter_rows())
    is_own = [s == source[copy] or s in partners.get(source[copy], set()) for copy, s in survivors.items()]
    percent = 100 / copies.height
    return {
        "kind": kind,
        "planted": copies.height,
        "close": round(_num_close(train, copies) * percent, 1),
        "found": round(len(relation) * percent, 1),
        **{name: round(list(relation.values()).count(name) * percent, 1) for name in _RELATIONS},
        "dropped": round(lost.height * percent, 1),
        "survivor_is_original": round(100 * sum(is_own) / len(is_own), 1) if is_own else None,
        "other_pairs": num_others,
    }


def _of_templates(train: list[str], originals: pl.DataFrame) -> dict[str, object]:
    """Return what becomes of many variants of one question, which differ in one number each."""
    draw = random.Random(SEED)
    texts: list[str] = []
    for source in draw.sample(range(len(train)), NUM_TEMPLATES):
        variants = dict.fromkeys(edits.one_number(edits.one_number(train[source], draw), draw) for _ in range(50))
        texts += [text for text in variants if text != train[source]][:NUM_VARIANTS]
    found = find(pl.concat([originals, _shard(texts, "s0001")]))
    lost = found.fates.filter(~pl.col("keep"), pl.col("query_id").str.contains("/s0001/"))
    reasons = lost["drop_reason"].value_counts().sort("count", descending=True).rows()
    return {
        "kind": f"{NUM_VARIANTS} variants each of {NUM_TEMPLATES} questions; dropped: {dict(reasons)}",
        "planted": len(texts),
        "dropped": round(100 * lost.height / len(texts), 1),
    }


def _num_close(train: list[str], copies: pl.DataFrame) -> int:
    texts = normalise(pl.concat([pl.Series(train), copies["query"]]))
    places = len(train) + np.arange(copies.height)
    return int((jaccard(copies["source"].to_numpy(), places, texts) >= Dedup().threshold).sum())


_RELATIONS = (duplicates.EXACT, duplicates.DUPLICATE, duplicates.NUMERIC_VARIANT)


def _partners(pairs: pl.DataFrame) -> dict[str, set[str]]:
    partners: dict[str, set[str]] = {}
    for left, right in pairs.select("left_id", "right_id").iter_rows():
        partners.setdefault(left, set()).add(right)
        partners.setdefault(right, set()).add(left)
    return partners


def _id(shard: str, row: int) -> str:
    return f"g/{shard}/{row:06d}"


def _shard(texts: list[str], shard: str) -> pl.DataFrame:
    frame = pl.DataFrame({"query_id": [_id(shard, row) for row in range(len(texts))], "query": texts})
    return signatures(frame.with_columns(generator=pl.lit("g"), shard=pl.lit(shard), difficulty=pl.lit(0.5)))
