"""Screening without a language model: which questions are complete, in the right language, new and well posed.

Each rule is a Polars expression that is true where a question fails. All rules are asked of every row, in an order:
the first that fails is its `drop_reason`, and `failed_rules` lists them all. Nothing more is asked of an empty text.

Source: PAPER.md section 1 (language filter, the authors' only text rule besides non-empty).
Differs: all rules but `empty` and `language` are ours; some are the subject's (`parts.Wording`).
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from scalequest_assets.recipe.blocks import Bytes, Floats, Ints, arrow_buffers, run_blocks
from scalequest_assets.recipe.contamination import ContaminationIndex
from scalequest_assets.recipe.hashing import GOLDEN, MURMUR_1
from scalequest_assets.recipe.kernels import kernel
from scalequest_assets.recipe.known import no_repeats
from scalequest_assets.recipe.language import detect, is_foreign, is_not_ascii
from scalequest_assets.recipe.languages import EN, Language
from scalequest_assets.recipe.parts import Wording
from scalequest_assets.recipe.reasons import (
    CONTAMINATION,
    EMPTY,
    ENGINE_ERROR,
    KNOWN_QUESTION,
    LANGUAGE,
    NOT_A_QUESTION,
    REPETITION,
    TOO_LONG,
    TOO_SHORT,
    TRUNCATED,
)
from scalequest_assets.recipe.settings import TextRules
from scalequest_assets.schemas import polars_schema

_RUN_WORDS = 4


Rule = Callable[[TextRules, Wording, Language], pl.Expr]


def _has_text(fails: pl.Expr) -> pl.Expr:
    return (_is_empty().not_() & fails).fill_null(False)


def _is_empty() -> pl.Expr:
    return (pl.col("query").str.contains(r"[^\s\p{C}]") != True).fill_null(True)  # noqa: E712  (an expression)


def _is_no_question(_: TextRules, wording: Wording, language: Language) -> pl.Expr:
    asks = pl.col("query").str.contains("[?\uff1f\u061f]") | pl.col("query").str.contains(wording.asks)
    return _has_text(asks.not_() | pl.col("query").str.contains(language.openers))


def _is_repetitive(settings: TextRules, _: Wording, __: Language) -> pl.Expr:
    repeats = (pl.col("repeated_share") > settings.max_repeated_share) & (
        pl.col("num_words") >= settings.min_repetition_words
    )
    return _has_text(repeats | (pl.col("character_run") > settings.max_character_run))


def _is_other_language(settings: TextRules, _: Wording, language: Language) -> pl.Expr:
    rules = {"langid": is_foreign(language.code), "ascii": is_not_ascii(), "off": pl.lit(False)}
    return _has_text(rules[settings.language])


RULES: dict[str, Rule] = {
    ENGINE_ERROR: lambda *_: (pl.col("finish_reason") == "error").fill_null(False),
    EMPTY: lambda *_: _is_empty(),
    TRUNCATED: lambda *_: (pl.col("finish_reason") == "length").fill_null(False),
    TOO_SHORT: lambda settings, *_: _has_text(pl.col("num_tokens") < settings.min_tokens),
    TOO_LONG: lambda settings, *_: _has_text(pl.col("num_tokens") > settings.max_tokens),
    NOT_A_QUESTION: _is_no_question,
    REPETITION: _is_repetitive,
    LANGUAGE: _is_other_language,
    CONTAMINATION: lambda *_: _has_text(pl.col("is_contaminated")),
    KNOWN_QUESTION: lambda *_: _has_text(pl.col("is_repeat")),
}
"""Drop reasons of every subject, in the order in which they are asked, each with its rule. A subject's come after."""


def _failures(settings: TextRules, wording: Wording, language: Language) -> dict[str, pl.Expr]:
    """Return what is true of a row that fails, by drop reason, in the order in which they are asked."""
    own = {name: _has_text(is_bad) for name, is_bad in wording.rules.items()} if settings.ill_posed else {}
    return {**{name: rule(settings, wording, language) for name, rule in RULES.items()}, **own}


def screen(
    questions: pl.DataFrame,
    index: ContaminationIndex,
    wording: Wording,
    *,
    settings: TextRules,
    language: Language = EN,
    repeats: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return all the questions, in their order, each with its verdict and its evidence.

    Args:
        questions: The columns of `synthetic_questions`.
        index: The benchmark questions, with `settings.contamination`.
        wording: How questions of the subject read.
        settings: The thresholds.
        language: What the questions should be in.
        repeats: What `known.repeats` says of each question; None where there is no earlier set.

    Returns:
        The columns of `screened_questions` but `topic`, which is no rule's.
    """
    queries = questions["query"].cast(pl.String)
    evidence = [measure_repetition(queries), index.match(queries), no_repeats(queries) if repeats is None else repeats]
    if settings.language == "langid":
        evidence.append(detect(queries, wording.prose, language.code))
    rows = pl.concat([questions.with_columns(queries), *evidence], how="horizontal")
    if settings.language != "langid":
        rows = rows.with_columns(language=pl.lit(None, pl.String), language_probability=pl.lit(None, pl.Float64))
    failed = pl.concat_list(
        pl.when(fails).then(pl.lit(name)) for name, fails in _failures(settings, wording, language).items()
    ).list.drop_nulls()
    rows = rows.with_columns(failed_rules=failed).with_columns(
        keep=pl.col("failed_rules").list.len() == 0, drop_reason=pl.col("failed_rules").list.first()
    )
    schema = polars_schema("screened_questions")
    return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items() if name != "topic")


def measure_repetition(texts: pl.Series) -> pl.DataFrame:
    """Return how much each text repeats itself.

    Args:
        texts: Questions; null counts as empty.

    Returns:
        num_words: Words, split at white space.
        repeated_share: Share of its 4-word runs that stood in it before, in [0, 1]; 0 where it has none.
        character_run: Most times that one visible byte stands in a row.
    """
    data, offsets = arrow_buffers(texts)
    words, longest = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64)
    share = np.zeros(len(texts), np.float64)
    run_blocks(_measure_rows, len(texts), data, offsets, words, share, longest)
    return pl.DataFrame({"num_words": words, "repeated_share": share, "character_run": longest})


@kernel()
def _measure_rows(
    first: int, last: int, data: Bytes, offsets: Ints, num_words: Ints, share: Floats, longest: Ints
) -> None:
    for row in range(first, last):
        start, stop = offsets[row], offsets[row + 1]
        words = np.empty((stop - start) // 2 + 1, np.uint64)
        num, run, key = 0, 0, np.uint64(0)
        for place in range(start, stop + 1):
            byte = data[place] if place < stop else np.uint8(32)
            if byte <= 32:
                if key:
                    words[num] = key
                    num += 1
                key, run = np.uint64(0), 0
                continue
            run = run + 1 if run and data[place - 1] == byte else 1
            longest[row] = max(longest[row], run)
            key = (key + np.uint64(byte) + np.uint64(1)) * GOLDEN
            key ^= key >> np.uint64(29)
        num_words[row] = num
        runs = np.empty(max(num - _RUN_WORDS + 1, 0), np.uint64)
        for at in range(len(runs)):
            key = np.uint64(0)
            for word in range(at, at + _RUN_WORDS):
                key = (key ^ words[word]) * MURMUR_1
                key ^= key >> np.uint64(33)
            runs[at] = key
        runs.sort()
        repeated = 0
        for at in range(1, len(runs)):
            repeated += runs[at] == runs[at - 1]
        if len(runs):
            share[row] = repeated / len(runs)
