"""Whether answers are equal, in tables. What cannot be decided is null, never right or wrong.

All of an answer is read, or none of it (`equality`). Nothing needs a process or a clock: what is calculated is bounded.
"""

from collections import Counter
from collections.abc import Mapping

import polars as pl

from scalequest_assets.subjects.maths.equality import read, same
from scalequest_assets.subjects.maths.equality.reading import exact_number

_MAX_GROUP_KEYS = 32


def check(gold: pl.Series, answers: pl.Series) -> pl.Series:
    """Return whether each answer equals its gold answer.

    Args:
        gold: String. Gold answers.
        answers: String, same length. Extracted answers; null where a response has none.

    Returns:
        Boolean series `is_correct`: false where there is no answer; null where gold is null, or where it cannot be
        decided: one of the two is not read whole (longer than 300 characters, no mathematics known here), or they are
        equal in one reading and not in another.

    Source: PAPER section 1, fail rate. Differs: undecidable is null, the authors count it as wrong.
    """
    frame = pl.DataFrame({"gold": gold.cast(pl.String), "answer": answers.cast(pl.String)})
    frame = frame.with_columns(gold_key=keys(frame["gold"]), answer_key=keys(frame["answer"]))
    are_numbers = pl.all_horizontal(pl.col("gold_key", "answer_key").str.starts_with("#"))
    quick = (
        pl.when(pl.col("answer").is_null())
        .then(False)
        .when(pl.col("gold").is_null())
        .then(None)
        .when(pl.col("gold_key") == pl.col("answer_key"))
        .then(True)
        .when(are_numbers)
        .then(False)
    )
    frame = frame.with_columns(quick=quick)
    open_rows = frame.filter(pl.col("quick").is_null() & pl.all_horizontal(pl.col("gold", "answer").is_not_null()))
    if open_rows.is_empty():
        return frame["quick"].cast(pl.Boolean).alias("is_correct")
    pairs = open_rows.select("gold", "answer").unique(maintain_order=True)
    verdicts = [same(read(left), read(right)) for left, right in pairs.iter_rows()]
    joined = frame.join(
        pairs.with_columns(slow=pl.Series(verdicts, dtype=pl.Boolean)),
        on=["gold", "answer"],
        how="left",
        maintain_order="left",
    )
    return joined.select(is_correct=pl.coalesce("quick", "slow"))["is_correct"]


def agreement_groups(query_ids: pl.Series, answers: pl.Series) -> pl.Series:
    """Return, for each sample, a key that is shared by the samples of its question with an equal answer.

    A group holds answers that are all equal to each other; the order of the samples is without effect. Of more than 32
    different answers to a question, the rarest are groups of their own.

    Args:
        query_ids: String. The sample's question.
        answers: String. Extracted answers; null where there is none.

    Returns:
        String series `agreement_group`; null where there is no answer.
    """
    frame = pl.DataFrame({"query_id": query_ids, "key": keys(answers)})
    counts: dict[str, Counter[str]] = {}
    for question, key in frame.iter_rows():
        if key is not None:
            counts.setdefault(question, Counter())[key] += 1
    groups = {question: _groups(counter) for question, counter in counts.items()}
    rows = [None if key is None else groups[question].get(key, key) for question, key in frame.iter_rows()]
    return pl.Series("agreement_group", rows, dtype=pl.String)


def keys(answers: pl.Series) -> pl.Series:
    """Return a string of each answer that equal numbers share (`#3/4`), its own text for others; null stays null."""
    distinct = answers.cast(pl.String).drop_nulls().unique()
    found = pl.Series("key", [_key(answer) for answer in distinct.to_list()], dtype=pl.String)
    known = pl.DataFrame([distinct.alias("answer"), found])
    frame = answers.cast(pl.String).alias("answer").to_frame()
    return frame.join(known, on="answer", how="left", maintain_order="left")["key"].alias(answers.name)


def _key(answer: str) -> str:
    value = exact_number(answer)
    return " ".join(answer.split()).lstrip("#") if value is None else f"#{value}"


def _groups(counter: Mapping[str, int]) -> dict[str, str]:
    """Return each key's group, named by its first key; numbers come first, then short texts."""
    if len(counter) == 1:
        return {}
    commonest = sorted(counter, key=lambda key: (-counter[key], key))[:_MAX_GROUP_KEYS]
    groups: list[list[str]] = []
    for key in sorted(commonest, key=lambda key: (not key.startswith("#"), len(key), key)):
        fitting = [group for group in groups if all(_same(key, member) for member in group)]
        if fitting:
            max(fitting, key=lambda group: sum(counter[member] for member in group)).append(key)
        else:
            groups.append([key])
    return {key: group[0] for group in groups for key in group}


def _same(left: str, right: str) -> bool:
    if left.startswith("#") and right.startswith("#"):
        return False
    return same(*(read(key.removeprefix("#")) for key in (left, right))) is True
