"""Who stands where, and who speaks when: four who are put in order by clues."""

import random
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Final, NamedTuple

from scalequest_assets.subjects.logic.families.puzzle import NAMES, Ask, Clue, Draft, Family, at, enough, gap, listed

_NUM: Final = 4
_PLACES: Final = ("first", "second", "third", "fourth")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday")
_LETTERS: Final = "ABCD"


class _Words(NamedTuple):
    """How a setting speaks: `{a}` and `{b}` are people, `{p}` is a place."""

    intros: tuple[str, ...]
    places: tuple[str, ...]
    before: tuple[str, ...]
    directly: str
    beside: str
    at: str
    not_at: str
    whole: tuple[str, ...]


_LINE: Final = _Words(
    intros=("{} stand in a line.", "{} wait in a queue.", "{} run a race, and no two arrive together."),
    places=_PLACES,
    before=("{a} is somewhere before {b}.", "{b} is somewhere behind {a}."),
    directly="{a} is directly before {b}.",
    beside="{a} is next to {b}.",
    at="{a} is {p}.",
    not_at="{a} is not {p}.",
    whole=("In what order are they, from first to last?", "List them from first to last.", "What is their order?"),
)
_TALKS: Final = _Words(
    intros=(
        "{} give a talk each, on Monday, Tuesday, Wednesday and Thursday.",
        "From Monday to Thursday, {} cook once.",
    ),
    places=tuple(f"on {day}" for day in _DAYS),
    before=("The day of {a} is before that of {b}.", "{b} has a later day than {a}."),
    directly="{b} has the day after that of {a}.",
    beside="The days of {a} and {b} follow one another, in one order or the other.",
    at="{a} has the turn {p}.",
    not_at="{a} does not have the turn {p}.",
    whole=("In what order do they have their turns?", "List them in the order of their turns.", "What is their order?"),
)
Asks = Callable[[random.Random, Sequence[str], _Words], tuple[Ask, Ask]]


def _pool(rng: random.Random, people: Sequence[str], words: _Words) -> list[Clue]:
    """Return all clues about these people; those that name a place are few, or puzzles would be lists of them."""
    found = []
    for a, b in permutations(people, 2):
        before = rng.choice(words.before).format(a=a, b=b)
        found += [
            Clue(before, gap(a, b, *range(1, _NUM))),
            Clue(words.directly.format(a=a, b=b), gap(a, b, 1)),
            Clue(words.beside.format(a=a, b=b), gap(a, b, -1, 1)),
        ]
    for a in people:
        place, away = rng.sample(range(_NUM), 2)
        found += [
            Clue(words.at.format(a=a, p=words.places[place]), at(place, a)),
            Clue(words.not_at.format(a=a, p=words.places[away]), at(away, *(b for b in people if b != a))),
        ]
    return found


def _lined(rng: random.Random, words: _Words, asks: Asks) -> Draft:
    people = rng.sample(NAMES, _NUM)
    worlds = list(permutations(people))
    hidden, pool = rng.choice(worlds), _pool(rng, people, words)
    clues = enough(rng, worlds, [clue for clue in pool if clue.holds(hidden)])
    return Draft(
        intro=rng.choice(words.intros).format(listed(people)),
        worlds=worlds,
        clues=clues,
        asks=asks(rng, hidden, words),
        tell=lambda w: f"({', '.join(w)})",
        others=pool,
    )


def _whole(rng: random.Random, hidden: Sequence[str], words: _Words) -> tuple[Ask, Ask]:
    return Ask(rng.choice(words.whole), ", ".join), _between(rng, hidden, words)[0]


def _place(rng: random.Random, hidden: Sequence[str], words: _Words) -> tuple[Ask, Ask]:
    place = rng.randrange(_NUM)
    one = rng.choice(("Who is {}?", "Which of them is {}?", "Say who is {}."))
    turn = rng.choice(("Who has the turn {}?", "Whose turn is {}?", "Which of them has the turn {}?"))
    asked = (one if words is _LINE else turn).format(words.places[place])
    return Ask(asked, lambda w: w[place]), Ask(rng.choice(words.whole), ", ".join)


def _between(rng: random.Random, hidden: Sequence[str], words: _Words) -> tuple[Ask, Ask]:
    a, b = rng.sample(sorted(hidden), 2)
    asked = rng.choice(("How many are between {} and {}?", "How many of them come between {} and {}?"))
    count = Ask(asked.format(a, b), lambda w: str(abs(w.index(a) - w.index(b)) - 1))
    return count, Ask(f"Who are between {a} and {b}?", lambda w: listed(_span(w, a, b)))


def _span(world: Sequence[str], a: str, b: str) -> Sequence[str]:
    low, high = sorted((world.index(a), world.index(b)))
    return world[low + 1 : high]


def _true_statement(rng: random.Random, hidden: Sequence[str], words: _Words) -> tuple[Ask, Ask]:
    """Ask which of four statements is true: one of the hidden order is, and three are not."""
    pool = _pool(rng, hidden, words)
    options = [rng.choice([c for c in pool if c.holds(hidden)])]
    options += rng.sample([c for c in pool if not c.holds(hidden)], len(_LETTERS) - 1)
    rng.shuffle(options)
    told = " ".join(f"({letter}) {clue.text}" for letter, clue in zip(_LETTERS, options, strict=True))
    asked = rng.choice(("Which of these is true?", "Which statement must be true?", "What follows?"))

    def true_one(world: Sequence[str]) -> str:
        found = [letter for letter, clue in zip(_LETTERS, options, strict=True) if clue.holds(world)]
        return found[0] if len(found) == 1 else "none"

    return Ask(f"{asked} {told}", true_one), Ask(rng.choice(words.whole), ", ".join)


def _families(name: str, words: _Words, asks: Asks) -> Family:
    return Family(name=name, topic="ordering", level=3, draw=lambda rng: _lined(rng, words, asks))


FAMILIES: Final = (
    _families("line_up", _LINE, _whole),
    _families("place_of", _LINE, _place),
    _families("between", _LINE, _between),
    _families("true_statement", _LINE, _true_statement),
    _families("schedule", _TALKS, _whole),
    _families("who_is_on", _TALKS, _place),
)
"""Orders and plans."""
