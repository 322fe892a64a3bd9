"""The forms in which trainers take a data set: each is a config of the released folder.

Messages are lists of `role` and `content`, as chat templates and TRL take them.
"""

from collections.abc import Mapping

import polars as pl

from scalequest_assets.recipe.parts import Answers
from scalequest_assets.recipe.seeding import SEEDS, row_seed

DEFAULT = "default"
Configs = Mapping[str, Mapping[str, pl.DataFrame]]
"""Rows by config and split."""


def forms(pairs: pl.DataFrame, response_scores: pl.LazyFrame, answers: Answers) -> Mapping[str, pl.DataFrame]:
    """Return the released rows by the name of their config; a form without rows is left out.

    Args:
        pairs: The released pairs, as `qa_pairs` has them and more.
        response_scores: Rows of `response_scores`, of at least the pairs' questions.
        answers: Compares answers.

    Returns:
        `default`, the pairs as they are; `sft`, `preference` and `rlvr`: see `sft`, `preference`, `rlvr`.
    """
    found = {
        DEFAULT: pairs,
        "sft": sft(pairs),
        "preference": preference(pairs, response_scores, answers),
        "rlvr": rlvr(pairs),
    }
    return {name: rows for name, rows in found.items() if name == DEFAULT or rows.height}


def in_splits(configs: Mapping[str, pl.DataFrame], validation_share: float) -> Configs:
    """Return the rows of each config by split: `train`, and `validation` where rows fall into it.

    A question's split follows from a hash of its `query_id`: it is the same in all configs, and stays when rows are
    added.
    """
    ids = pl.concat([rows["query_id"] for rows in configs.values()]).unique(maintain_order=True)
    is_held = pl.col("query_id").is_in(_held_out(ids, validation_share).implode())
    found = {}
    for name, rows in configs.items():
        both = {"train": rows.filter(~is_held), "validation": rows.filter(is_held)}
        found[name] = {split: part for split, part in both.items() if split == "train" or part.height}
    return found


def _held_out(query_ids: pl.Series, share: float) -> pl.Series:
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


def by_file(configs: Configs) -> Mapping[str, pl.DataFrame]:
    """Return the rows of each split by the name of its files."""
    return {f"{folder_of(name)}/{split}": rows for name, splits in configs.items() for split, rows in splits.items()}


def folder_of(form: str) -> str:
    """Return the folder in which a form lies: that of the Hub for the default one, for others one of their name."""
    return "data" if form == DEFAULT else form


def sft(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return `query_id` and `messages`: the question and its chosen response."""
    return pairs.select("query_id", messages=pl.concat_list(_turn("user", "query"), _turn("assistant", "response")))


def preference(pairs: pl.DataFrame, response_scores: pl.LazyFrame, answers: Answers) -> pl.DataFrame:
    """Return the chosen response of each question beside its worst: that of the lowest reward with another answer.

    A response whose answer cannot be told from the chosen one is not taken, nor one that lacks an answer or a reward.
    Of equal rewards the first sample's is taken.

    Returns:
        `query_id`; `prompt`, `chosen` and `rejected` (messages); `chosen_reward`, `rejected_reward`.
    """
    keys = ["query_id", "sample_idx"]
    chosen = pairs.lazy().select("query_id", "query", "response", "answer", "reward")
    others = response_scores.filter("keep")
    slim = others.select(*keys, "answer", "reward")
    both = chosen.select("query_id", "answer").join(slim, on="query_id", suffix="_other", maintain_order="left_right")
    found = both.collect()
    differ = answers.check(found["answer"], found["answer_other"]).eq_missing(other=False)
    places = (
        found.filter(differ)
        .sort("reward", "sample_idx", maintain_order=True)
        .unique("query_id", keep="first", maintain_order=True)
    )
    texts = others.select(*keys, response_other="response").join(places.select(keys).lazy(), on=keys, how="semi")
    worst = (
        chosen.join(places.lazy().select(*keys, reward_other="reward"), on="query_id").join(texts, on=keys).collect()
    )
    return (
        pairs.select("query_id")
        .join(worst, on="query_id", maintain_order="left")
        .select(
            "query_id",
            pl.concat_list(_turn("user", "query")).alias("prompt"),
            pl.concat_list(_turn("assistant", "response")).alias("chosen"),
            pl.concat_list(_turn("assistant", "response_other")).alias("rejected"),
            pl.col("reward").alias("chosen_reward"),
            pl.col("reward_other").alias("rejected_reward"),
        )
    )


def rlvr(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return what can be checked: `query_id`, `prompt` (messages), `answer`, `pass_rate`, `agreement`, `num_samples`.

    Source: the answer is the chosen response's; `scalequest_assets.verifier` compares others with it.
    """
    prompt = pl.concat_list(_turn("user", "query")).alias("prompt")
    figures = ("pass_rate", "agreement", "num_samples")
    return pairs.filter(pl.col("answer").is_not_null()).select("query_id", prompt, "answer", *figures)


def _turn(role: str, column: str) -> pl.Expr:
    return pl.struct(role=pl.lit(role), content=pl.col(column))
