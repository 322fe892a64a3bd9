"""What the recipe asks of a subject, in small parts: a function takes the part it needs. `subjects.base` joins them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

import polars as pl

if TYPE_CHECKING:  # numba takes half a second, and a process that reads texts needs none of it
    from scalequest_assets.recipe.blocks import Flags, Ints

RECOMPUTED: Final = pl.Struct({"num_equalities": pl.Int32, "false_equalities": pl.List(pl.String)})
"""What `Answers.recompute` returns of a response: how many equalities it states, and the false ones in order."""


class Normalise(Protocol):
    """The normal form in which questions are compared, with each other and with benchmarks."""

    def __call__(self, texts: pl.Series) -> pl.Series:
        """Return each text's normal form, in valid UTF-8; null becomes the empty string."""
        ...

    def __hash__(self) -> int:
        """Return a hash: what was made of the same texts by the same form is kept."""
        ...


class Likeness(Protocol):
    """When two questions are one."""

    def normalise(self, texts: pl.Series) -> pl.Series:
        """Return each text's normal form; null becomes the empty string."""
        ...

    def marks(self, texts: pl.Series) -> pl.Series:
        """Return what distinguishes questions of like text, as one string each: equal for two that are the same."""
        ...

    def are_one(self, left: "Ints", right: "Ints", texts: pl.Series) -> "Flags":
        """Return whether `texts[left[i]]` and `texts[right[i]]`, which resemble each other, are one question."""
        ...

    def compare(self, query: str, others: pl.Series) -> pl.DataFrame:
        """Return how others differ from a question, for people: boolean columns `same_<what>`."""
        ...


class Wording(Protocol):
    """How questions of the subject read."""

    @property
    def asks(self) -> str:
        """Regular expression of what asks for something without a question mark."""
        ...

    @property
    def rules(self) -> Mapping[str, pl.Expr]:
        """Drop reasons of the subject in the order in which they are asked, each with what is true of a bad `query`."""
        ...

    @property
    def meanings(self) -> Mapping[str, str]:
        """What each of these reasons says of a question, as `recipe.reasons.MEANINGS` does of the others."""
        ...

    def prose(self, text: pl.Expr) -> pl.Expr:
        """Return a text without its notation: what the language is read from."""
        ...


class Answers(Protocol):
    """Answers: read from what a model wrote, and compared."""

    def extract(self, responses: pl.Series, queries: pl.Series, gold: pl.Series | None = None) -> pl.Series:
        """Return the final answer of each response; null where none is found.

        An answer is a normal form of what the response says: it compares with gold, and with answers to the same
        question, without the response. Where an answer is what a response does (a program), the question, or gold
        where it is known, says on what.

        Args:
            responses: What models wrote.
            queries: The question of each; null where it is not known.
            gold: Its gold answer, as `gold` returns it; null, or None for all, where it has none.
        """
        ...

    def recompute(self, responses: pl.Series, queries: pl.Series, answers: pl.Series) -> pl.Series:
        """Return the equalities that each response states and the false ones (`RECOMPUTED`); null for no response.

        Of a program these are the examples of its question, and those that it contradicts. A subject whose answers
        calculate nothing gives 0 and none.

        Args:
            responses: What models wrote.
            queries: The question of each.
            answers: What `extract` found of each.
        """
        ...

    def check(self, gold: pl.Series, answers: pl.Series) -> pl.Series:
        """Return whether each answer equals gold: false without an answer, null where that cannot be decided."""
        ...

    def groups(self, query_ids: pl.Series, answers: pl.Series) -> pl.Series:
        """Return for each sample a key that the samples of its question with an equal answer share; null for none."""
        ...

    def solution(self, solution: str, answer: str) -> str:
        """Return a worked solution as a solver should write it, its answer marked."""
        ...

    def gold(self, texts: pl.Series, queries: pl.Series) -> pl.DataFrame:
        """Return what each gold text states.

        Args:
            texts: Answers as data sets have them, or worked solutions that end in one.
            queries: Their questions.

        Returns:
            `answer`, null where the text states none; `solution`, the text where it is more than the answer.
        """
        ...

    def worked(self, text: pl.Expr) -> pl.Expr:
        """Return gold texts without marks that are no part of a solution."""
        ...


class Rewrites(Protocol):
    """Rewritten questions: found in what a model wrote, and compared with what they came from."""

    def parse(self, text: str | None, direction: str) -> str | None:
        """Return the rewritten question; None where there is none."""
        ...

    def has_marker(self, text: str, direction: str) -> bool:
        """Return whether a text has the marker behind which the question should stand."""
        ...

    def are_same(self, queries: pl.Series, rewrites: pl.Series) -> pl.Series:
        """Return which rewrites ask what their questions ask: they differ in dress alone."""
        ...

    def leaks_answer(self, text: str) -> bool:
        """Return whether a question states or works out its own answer."""
        ...
