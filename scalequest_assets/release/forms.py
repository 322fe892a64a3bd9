"""The forms in which trainers take a data set: each is a config of the released folder.

Messages are lists of `role` and `content`, as chat templates and TRL take them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from scalequest_assets.recipe.parts import Answers
from scalequest_assets.recipe.seeding import SEEDS, row_seed

DEFAULT = "default"
_TEXTS_AT_ONCE = 65_536
"""Scored responses whose texts are in memory at once, of which a few are taken."""
_FIGURES = ("pass_rate", "agreement", "num_samples")
TRAIN: Final = "train"
VALIDATION: Final = "validation"
"""The splits of every form: what is learned from, and what is set apart."""


@dataclass(frozen=True)
class Rows:
    """Rows of a form, made as they are read: a million lists of messages need not be in memory.

    Attributes:
        schema: Their columns.
        source: What each of them is made of, a row each.
        make: Makes rows of some of these.
    """

    schema: pl.Schema
    source: pl.DataFrame
    make: Callable[[pl.DataFrame], pl.DataFrame]

    @property
    def height(self) -> int:
        """How many there are."""
        return self.source.height

    def slice(self, offset: int, length: int | None = None) -> pl.DataFrame:
        """Return some of them."""
        return self.make(self.source.slice(offset, length))


@dataclass(frozen=True)
class Form:
    """A config, and what is known of its rows before they are made: one form is in memory at a time.

    Attributes:
        schema: The rows' columns.
        query_ids: Of each row, in their order.
        source: Returns what they are made of.
        make: Makes rows of that.
        is_held: Of each row, whether it is set apart for validation; None where none is.
    """

    schema: pl.Schema
    query_ids: pl.Series
    source: Callable[[], pl.DataFrame]
    make: Callable[[pl.DataFrame], pl.DataFrame]
    is_held: pl.Series | None = None

    @property
    def heights(self) -> Mapping[str, int]:
        """Rows by split: `train`, and `validation` where rows fall into it."""
        num, num_held = len(self.query_ids), 0 if self.is_held is None else int(self.is_held.sum())
        return {TRAIN: num - num_held} | ({VALIDATION: num_held} if num_held else {})

    def splits(self) -> Iterator[tuple[str, Rows]]:
        """Yield each split and its rows."""
        source = self.source()
        if self.is_held is None or VALIDATION not in self.heights:
            yield TRAIN, Rows(self.schema, source, self.make)
            return
        yield TRAIN, Rows(self.schema, source.filter(~self.is_held), self.make)
        yield VALIDATION, Rows(self.schema, source.filter(self.is_held), self.make)


Configs = Mapping[str, Form]
"""Forms by the name of their config."""


def forms(pairs: pl.DataFrame, response_scores: pl.LazyFrame, answers: Answers) -> Configs:
    """Return the forms of the released rows; one without rows is left out.

    Args:
        pairs: The released pairs, as `qa_pairs` has them and more.
        response_scores: Rows of `response_scores`, of at least the pairs' questions.
        answers: Compares answers.

    Returns:
        `default`, the pairs as they are; `sft`, `preference` and `rlvr`: see `sft`, `preference`, `rlvr`.
    """
    places = worst(pairs, response_scores, answers)
    told = pairs.select("query_id", "query", "response", "reward")
    checked = pairs.filter(pl.col("answer").is_not_null())
    found = {
        DEFAULT: _form(pairs, lambda rows: rows),
        "sft": _form(told, sft),
        "preference": Form(
            preference(_beside(told.clear(), places.clear(), response_scores.clear())).schema,
            told.join(places, on="query_id", how="semi", maintain_order="left")["query_id"],
            lambda: _beside(told, places, response_scores),
            preference,
        ),
        "rlvr": _form(checked.select("query_id", "query", "answer", *_FIGURES), rlvr),
    }
    return {name: form for name, form in found.items() if name == DEFAULT or len(form.query_ids)}


def _form(source: pl.DataFrame, make: Callable[[pl.DataFrame], pl.DataFrame]) -> Form:
    return Form(make(source.clear()).schema, source["query_id"], lambda: source, make)


def in_splits(configs: Configs, validation_share: float) -> Configs:
    """Return the forms with a share of their questions set apart as `validation`.

    A question's split follows from a hash of its `query_id`: it is the same in all configs, and stays when rows are
    added.
    """
    ids = pl.concat([form.query_ids for form in configs.values()]).unique(maintain_order=True)
    held = validation_ids(ids, validation_share).implode()
    return {name: replace(form, is_held=form.query_ids.is_in(held)) for name, form in configs.items()}


def validation_ids(query_ids: pl.Series, share: float) -> pl.Series:
    """Return the ids of the questions that are set apart as `validation`."""
    if not share:
        return query_ids.clear()
    return query_ids.filter([row_seed(0, "validation", query_id) < share * SEEDS for query_id in query_ids])


def alpaca(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return `instruction`, `input` (always empty) and `output`, as Stanford Alpaca's file has them."""
    return pairs.select(pl.col("query").alias("instruction"), pl.lit("").alias("input"), output="response")


def sharegpt(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return `id` and `conversations`, lists of `from` (human, gpt) and `value`."""

    def said(by: str, column: str) -> pl.Expr:
        return pl.struct(pl.lit(by).alias("from"), pl.col(column).alias("value"))

    turns = pl.concat_list(said("human", "query"), said("gpt", "response"))
    return pairs.select(pl.col("query_id").alias("id"), turns.alias("conversations"))


def by_file(configs: Configs) -> Iterator[tuple[str, Rows]]:
    """Yield the name of each split's files, and its rows."""
    for name, form in configs.items():
        for split, rows in form.splits():
            yield f"{folder_of(name)}/{split}", rows
            del rows  # before those of the next form


def folder_of(form: str) -> str:
    """Return the folder in which a form lies: that of the Hub for the default one, for others one of their name."""
    return "data" if form == DEFAULT else form


def sft(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return `query_id` and `messages`: the question and its chosen response."""
    return pairs.select("query_id", messages=pl.concat_list(_turn("user", "query"), _turn("assistant", "response")))


def worst(pairs: pl.DataFrame, response_scores: pl.LazyFrame, answers: Answers) -> pl.DataFrame:
    """Return the worst response of each question: that of the lowest reward with another answer than the chosen one's.

    A response whose answer cannot be told from the chosen one is not taken, nor one that lacks an answer or a reward.
    Of equal rewards the first sample's is taken. A question without such a response is left out.

    Returns:
        `query_id`, `sample_idx`, `reward`.
    """
    keys = ["query_id", "sample_idx"]
    others = response_scores.filter("keep").select(*keys, "answer", "reward")
    chosen = pairs.lazy().select("query_id", "answer")
    found = chosen.join(others, on="query_id", suffix="_other", maintain_order="left_right").collect()
    differ = answers.check(found["answer"], found["answer_other"]).eq_missing(other=False)
    first = found.filter(differ).sort("reward", "sample_idx", maintain_order=True)
    return first.unique("query_id", keep="first", maintain_order=True).select(*keys, "reward")


def _beside(pairs: pl.DataFrame, places: pl.DataFrame, response_scores: pl.LazyFrame) -> pl.DataFrame:
    """Return the pairs that have a worst response (`worst`), with its text and reward."""
    others = places.lazy().rename({"reward": "reward_other"})
    texts = response_scores.select("query_id", "sample_idx", response_other="response")
    num_texts, found = response_scores.select(pl.len()).collect().item(), []
    for start in range(0, max(num_texts, 1), _TEXTS_AT_ONCE):
        some = texts.slice(start, _TEXTS_AT_ONCE).join(others, on=["query_id", "sample_idx"]).collect()
        found.append(pl.DataFrame(some.to_arrow()))  # Arrow copies these texts; Polars would keep all of the slice
    return pairs.join(pl.concat(found).drop("sample_idx"), on="query_id", maintain_order="left")


def preference(both: pl.DataFrame) -> pl.DataFrame:
    """Return the chosen response of each question beside its worst (`worst`).

    Args:
        both: Pairs, with `response_other` and `reward_other`.

    Returns:
        `query_id`; `prompt`, `chosen` and `rejected` (messages); `chosen_reward`, `rejected_reward`.
    """
    return both.select(
        "query_id",
        pl.concat_list(_turn("user", "query")).alias("prompt"),
        pl.concat_list(_turn("assistant", "response")).alias("chosen"),
        pl.concat_list(_turn("assistant", "response_other")).alias("rejected"),
        pl.col("reward").alias("chosen_reward"),
        pl.col("reward_other").alias("rejected_reward"),
    )


def rlvr(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return what can be checked of pairs with an answer.

    Returns:
        `query_id`, `prompt` (messages), `answer`, `pass_rate`, `agreement`, `num_samples`.

    Source: the answer is the chosen response's; `scalequest_assets.verifier` compares others with it.
    """
    prompt = pl.concat_list(_turn("user", "query")).alias("prompt")
    return pairs.select("query_id", prompt, "answer", *_FIGURES)


def _turn(role: str, column: str) -> pl.Expr:
    return pl.struct(role=pl.lit(role), content=pl.col(column))
