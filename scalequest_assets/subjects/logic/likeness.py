"""When two puzzles are one, and rewritten ones: the same words in order, with whatever names of people.

Every word counts: `all`, `only`, `before` or `not` makes another puzzle, and so does another clue.
"""

import re
from typing import Final

import numpy as np
import polars as pl

from scalequest_assets.recipe.blocks import Flags, Ints
from scalequest_assets.recipe.prompting import Marked
from scalequest_assets.subjects.logic.people import people
from scalequest_assets.subjects.logic.prompts import REWRITES

_HEADING: Final = r"^[\s*_#]*(?:problem|question|puzzle|riddle)\s*\d*\s*[.:)]+[*_\s]*"
_LEAK: Final = re.compile(
    r"\\boxed|\bthe (?:final |correct |right )?answer (?:is|must be)\b|^[\s*_]{0,8}(?:solution|answer)[*_]{0,3}\s?:",
    re.IGNORECASE | re.MULTILINE,
)


class LogicLikeness:
    """When two puzzles are one."""

    def normalise(self, texts: pl.Series) -> pl.Series:
        """Return each text's words, numbers and brackets in lower case; people are numbered as they come up."""
        anonymous = pl.Series(texts.name, [_anonymous(text or "") for text in texts.to_list()], dtype=pl.String)
        text = anonymous.str.to_lowercase().str.replace(_HEADING, "").str.replace_all(r"[^\p{L}\p{N}()<>=+/-]+", " ")
        return text.str.strip_chars()

    def marks(self, texts: pl.Series) -> pl.Series:
        """Return the normal form: every word of it counts."""
        return self.normalise(texts)

    def are_one(self, left: Ints, right: Ints, texts: pl.Series) -> Flags:
        """Return of pairs of texts whether they differ in names alone."""
        marks = self.marks(texts)
        return np.asarray((marks.gather(left) == marks.gather(right)).to_numpy(), np.bool_)

    def compare(self, query: str, others: pl.Series) -> pl.DataFrame:
        """Return `same_people` (as named), `same_words` (with people numbered) and `same_numbers`."""
        texts = pl.concat([pl.Series([query], dtype=pl.String), others.cast(pl.String).fill_null("")])
        kinds = {
            "same_people": pl.Series([" ".join(people(text)) for text in texts]),
            "same_words": self.marks(texts),
            "same_numbers": texts.str.extract_all(r"\d+").list.join(" "),
        }
        return pl.DataFrame({name: found[1:] == found[0] for name, found in kinds.items()})


LIKENESS: Final = LogicLikeness()


class LogicRewrites(Marked):
    """How rewritten puzzles are read and compared."""

    ways = REWRITES

    def are_same(self, queries: pl.Series, rewrites: pl.Series) -> pl.Series:
        """Return which rewrites differ from their puzzles in dress and names alone."""
        marks = LogicLikeness().marks(queries)
        return (marks == LogicLikeness().marks(rewrites)) & (marks != "") & rewrites.is_not_null()

    def leaks_answer(self, text: str) -> bool:
        """Return whether a puzzle states its answer."""
        return bool(_LEAK.search(text))


def _anonymous(text: str) -> str:
    found = people(text)
    numbered = {name: f"person{at}" for at, name in enumerate(found, start=1)}
    return re.sub(rf"\b(?:{'|'.join(found)})\b", lambda name: numbered[name[0]], text) if found else text
