"""When two programming questions are one: the same identifiers, operators, numbers and words, whatever the dress."""

from typing import Final

import numpy as np
import polars as pl

from scalequest_assets.recipe.blocks import Flags, Ints

_HEADING: Final = r"^[\s*_#]*(?:problem|question|exercise|task)\s*\d*\s*[.:)]+[*_\s]*"
_DRESS: Final = r"```[a-z0-9]*|[`*\"]"
_MARK: Final = r"[a-z_][a-z0-9_]*|\d+(?:\.\d+)?|[-+*/%=<>&|^~@]+|!=|'[^'\s]{1,3}'|[\[\](){}]"
_NUMBER, _OPERATOR, _IDENTIFIER = r"^\d", r"^[-+*/%=<>!&|^~@']", r"^[a-z]+_\w|^_"
_ARTICLE: Final = r"\b(write|implement|define|complete|create|make|build)\s+(?:a|an|the)\b"
"""An article: elsewhere, `a` may be a name."""
_FILLER: Final = frozenset(
    (
        *("an", "the", "that", "which", "it", "your", "own"),
        *("please", "write", "implement", "define", "complete", "create", "make", "build"),
        *("code", "program", "python", "function", "method"),
    )
)


class CodeLikeness:
    """When two programming questions are one."""

    def normalise(self, texts: pl.Series) -> pl.Series:
        """Return each text in lower case, without heading, fences and quotes; operators and identifiers stay."""
        text = texts.cast(pl.String).fill_null("").str.to_lowercase().str.replace(_HEADING, "")
        return text.str.replace_all(_DRESS, " ").str.replace_all(r"\s+", " ").str.strip_chars()

    def marks(self, texts: pl.Series) -> pl.Series:
        """Return each text's tokens as one string, without words that only ask."""
        return self._tokens(texts).list.join(" ")

    def are_one(self, left: Ints, right: Ints, texts: pl.Series) -> Flags:
        """Return of pairs of texts whether their tokens are equal."""
        marks = self.marks(texts)
        return np.asarray((marks.gather(left) == marks.gather(right)).to_numpy(), np.bool_)

    def compare(self, query: str, others: pl.Series) -> pl.DataFrame:
        """Return `same_identifiers`, `same_operators` and `same_numbers`, each in order."""
        tokens = self._tokens(pl.concat([pl.Series([query], dtype=pl.String), others.cast(pl.String)]))
        kinds = {"same_identifiers": _IDENTIFIER, "same_operators": _OPERATOR, "same_numbers": _NUMBER}
        kept = {
            name: tokens.list.eval(pl.element().filter(pl.element().str.contains(kind))).list.join(" ")
            for name, kind in kinds.items()
        }
        return pl.DataFrame({name: found[1:] == found[0] for name, found in kept.items()})

    def _tokens(self, texts: pl.Series) -> pl.Series:
        found = self.normalise(texts).str.replace_all(_ARTICLE, "$1").str.extract_all(_MARK)
        return found.list.eval(pl.element().filter(~pl.element().is_in(sorted(_FILLER))))


LIKENESS: Final = CodeLikeness()
