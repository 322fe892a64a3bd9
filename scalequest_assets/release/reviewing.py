"""What people said of pairs: whom they are asked about, in which turn, and how many of the pairs are wrong.

A judgement is of a text: it counts while the pair has the question and the response that were judged. A pair is wrong
if its question is unsound or its answer not right, and if any reviewer says so.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Final

import polars as pl

from scalequest_assets.recipe.binomial import exact_interval
from scalequest_assets.recipe.seeding import SEEDS, row_seed, shuffled

HASH_DIGITS: Final = 16
_SEPARATOR: Final = "\x1f"
_NUM_PARTS: Final = 3
"""Parts of a generator's pairs by difficulty, equal in size."""
_SAYS: Final = ("is_question_sound", "is_answer_right")


def content_hash(query: str, response: str) -> str:
    """Return what a judgement knows its pair by: 16 hex digits."""
    return sha256(f"{query}{_SEPARATOR}{response}".encode()).hexdigest()[:HASH_DIGITS]


def hashed(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return pairs with the column `content_hash`."""
    hashes = [content_hash(*row) for row in pairs.select("query", "response").iter_rows()]
    return pairs.with_columns(pl.Series("content_hash", hashes, dtype=pl.String))


def in_turn(pairs: pl.DataFrame, random_seed: int) -> pl.DataFrame:
    """Return pairs in the order in which people are asked about them: its head is a stratified random sample.

    Strata are the thirds of each generator's pairs by difficulty. In a head of any length each stratum has about its
    share of all pairs, one more or less, and those that it has are drawn at random. The order depends on the seed and
    the pairs alone, so that one session goes on where the last one ended, and people who review judge the same pairs.

    Args:
        pairs: `query_id`, `generator`, `difficulty` and more.
        random_seed: The profile's.
    """
    seed = partial(row_seed, random_seed, "review")
    ranked = pairs.sort("generator", "difficulty", "query_id").with_columns(
        _part=pl.int_range(pl.len()).over("generator") * _NUM_PARTS // pl.len().over("generator")
    )
    placed = shuffled(ranked, random_seed, "review").with_columns(
        _place=pl.int_range(pl.len()).over("generator", "_part"), _size=pl.len().over("generator", "_part")
    )
    begins = [seed(generator, part) / SEEDS for generator, part in placed.select("generator", "_part").iter_rows()]
    turn = (pl.col("_place") + pl.Series("_begin", begins, dtype=pl.Float64)) / pl.col("_size")
    ordered = placed.with_columns(_turn=turn).sort("_turn", "query_id")
    return ordered.select(pairs.columns)


def last_said(judgements: pl.DataFrame) -> pl.DataFrame:
    """Return the last judgement of each reviewer of each text, in the order of time."""
    return judgements.sort("reviewed_at", maintain_order=True).unique(
        ["query_id", "content_hash", "reviewer"], keep="last", maintain_order=True
    )


def that_count(judgements: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the last judgements of pairs that have the same question and response still.

    Args:
        judgements: Rows of `reviews`.
        pairs: Pairs with `content_hash`.
    """
    return last_said(judgements).join(pairs, on=["query_id", "content_hash"], how="semi", maintain_order="left")


def not_judged_by(reviewer: str, pairs: pl.DataFrame, judgements: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that a reviewer has not judged as they are now, in their order."""
    own = judgements.filter(reviewer=reviewer)
    return pairs.join(own, on=["query_id", "content_hash"], how="anti", maintain_order="left")


def unlike(judgements: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the judgements that say something other than what the same reviewer said last of the same text."""
    keys = ["query_id", "content_hash", "reviewer", *_SAYS, "note"]
    return judgements.join(last_said(known), on=keys, how="anti", nulls_equal=True, maintain_order="left")


@dataclass(frozen=True)
class Share:
    """How many of those counted have something, with the exact interval of the share at 95%."""

    hits: int
    num: int

    @property
    def value(self) -> float | None:
        """The share; None of none."""
        return self.hits / self.num if self.num else None

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends of its interval, in [0, 1]."""
        return exact_interval(self.hits, self.num)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits / self.num:.1%}, 95% interval {low:.1%} - {high:.1%}" if self.num else "none judged"

    def document(self) -> dict[str, Any]:
        """Return it for scripts: `hits`, `num`, `share`, `low`, `high`."""
        return {**asdict(self), "share": self.value, "low": self.interval[0], "high": self.interval[1]}


@dataclass(frozen=True, kw_only=True)
class Review:
    """What people said of some pairs.

    Attributes:
        num_pairs: How many pairs there are.
        num_judged: How many of them somebody judged.
        num_unsure: Judged pairs that nobody calls wrong and nobody calls right.
        unsound: Of the pairs whose question somebody decided: those that somebody calls unsound.
        wrong: Of the judged pairs but the unsure ones: the wrong ones.
        num_shared: Pairs that several people judged.
        num_agreed: Those of them on which all say the same: right, wrong or unsure.
    """

    num_pairs: int
    num_judged: int
    num_unsure: int
    unsound: Share
    wrong: Share
    num_shared: int
    num_agreed: int

    def document(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {**asdict(self), "unsound": self.unsound.document(), "wrong": self.wrong.document()}

    def told(self) -> Mapping[str, object] | None:
        """Return figures by what they are, for a card; None where nobody has decided about a pair."""
        if not self.wrong.num:
            return None
        alike = {"pairs that several judged, alike": f"{self.num_agreed} of {self.num_shared}"}
        return {
            "pairs judged": f"{self.num_judged} of {self.num_pairs}",
            "questions found unsound": f"{self.unsound.hits} of {self.unsound.num} ({self.unsound})",
            "pairs found wrong, in question or answer": f"{self.wrong.hits} of {self.wrong.num} ({self.wrong})",
            **(alike if self.num_shared else {}),
        }


def review_of(pairs: pl.DataFrame, judgements: pl.DataFrame) -> Review:
    """Return what people said of pairs.

    Args:
        pairs: The pairs, with `content_hash`.
        judgements: Rows of `reviews`; those of other pairs, and of these as they were, do not count.
    """
    judged = verdicts(pairs, judgements)
    shared = judged.filter(pl.col("num_reviewers") > 1)
    return Review(
        num_pairs=pairs.height,
        num_judged=judged.height,
        num_unsure=judged["is_wrong"].null_count(),
        unsound=_share(judged["is_unsound"]),
        wrong=_share(judged["is_wrong"]),
        num_shared=shared.height,
        num_agreed=shared.filter(num_verdicts=1).height,
    )


def verdicts(pairs: pl.DataFrame, judgements: pl.DataFrame) -> pl.DataFrame:
    """Return what people made of each judged pair; arguments as of `review_of`.

    Returns:
        `query_id`, `is_unsound` and `is_wrong` (whether anyone says so; null where all are unsure), `num_reviewers`,
        `num_verdicts` (different ones).
    """
    is_wrong = ~pl.col("is_question_sound") | ~pl.col("is_answer_right")  # null where neither decides it
    said = that_count(judgements, pairs).with_columns(is_unsound=~pl.col("is_question_sound"), is_wrong=is_wrong)
    return said.group_by("query_id").agg(
        pl.col("is_unsound", "is_wrong").max(),  # of those who are not unsure, any
        num_reviewers=pl.len(),
        num_verdicts=pl.col("is_wrong").n_unique(),
    )


def by_generator(pairs: pl.DataFrame, judgements: pl.DataFrame) -> Mapping[str, Review]:
    """Return what people said of each generator's pairs; for the arguments see `review_of`."""
    groups = pairs.partition_by("generator", as_dict=True, maintain_order=True)
    return {str(generator): review_of(own, judgements) for (generator,), own in groups.items()}


def _share(flags: pl.Series) -> Share:
    return Share(hits=int(flags.sum() or 0), num=len(flags) - flags.null_count())
