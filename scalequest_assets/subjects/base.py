"""What a subject must give, so that the pipeline can make a data set about it. One folder a subject implements this.

Nothing outside a subject's folder knows one by name or by content: steps and assets reach it through the profile's
`subject`, and hand its parts to the recipe.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import polars as pl

from scalequest_assets.recipe.parts import Answers, Likeness, Rewrites, Wording
from scalequest_assets.recipe.prompting import Style
from scalequest_assets.subjects.drawing import RoleName, Taught


class Assumption(NamedTuple):
    """A number that a plan assumes until it is measured, and where it comes from."""

    value: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """What the data set's card says of a subject.

    Attributes:
        tags: Tags of the hub.
        language: Languages of the questions, as the hub names them.
        task: Task category of the hub.
        answers: What an answer is, where it is more than a short text.
    """

    tags: tuple[str, ...]
    language: tuple[str, ...]
    task: str
    answers: str = ""


class Example(Protocol):
    """One labelled example of a role: what a small model is taught, or measured on."""

    @property
    def role(self) -> RoleName:
        """Which role it is of."""
        ...

    @property
    def prompt(self) -> str:
        """The user's message."""
        ...

    @property
    def target(self) -> str:
        """What the model should write."""
        ...


class Prompts(Protocol):
    """What the models are asked: the user's message of each role."""

    def solve(self, query: str, style: Style) -> str:
        """Ask for an answer to a question."""
        ...

    def judge(self, query: str, style: Style) -> str:
        """Ask for a verdict on a question, read by `recipe.judgements`."""
        ...

    def rewrite(self, query: str, direction: str, style: Style) -> str:
        """Ask for a better question; the direction is one of `recipe.rewriting.DIRECTIONS`."""
        ...


class Topics(Protocol):
    """Topics of questions. They decide nothing."""

    @property
    def names(self) -> Sequence[str]:
        """All topics."""
        ...

    def classify(self, seeds: pl.DataFrame, texts: pl.Series) -> pl.Series:
        """Return the topic of each text, or null; learned from seeds (`query`, `subject`) where these name theirs."""
        ...


class Families(Protocol):
    """Families of problems of our own, with exact answers: seeds without a file or a network."""

    @property
    def styles(self) -> Sequence[str]:
        """The styles in which they come."""
        ...

    def records(
        self,
        style: str,
        num: int,
        seed: int,
        *,
        names: Sequence[str] | None,
        max_level: int | None,
        max_number: int | None,
    ) -> pl.DataFrame:
        """Return `num` questions: `query`, `answer`, `solution`, `subject` (String), `level` (Int32).

        Args:
            style: One of `styles`.
            num: How many.
            seed: Another seed gives other questions.
            names: Families to draw from; None for all of the style.
            max_level: Most reasoning steps; None for no bound.
            max_number: Largest number in question and solution; None for no bound.
        """
        ...


class Soundness(Protocol):
    """Questions of which it is known whether they can be solved: what a judge is measured on."""

    def labelled(self, num: int, seed: int) -> pl.DataFrame:
        """Return questions of our own: `source`, `query` (String), `is_sound` (Boolean).

        Args:
            num: Sound ones of each source; each is there broken, too.
            seed: Another seed gives other questions.
        """
        ...

    def broken(self, queries: pl.Series, solutions: pl.Series) -> pl.Series:
        """Return each question without one of its conditions; null where no rule finds one to take out.

        Args:
            queries: The questions.
            solutions: Their worked solutions; null where there is none.
        """
        ...


class Roles(Protocol):
    """Labelled examples of all roles: what a small model is taught, and what it is measured on."""

    @property
    def adapter(self) -> str | None:
        """Folder of the package with the adapter that was trained on them; None where none is shipped."""
        ...

    def examples(self, num: int, seed: int, taught: Taught) -> Sequence[Example]:
        """Return examples of all roles to learn from, on these families."""
        ...

    def held_out(
        self, num: int, seed: int, taught: Taught, *, learned: Sequence[Any] = ()
    ) -> Mapping[str, Sequence[Any]]:
        """Return examples to measure on, by the name of their set, none of a problem among those learned from."""
        ...

    def score(self, held_out: Sequence[Any], texts: Sequence[str | None]) -> Mapping[str, Any]:
        """Return shares by measure (objects with `value` in [0, 1]) of what a model wrote for held-out examples."""
        ...

    def table(self, columns: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
        """Return one row per measure, with the shares of several sets or models side by side."""
        ...


class Subject(Protocol):
    """A subject. Its parts hold no state, and cost nothing until they are used."""

    @property
    def name(self) -> str:
        """Its name in a profile."""
        ...

    @property
    def languages(self) -> Sequence[str]:
        """The languages of its questions, by code (`recipe.languages`); English is the first."""
        ...

    def in_language(self, language: str) -> "Subject":
        """Return the subject for questions in one of its languages: its prompts, and how answers are read there."""
        ...

    @property
    def prompts(self) -> Prompts:
        """What the models are asked."""
        ...

    @property
    def answers(self) -> Answers:
        """How answers are read and compared."""
        ...

    @property
    def rewrites(self) -> Rewrites:
        """How rewritten questions are read and compared."""
        ...

    @property
    def likeness(self) -> Likeness:
        """When two questions are one."""
        ...

    @property
    def wording(self) -> Wording:
        """How its questions read."""
        ...

    @property
    def topics(self) -> Topics:
        """Its topics."""
        ...

    @property
    def families(self) -> Families:
        """Its families of problems."""
        ...

    @property
    def soundness(self) -> Soundness:
        """Questions that a judge is measured on."""
        ...

    @property
    def roles(self) -> Roles:
        """Labelled examples for small models."""
        ...

    @property
    def assumptions(self) -> Mapping[str, Assumption]:
        """What a plan assumes of its prompts, replies and questions, in tokens; the names are `planning`'s."""
        ...

    @property
    def paper_students(self) -> Mapping[str, Mapping[str, float]]:
        """What the paper's students scored: by hub id of their base and name of the benchmark, in [0, 1]."""
        ...

    @property
    def card(self) -> Card:
        """What the data set's card says of it."""
        ...
