"""Which questions share their text with a benchmark question.

Texts are compared as tokens: runs of `[a-z]` or of `[0-9]` in the subject's normal form, which has no dress. A question
is contaminated by a benchmark question if

- they share 13 tokens in a row, or
- the question has more than half of the benchmark question's 8-token runs, or
- the benchmark question has fewer than 8 tokens and they are the question's, or
- with every number as one and the same token, the question has at least `masked_share` of its 8-token runs: a copy with
  other numbers. Only benchmark questions of at least `min_masked_words` words that are no numbers take part, since
  short ones are phrases that all questions of a subject share.

What many say is no evidence: a run that more than `MAX_HOLDERS` benchmark questions have is no question's own. Nor is
a closing formula ("where m and n are relatively prime positive integers"): unless the benchmark question has no number
at all, a shared run must have one, or all runs of 8 be shared; or 16 tokens in a row must be shared that stand before
the benchmark question's last number, and in no other: a description whose examples alone have numbers. The masked pass
finds copies with other numbers.

A shared 8-token run alone is recorded (`matched_id`, `matched_share`), and drops nothing.

Source: PAPER section 2 (13-grams).
Differs: the paper reports its overlap and removes nothing; 8-gram cover and the masked pass are ours.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from scalequest_assets.recipe.parts import Normalise
from scalequest_assets.recipe.settings import DEFAULT_OVERLAP, Overlap
from scalequest_assets.recipe.token_runs import RunTable, is_with_number, runs_of, split_tokens, whole

MAX_HOLDERS = 3
"""Most benchmark questions that may share a run which still counts as evidence of a copy."""


OWN_RUN = 16
"""Tokens in a row without a number that are evidence where one benchmark question alone has them, not as its end."""


def _common(split: list[list[bytes]], size: int, max_holders: int) -> set[bytes]:
    """Return the runs that too many questions have; one that is there several times counts as one."""
    counts = Counter(run for words in set(map(tuple, split)) for run in runs_of(list(words), size))
    return {run for run, count in counts.items() if count > max_holders}


def _own(split: list[list[bytes]], size: int) -> dict[bytes, int]:
    """Return the runs before each question's last number, to the question, where no other question has them."""
    shared = _common(split, size, 1)
    found: dict[bytes, int] = {}
    for number, words in enumerate(split):
        last = max((at for at, word in enumerate(words) if word.isdigit()), default=0)
        for run in runs_of(words[:last], size) - shared:
            found.setdefault(run, number)
    return found


@dataclass(frozen=True, kw_only=True)
class _Pass:
    """The runs of all benchmark questions in one reading (as they are, or masked).

    Attributes:
        masked: Whether numbers are one and the same token.
        holders: Run of `cover_ngram` tokens, or short question as a whole, to the numbers of the questions with it.
        num_runs: How many different ones of them each question has.
        long_holders: Run of `ngram` tokens to the numbers of the questions with it; none where masked.
        own: Run of at least `OWN_RUN` tokens that one question alone has, before its last number, to the number of that
            question; none where masked.
        has_number: Which questions have a number.
        table: The keys of `holders`: what most texts have none of.
    """

    masked: bool
    holders: dict[bytes, list[int]]
    num_runs: list[int]
    long_holders: dict[bytes, list[int]]
    own: dict[bytes, int]
    has_number: list[bool]
    table: RunTable

    @classmethod
    def build(cls, texts: list[bytes], settings: Overlap, max_holders: int, *, masked: bool) -> "_Pass":
        holders: dict[bytes, list[int]] = {}
        long_holders: dict[bytes, list[int]] = {}
        num_runs: list[int] = []
        split = [split_tokens(text, masked=masked) for text in texts]
        common = _common(split, settings.cover_ngram, max_holders)
        has_number = [any(map(bytes.isdigit, words)) for words in split]
        for number, words in enumerate(split):
            runs = runs_of(words, settings.cover_ngram) - common
            if masked and sum(word.isalpha() for word in words) < settings.min_masked_words:
                runs = set()
            elif not runs and words and not masked:
                runs = runs_of(words, settings.cover_ngram) or {whole(words)}
            for run in () if masked else runs_of(words, settings.ngram):
                long_holders.setdefault(run, []).append(number)
            for run in runs:
                holders.setdefault(run, []).append(number)
            num_runs.append(len(runs))
        return cls(
            masked=masked,
            holders=holders,
            num_runs=num_runs,
            long_holders=long_holders,
            own={} if masked else _own(split, max(OWN_RUN, settings.ngram)),
            has_number=has_number,
            table=RunTable.build(holders),
        )

    def match(self, text: bytes, settings: Overlap) -> tuple[bool, float, int] | None:
        """Return (contaminated, share, number) of the benchmark question that a text resembles most, if any."""
        words = split_tokens(text, masked=self.masked)
        runs = runs_of(words, settings.cover_ngram) or {whole(words)}
        shared: dict[int, int] = {}
        for run in runs:
            for number in self.holders.get(run, ()):
                shared[number] = shared.get(number, 0) + 1
        if not shared:
            return None
        evident = set() if self.masked else self._evident(self.holders, runs)
        held_long = self._evident(self.long_holders, runs_of(words, settings.ngram))
        if self.own:
            own_runs = runs_of(words, max(OWN_RUN, settings.ngram))
            held_long |= {self.own[run] for run in own_runs if run in self.own}
        ranked = []
        for number, count in shared.items():
            share = count / self.num_runs[number]
            is_copy = share >= settings.masked_share if self.masked else share > settings.max_share
            is_evident = self.masked or number in evident or share == 1
            ranked.append(((is_copy and is_evident) or number in held_long, share, -number))
        contaminated, share, number = max(ranked)
        return contaminated, share, -number

    def _evident(self, holders: dict[bytes, list[int]], runs: set[bytes]) -> set[int]:
        """Return the questions that share a run which is no closing formula: one with a number, if they have any."""
        shared = ((number, run) for run in runs for number in holders.get(run, ()))
        return {number for number, run in shared if not self.has_number[number] or is_with_number(run)}


@dataclass(frozen=True, kw_only=True)
class ContaminationIndex:
    """All benchmark questions, made ready to be looked up; build it once for many shards.

    Attributes:
        ids: query_id of each benchmark question.
        settings: When a question counts as contaminated.
    """

    ids: pl.Series
    settings: Overlap
    _normalise: Normalise
    _passes: tuple[_Pass, ...]

    @classmethod
    def build(
        cls,
        benchmarks: pl.DataFrame,
        normalise: Normalise,
        settings: Overlap = DEFAULT_OVERLAP,
        *,
        max_holders: int | None = MAX_HOLDERS,
    ) -> "ContaminationIndex":
        """Index the benchmark questions.

        Args:
            benchmarks: query_id, query; may be empty, a null query is passed over.
            normalise: Returns the normal form of texts.
            settings: When a question counts as contaminated.
            max_holders: Runs that more benchmark questions share are no evidence; None counts all runs.
        """
        benchmarks = benchmarks.drop_nulls("query").sort("query_id")
        most = benchmarks.height if max_holders is None else max_holders
        passes = _passes_of(tuple(benchmarks["query"]), normalise, settings, most)
        return cls(ids=benchmarks["query_id"], settings=settings, _normalise=normalise, _passes=passes)

    def match(self, texts: pl.Series) -> pl.DataFrame:
        """Return for each text the benchmark question that it resembles most.

        Args:
            texts: Questions; null has no match.

        Returns:
            is_contaminated; matched_id, null where not even one run is shared; matched_share in [0, 1], of its runs
            (the masked ones, where only those make it a copy).
        """
        normal = self._normalise(texts.cast(pl.String))
        best: dict[int, tuple[bool, float, int]] = {}
        for one in self._passes:
            rows = np.flatnonzero(one.table.holders_of_any(normal, self.settings.cover_ngram, masked=one.masked))
            for row, text in zip(rows.tolist(), normal.gather(rows), strict=True):
                found = one.match(text.encode(), self.settings)
                if found and (row not in best or (found[0] and not best[row][0])) and (found[0] or not one.masked):
                    best[row] = found
        frame = pl.DataFrame(
            [(row, *found) for row, found in best.items()],
            schema={"row": pl.UInt32, "is_contaminated": pl.Boolean, "matched_share": pl.Float64, "number": pl.Int64},
            orient="row",
        )
        frame = frame.with_columns(matched_id=self.ids.gather(frame["number"]).cast(pl.String))
        rows_all = pl.DataFrame({"row": pl.int_range(len(texts), dtype=pl.UInt32, eager=True)})
        return rows_all.join(frame, on="row", how="left", maintain_order="left").select(
            pl.col("is_contaminated").fill_null(False), "matched_id", "matched_share"
        )


def contaminated(
    questions: pl.DataFrame, benchmarks: pl.DataFrame, normalise: Normalise, settings: Overlap = DEFAULT_OVERLAP
) -> pl.DataFrame:
    """Return the questions that count as taken from a benchmark: of what is released, there must be none.

    Args:
        questions: query_id, query.
        benchmarks: query_id, query.
        normalise: Returns the normal form of texts.
        settings: When a question counts as contaminated.

    Returns:
        query_id, matched_id, in the order of the questions.
    """
    matched = ContaminationIndex.build(benchmarks, normalise, settings).match(questions["query"])
    return pl.concat([questions.select("query_id"), matched], how="horizontal").filter("is_contaminated")[
        ["query_id", "matched_id"]
    ]


@lru_cache(maxsize=2)
def _passes_of(
    queries: tuple[str, ...], normalise: Normalise, settings: Overlap, max_holders: int
) -> tuple[_Pass, ...]:
    """Return the passes over benchmark questions; kept for the next shard, which asks for the same."""
    texts = [text.encode() for text in normalise(pl.Series(queries, dtype=pl.String))]
    readings = (False, True) if settings.masked else (False,)
    return tuple(_Pass.build(texts, settings, max_holders, masked=masked) for masked in readings)
