"""When two maths questions are one: the same mathematics and decisive words in order, with whatever names."""

import numpy as np
import polars as pl

from scalequest_assets.recipe.blocks import Flags, Ints
from scalequest_assets.recipe.kernels import kernel
from scalequest_assets.subjects.maths import normalization, problem_marks
from scalequest_assets.subjects.maths.languages.spelling import Spelling
from scalequest_assets.subjects.maths.names import are_renamed, capitals
from scalequest_assets.subjects.maths.problem_marks import HEADING

_SAME, _OTHER = -1, -2


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
        names, ids, starts = problem_marks.read(texts, self._spelling)
        is_word = names.str.contains(r"^\p{L}{2}").to_numpy()
        differs_at = np.empty(len(left), np.int64)
        _compare(left, right, ids, starts, is_word, differs_at)
        if self._spelling:
            return np.asarray(differs_at == _SAME, np.bool_)
        open_pairs, name_of, raw = np.flatnonzero(differs_at >= 0), names.to_list(), texts.to_list()
        for pair in open_pairs.tolist():
            rows, place, differs_at[pair] = (int(left[pair]), int(right[pair])), int(differs_at[pair]), _OTHER
            if all(name_of[ids[starts[row] + place]] in capitals(raw[row]) for row in rows):
                one, other = ([name_of[at] for at in ids[starts[row] : starts[row + 1]]] for row in rows)
                differs_at[pair] = _SAME if are_renamed(one, other, (raw[rows[0]], raw[rows[1]])) else _OTHER
        return np.asarray(differs_at == _SAME, np.bool_)

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
