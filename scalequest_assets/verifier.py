"""A reward for reinforcement learning on a released data set: whether a completion's answer is the right one.

`trl grpo --reward_funcs scalequest_assets.verifier.answer_reward` takes it, and so does
`GRPOTrainer(reward_funcs=answer_reward)`. That is for mathematics; for another subject it is `<subject>_reward`, such
as `code_reward`, which runs each program in the sandbox, and in another language `<subject>_<language>_reward`, such as
`maths_de_reward`, which reads `3,5` as German writes it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

import polars as pl

from scalequest_assets.recipe.languages import ENGLISH
from scalequest_assets.subjects import DEFAULT, subject_languages, subject_named, subject_names

Messages = Sequence[Mapping[str, Any]]
_END = "_reward"


def answer_reward(
    completions: Sequence[str | Messages],
    answer: Sequence[str],
    *,
    subject: str = DEFAULT,
    language: str = ENGLISH,
    **columns: Any,
) -> list[float]:
    """Return 1.0 for each completion whose answer equals the right one, else 0.0, also where that cannot be decided.

    Args:
        completions: What a model wrote: texts, or lists of messages, of which the last counts.
        answer: The right answers.
        subject: What the questions are about, as profiles name it.
        language: What they are in, as profiles name it.
        columns: Whatever else a trainer hands over; not read.
    """
    texts = [text if isinstance(text, str) else str(text[-1]["content"]) for text in completions]
    answers = subject_named(subject, language).answers
    gold = pl.Series(list(answer), dtype=pl.String)
    found = answers.extract(pl.Series(texts, dtype=pl.String), pl.Series([None] * len(texts), dtype=pl.String), gold)
    is_right = answers.check(gold, found)
    return is_right.fill_null(value=False).cast(pl.Float64).to_list()


def reward_name(subject: str, language: str = ENGLISH) -> str:
    """Return the name of the reward of a subject, in a language, in this module."""
    if language != ENGLISH:
        return f"{subject}_{language}{_END}"
    return answer_reward.__name__ if subject == DEFAULT else f"{subject}{_END}"


def __getattr__(name: str) -> Callable[..., list[float]]:
    """Return the reward of a subject in a language, which a trainer finds by its name."""
    subject, language = name.removesuffix(_END), ENGLISH
    if subject not in subject_names():
        subject, _, language = subject.rpartition("_")
    if not name.endswith(_END) or subject not in subject_names() or language not in subject_languages(subject):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    @wraps(answer_reward)
    def reward(completions: Sequence[str | Messages], answer: Sequence[str], **columns: Any) -> list[float]:
        return answer_reward(completions, answer, **{**columns, "subject": subject, "language": language})

    reward.__name__ = name
    return reward
