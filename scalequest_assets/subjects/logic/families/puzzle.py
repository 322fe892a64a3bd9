"""What a family is, and the solver of all of them: which answers are left in the worlds where every clue holds."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scalequest_assets.errors import ScalequestError

MAX_LISTED: Final = 4
_MAX_DRAWS: Final = 200
NAMES: Final = (
    *("Ann", "Bob", "Cleo", "Dora", "Eli", "Fay", "Gus", "Hana", "Ivo", "Jim", "Kim", "Leo", "Mia", "Ned", "Olga"),
    *("Pia", "Raj", "Sam", "Tess", "Uma", "Vera", "Wim", "Yara", "Zoe"),
)


@dataclass(frozen=True)
class Clue:
    """A sentence, and the worlds in which it holds."""

    text: str
    holds: Callable[[Any], bool] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Ask:
    """A question, and its answer in a world, as a solution boxes it."""

    text: str
    answer: Callable[[Any], str] = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a family draws.

    Attributes:
        worlds: All that may be the case.
        intro: Sentences that hold in all worlds.
        clues: Sentences that hold in the world that is meant.
        asks: What is asked, and something harder about the same clues.
        steps: The worked solution; empty where it goes through the worlds.
        tell: How such a solution names a world.
        others: Further clues of the same kind, which a repaired puzzle may have instead of a lost one.
    """

    worlds: Sequence[Any]
    intro: str = ""
    clues: Sequence[Clue]
    asks: tuple[Ask, Ask]
    steps: str = ""
    tell: Callable[[Any], str] = str
    others: Sequence[Clue] = ()

    def query(self, ask: int = 0, *, clues: Sequence[Clue] | None = None) -> str:
        """Return the puzzle's text, with other clues where they are given."""
        told = [clue.text for clue in (self.clues if clues is None else clues)]
        return " ".join(part for part in (self.intro, *told, self.asks[ask].text) if part)

    def answers(self, ask: int = 0, *, clues: Sequence[Clue] | None = None) -> set[str]:
        """Return all answers that the clues leave."""
        kept = left(self.worlds, self.clues if clues is None else clues)
        return {self.asks[ask].answer(world) for world in kept}

    def without(self, place: int) -> list[Clue]:
        """Return the clues but for one."""
        return [clue for number, clue in enumerate(self.clues) if number != place]


@dataclass(frozen=True, kw_only=True)
class Family:
    """One kind of puzzle.

    Attributes:
        name: Its name in a profile.
        topic: One of `topics.TOPICS`.
        level: 1 two clues that chain, 2 a few cases, 3 many cases.
        draw: Draws a draft, which may have several answers.
    """

    name: str
    topic: str
    level: int
    draw: Callable[[random.Random], Draft]


@dataclass(frozen=True, kw_only=True)
class Puzzle:
    """A puzzle with one answer.

    Attributes:
        family: Its family.
        query: The question.
        answer: Its answer, as the solution boxes it.
        solution: Steps that end in the answer.
        lost: Place of a clue without which there are several answers.
        draft: What it was made from.
    """

    family: Family
    query: str
    answer: str
    solution: str
    lost: int
    draft: Draft = field(repr=False, compare=False)

    @property
    def broken(self) -> str:
        """The question without that clue."""
        return self.draft.query(clues=self.draft.without(self.lost))

    @property
    def harder(self) -> str:
        """The same clues with a harder question, which has one answer too."""
        return self.draft.query(1)

    @property
    def story(self) -> str:
        """All but what is asked."""
        return self.query.removesuffix(self.draft.asks[0].text).rstrip()

    def repairs(self) -> set[str]:
        """Return all questions with one clue instead of the lost one that have one answer."""
        draft, rest = self.draft, self.draft.without(self.lost)
        tried = [[*rest[: self.lost], clue, *rest[self.lost :]] for clue in (draft.clues[self.lost], *draft.others)]
        return {draft.query(clues=clues) for clues in tried if len(draft.answers(clues=clues)) == 1}


def left(worlds: Sequence[Any], clues: Sequence[Clue]) -> list[Any]:
    """Return the worlds in which all clues hold."""
    return [world for world in worlds if all(clue.holds(world) for clue in clues)]


def puzzle(family: Family, seed: int) -> Puzzle:
    """Return the puzzle of a family that a number stands for: the first draft with one answer to both its questions.

    Raises:
        ScalequestError: Of many drafts, none has one answer: the family is wrong.
    """
    for attempt in range(_MAX_DRAWS):
        rng = random.Random(f"{family.name}:{seed}:{attempt}")
        draft = family.draw(rng)
        if any(len(draft.answers(ask)) != 1 for ask in (0, 1)):
            continue
        needed = [lost for lost in range(len(draft.clues)) if len(draft.answers(clues=draft.without(lost))) > 1]
        if needed:
            (answer,) = draft.answers()
            solution = f"{draft.steps or _by_elimination(draft)}\nThe answer is \\boxed{{{answer}}}."
            return Puzzle(
                family=family,
                query=draft.query(),
                answer=answer,
                solution=solution,
                lost=rng.choice(needed),
                draft=draft,
            )
    raise ScalequestError(f"family {family.name}: no draft of {_MAX_DRAWS} has one answer", "mend the family")


def gap(a: str, b: str, *gaps: int) -> Callable[[Any], bool]:
    """Return the test of an order: whether `b` stands one of so many places behind `a`."""
    return lambda w: w.index(b) - w.index(a) in gaps


def at(place: int, *values: Any) -> Callable[[Any], bool]:
    """Return the test of a world: whether one of the values is at a place."""
    return lambda w: w[place] in values


def enough(rng: random.Random, worlds: Sequence[Any], pool: Sequence[Clue]) -> list[Clue]:
    """Return clues of a pool that leave one world if all of them do, none of which can go."""
    clues: list[Clue] = []
    kept = list(worlds)
    for clue in rng.sample(pool, len(pool)):
        fewer = [world for world in kept if clue.holds(world)]
        if len(fewer) < len(kept):
            clues, kept = [*clues, clue], fewer
    for clue in list(clues):
        rest = [other for other in clues if other is not clue]
        if len(left(worlds, rest)) == len(kept):
            clues = rest
    return clues


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: `Ann, Bob and Cleo`; `none` for none."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part) or "none"


def yes_no(value: bool) -> str:
    """Return the word for a truth value."""
    return "yes" if value else "no"


def _by_elimination(draft: Draft) -> str:
    """Return a solution in steps: what each clue leaves."""
    kept, lines = list(draft.worlds), []
    for clue in draft.clues:
        kept = [world for world in kept if clue.holds(world)]
        told = " or ".join(map(draft.tell, kept)) if len(kept) <= MAX_LISTED else f"{len(kept)} cases"
        lines.append(f"{clue.text} This leaves {told}.")
    return "\n".join(lines)
