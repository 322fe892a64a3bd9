"""When two maths questions are one: the same mathematics and decisive words in order, with whatever names."""

from typing import Final

import numpy as np
import polars as pl

from scalequest_assets.recipe.blocks import Flags, Ints
from scalequest_assets.recipe.kernels import kernel
from scalequest_assets.subjects.maths import normalization, problem_marks
from scalequest_assets.subjects.maths.first_difference import excerpts
from scalequest_assets.subjects.maths.languages.spelling import Spelling
from scalequest_assets.subjects.maths.names import are_renamed, have_capitals
from scalequest_assets.subjects.maths.problem_marks import HEADING

_SAME, _OTHER = -1, -2
_WORD = r"^\p{L}{2}"
"""A token of letters that may be a name, and not a variable."""


class MathsLikeness:
    """When two maths questions are one; in another language than English, by its spelling."""

    def __init__(self, spelling: Spelling | None = None) -> None:
        self._spelling = spelling

    def normalise(self, texts: pl.Series) -> pl.Series:
        """Return each text's normal form, without a heading ("**Problem 3.**"); null becomes the empty string."""
        if own := self._spelling:
            return normalization.normalise(own.prepared(texts), own.table)
        return normalization.normalise(texts.str.replace(f"(?i){HEADING}", ""))

    def marks(self, texts: pl.Series) -> pl.Series:
        """Return each text's tokens as one string."""
        return problem_marks.marks(texts, self._spelling)

    def are_one(self, left: Ints, right: Ints, texts: pl.Series) -> Flags:
        """Return of pairs of texts whether they are one problem: their tokens are equal but for names of people.

        In other languages than English names count as well: German writes every noun with a capital.
        """
        if self._spelling:
            return _have_equal_tokens(left, right, texts, self._spelling)
        result = np.zeros(len(left), np.bool_)
        rest = np.flatnonzero(_may_be_one(left, right, texts))
        rows, place = np.unique(np.concatenate((left[rest], right[rest])), return_inverse=True)
        result[rest] = _are_one(place[: len(rest)], place[len(rest) :], texts.gather(rows))
        return result

    def compare(self, query: str, others: pl.Series) -> pl.DataFrame:
        """Return `same_numbers`, `same_operators` (brackets too) and `same_words` (all decisive ones, in order)."""
        texts = pl.concat([pl.Series([query], dtype=pl.String), others.cast(pl.String)])
        numbers, operators, words = (
            kind(texts, self._spelling).list.join(" ")
            for kind in (problem_marks.numbers, problem_marks.operators, problem_marks.words)
        )
        return pl.DataFrame(
            {
                "same_numbers": numbers[1:] == numbers[0],
                "same_operators": operators[1:] == operators[0],
                "same_words": words[1:] == words[0],
            }
        )


LIKENESS: Final = MathsLikeness()


def _have_equal_tokens(left: Ints, right: Ints, texts: pl.Series, spelling: Spelling) -> Flags:
    """Return of pairs of texts whether all of their tokens are equal."""
    names, ids, starts = problem_marks.read(texts, spelling)
    differs_at = np.empty(len(left), np.int64)
    _compare(left, right, ids, starts, names.str.contains(_WORD).to_numpy(), differs_at)
    return np.asarray(differs_at == _SAME, np.bool_)


def _may_be_one(left: Ints, right: Ints, texts: pl.Series) -> Flags:
    """Return which pairs are open after their first token that differs: others differ in more than names."""
    names, ids, starts = problem_marks.read(excerpts(left, right, texts))
    is_word = names.str.contains(_WORD).to_numpy()
    one, other = np.empty(len(left), np.int64), np.empty(len(left), np.int64)
    _first_tokens(ids, starts, is_word, one, other)
    renamed = np.flatnonzero(one >= 0)
    result = one == _SAME
    first, second = (names.gather(side[renamed]) for side in (one, other))
    result[renamed] = _may_be_names(left[renamed], right[renamed], first, second, texts)
    return np.asarray(result, np.bool_)


def _may_be_names(left: Ints, right: Ints, one: pl.Series, other: pl.Series, texts: pl.Series) -> Flags:
    """Return of pairs of texts whether both write their word of a pair of words with a capital."""
    rows, place = np.unique(np.concatenate((left, right)), return_inverse=True)
    found: Flags = have_capitals(texts.gather(rows), place, pl.concat([one, other])).reshape(2, -1)
    both: Flags = found[0] & found[1]
    return both


def _are_one(left: Ints, right: Ints, texts: pl.Series) -> Flags:
    """Return of pairs of texts whether they are one problem, by all of their tokens."""
    names, ids, starts = problem_marks.read(texts)
    is_word = names.str.contains(_WORD).to_numpy()
    differs_at = np.empty(len(left), np.int64)
    _compare(left, right, ids, starts, is_word, differs_at)
    open_pairs = np.flatnonzero(differs_at >= 0)
    one, other = (names.gather(ids[starts[rows[open_pairs]] + differs_at[open_pairs]]) for rows in (left, right))
    differs_at[open_pairs] = _OTHER
    open_pairs = open_pairs[_may_be_names(left[open_pairs], right[open_pairs], one, other, texts)]
    name_of, raw = names.to_list(), texts.to_list()
    for pair in open_pairs.tolist():
        rows = int(left[pair]), int(right[pair])
        told, retold = ([name_of[at] for at in ids[starts[row] : starts[row + 1]]] for row in rows)
        differs_at[pair] = _SAME if are_renamed(told, retold, (raw[rows[0]], raw[rows[1]])) else _OTHER
    return np.asarray(differs_at == _SAME, np.bool_)


@kernel()
def _first_tokens(ids: Ints, starts: Ints, is_word: Flags, one: Ints, other: Ints) -> None:
    """Write for each pair of excerpts its first tokens that differ, if both are words, else whether it is open."""
    for pair in range(len(one)):
        begin, middle, stop = starts[2 * pair], starts[2 * pair + 1], starts[2 * pair + 2]
        one[pair] = other[pair] = _SAME
        for place in range(min(middle - begin, stop - middle)):
            a, b = ids[begin + place], ids[middle + place]
            if a != b:
                are_words = is_word[a] and is_word[b]
                one[pair], other[pair] = (a, b) if are_words else (_OTHER, _OTHER)
                break


@kernel()
def _compare(left: Ints, right: Ints, ids: Ints, starts: Ints, is_word: Flags, differs_at: Ints) -> None:
    """Write for each pair where its tokens first differ if they differ in words alone, else that they do or do not."""
    for pair in range(len(left)):
        one, other = starts[left[pair]], starts[right[pair]]
        size = starts[left[pair] + 1] - one
        differs_at[pair] = _SAME if size == starts[right[pair] + 1] - other else _OTHER
        for place in range(size if differs_at[pair] == _SAME else 0):
            a, b = ids[one + place], ids[other + place]
            if a != b and not (is_word[a] and is_word[b]):
                differs_at[pair] = _OTHER
                break
            if a != b and differs_at[pair] == _SAME:
                differs_at[pair] = place
