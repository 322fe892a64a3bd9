"""Knights, who always tell the truth, and knaves, who always lie; and others of whom some tell the truth."""

import random
from collections.abc import Callable, Sequence
from itertools import product
from typing import Final, NamedTuple

from scalequest_assets.subjects.logic.families.puzzle import NAMES, Ask, Clue, Draft, Family, listed, yes_no

_INTROS: Final = (
    "Knights always tell the truth and knaves always lie.",
    "On an island, every person is a knight, who always tells the truth, or a knave, who always lies.",
    "Each of them is a knight or a knave: a knight says only what is true, a knave only what is false.",
)
_SAYS: Final = ('{} says: "{}."', '{} claims: "{}."', "{} says that {}.")
_COLOURS: Final = ("red", "blue", "green", "white", "black", "yellow")

World = Sequence[bool]
"""Who is a knight, in the order of the people."""


class _Statement(NamedTuple):
    """What is said, as the end of a sentence, and where it is true."""

    text: str
    is_true: Callable[[World], bool]


def _statement(rng: random.Random, people: Sequence[str], speaker: int) -> _Statement:
    """Draw a statement about others, or about another and the speaker."""
    others = [place for place in range(len(people)) if place != speaker]
    a, b = rng.sample(others, 2)
    one, two, me = people[a], people[b], people[speaker]
    return rng.choice(
        (
            _Statement(f"{one} is a knight", lambda w: w[a]),
            _Statement(f"{one} is a knave", lambda w: not w[a]),
            _Statement(f"{one} and {two} are both knights", lambda w: w[a] and w[b]),
            _Statement(f"{one} and {two} are both knaves", lambda w: not w[a] and not w[b]),
            _Statement(f"{one} and {two} are of the same kind", lambda w: w[a] == w[b]),
            _Statement(f"exactly one of {one} and {two} is a knight", lambda w: w[a] != w[b]),
            _Statement(f"at least one of {one} and {two} is a knave", lambda w: not (w[a] and w[b])),
            _Statement(f"{me} and {one} are of different kinds", lambda w: w[speaker] != w[a]),
            _Statement(f"if {one} is a knight, then {two} is a knave", lambda w: not w[a] or not w[b]),
        )
    )


def _said(rng: random.Random, asks: Callable[[random.Random, Sequence[str]], tuple[Ask, Ask]]) -> Draft:
    """Draw three people, each of whom says something."""
    people, says = rng.sample(NAMES, 3), rng.choice(_SAYS)
    clues = []
    for place, name in enumerate(people):
        text, is_true = _statement(rng, people, place)
        text = text[0].upper() + text[1:] if '"' in says else text
        clues.append(Clue(says.format(name, text), _tells(place, is_true)))
    return Draft(
        intro=f"{rng.choice(_INTROS)} You meet {listed(people)}.",
        worlds=list(product((True, False), repeat=3)),
        clues=clues,
        asks=asks(rng, people),
        tell=lambda w: f"(knights: {', '.join(_knights(people, w)) or 'none'})",
    )


def _tells(speaker: int, is_true: Callable[[World], bool]) -> Callable[[World], bool]:
    return lambda w: w[speaker] == is_true(w)


def _knights(people: Sequence[str], world: World) -> list[str]:
    return [name for name, is_knight in zip(people, world, strict=True) if is_knight]


def _all_of_them(rng: random.Random, people: Sequence[str]) -> tuple[Ask, Ask]:
    asked = rng.choice(("Who are the knights?", "Which of them are knights?", "Name all who are knights."))
    knights = Ask(asked, lambda w: f"knights: {', '.join(_knights(people, w)) or 'none'}")
    return knights, _how_many(rng, people)[0]


def _how_many(rng: random.Random, people: Sequence[str]) -> tuple[Ask, Ask]:
    asked = rng.choice(("How many of them are knights?", "How many knights are there?", "How many are knights?"))
    knaves = Ask(
        "Who are the knaves?", lambda w: f"knaves: {', '.join(_knights(people, [not k for k in w])) or 'none'}"
    )
    return Ask(asked, lambda w: str(sum(w))), knaves


def _one_of_them(rng: random.Random, people: Sequence[str]) -> tuple[Ask, Ask]:
    at, kind = rng.randrange(3), rng.choice(("knight", "knave"))
    asked = rng.choice(("Is {} a {}?", "Is it true that {} is a {}?", "Does it follow that {} is a {}?"))
    one = Ask(asked.format(people[at], kind), lambda w: yes_no(w[at] == (kind == "knight")))
    return one, Ask("Who are the knights?", lambda w: f"knights: {', '.join(_knights(people, w)) or 'none'}")


def _exactly_one_true(
    rng: random.Random,
    who: Sequence[str],
    says: str,
    is_it: str,
    is_not: str,
    rule: str,
    one_of_them: str,
    asks: tuple[Ask, Ask],
) -> Draft:
    """Draw one of several who is meant, and a statement of each, of which exactly one is true."""
    told, truths = [], []
    for name in who:
        target, negated = rng.randrange(len(who)), rng.random() < 1 / 2
        told.append(says.format(name, (is_not if negated else is_it).format(who[target])))
        truths.append((target, negated))

    def num_true(world: int) -> int:
        return sum((world == target) != negated for target, negated in truths)

    return Draft(
        intro=" ".join((one_of_them, *told)),
        worlds=range(len(who)),
        clues=[Clue(rule, lambda w: num_true(w) == 1)],
        asks=asks,
        steps="\n".join(
            f"If it is {name}, the number of true statements is {num_true(at)}." for at, name in enumerate(who)
        ),
    )


def _who_did_it(rng: random.Random) -> Draft:
    people = rng.sample(NAMES, 3)
    deed = rng.choice(("broke the vase", "ate the cake", "hid the key", "left the door open"))
    rule = rng.choice(("Exactly one of them tells the truth.", "Only one of these statements is true."))
    who, honest = rng.choice((f"Who {deed}?", "Who is it?", "Who did it?")), "Who of the three did not do it?"
    asks = (Ask(who, lambda w: people[w]), Ask(honest, lambda w: listed([p for p in people if p != people[w]])))
    return _exactly_one_true(
        rng, people, "{} says: {}.", f"{{}} {deed}", "it was not {}", rule, f"One of {listed(people)} {deed}.", asks
    )


def _boxes(rng: random.Random) -> Draft:
    colours = rng.sample(_COLOURS, 3)
    prize = rng.choice(("coin", "ring", "prize"))
    rule = rng.choice(("Only one of the labels is true.", "Exactly one label tells the truth."))
    asked = rng.choice((f"Which box has the {prize}?", f"In which box is the {prize}?", f"Where is the {prize}?"))
    others = Ask("Which boxes are empty?", lambda w: listed([c for c in colours if c != colours[w]]))
    label = "The {} box has the label: {}."
    is_it, is_not = f"the {prize} is in the {{}} box", f"the {prize} is not in the {{}} box"
    return _exactly_one_true(
        rng,
        colours,
        label,
        is_it,
        is_not,
        rule,
        f"A {prize} is in one of three boxes.",
        (Ask(asked, lambda w: colours[w]), others),
    )


FAMILIES: Final = (
    Family(name="knights_all", topic="knights", level=3, draw=lambda rng: _said(rng, _all_of_them)),
    Family(name="knights_count", topic="knights", level=3, draw=lambda rng: _said(rng, _how_many)),
    Family(name="knight_or_not", topic="knights", level=2, draw=lambda rng: _said(rng, _one_of_them)),
    Family(name="who_did_it", topic="truth", level=2, draw=_who_did_it),
    Family(name="boxes", topic="truth", level=2, draw=_boxes),
)
"""Knights and knaves."""
