"""Sets: who is in both, in one, or in neither, by lists, by counts and by conditions."""

import random
from collections.abc import Callable, Sequence
from itertools import product
from typing import Final

from scalequest_assets.subjects.logic.families.puzzle import NAMES, Ask, Clue, Draft, Family, at, listed

_CLUBS: Final = ("choir", "chess club", "football team", "theatre group", "swimming team", "book club")
_HAS: Final = (("a dog", "a cat"), ("a bicycle", "a car"), ("a sister", "a brother"), ("a map", "a lamp"))
_MAX_TOTAL: Final = 14


def _venn(rng: random.Random, *, asks_both: bool) -> Draft:
    """Draw how many have one thing, another, both and neither; worlds are those four counts."""
    (a, b), total = rng.choice(_HAS), rng.randint(6, _MAX_TOTAL)
    cuts = sorted(rng.randint(1, total - 1) for _ in range(3))
    both, only_a, only_b, neither = cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], total - cuts[2]
    people = rng.choice(("children", "people", "friends"))
    counted = [
        Clue(f"{_have(only_a + both)} {a}.", lambda w: w[0] + w[1] == only_a + both),
        Clue(f"{_have(only_b + both)} {b}.", lambda w: w[0] + w[2] == only_b + both),
    ]
    last = (
        Clue(f"{_have(neither)} neither {a} nor {b}.", lambda w: w[3] == neither)
        if asks_both
        else Clue(f"{_have(both)} both {a} and {b}.", lambda w: w[0] == both)
    )
    if asks_both:
        asks = (
            Ask(f"How many have both {a} and {b}?", lambda w: str(w[0])),
            Ask(f"How many have {a} only?", lambda w: str(w[1])),
        )
        least = f"{total} - {neither} = {total - neither} have at least one."
        end = f"{only_a + both} + {only_b + both} - {total - neither} = {both} have both."
    else:
        asks = (
            Ask(f"How many have neither {a} nor {b}?", lambda w: str(w[3])),
            Ask(f"How many have {a} or {b}, but not both?", lambda w: str(w[1] + w[2])),
        )
        least = f"{only_a + both} + {only_b + both} - {both} = {total - neither} have at least one."
        end = f"{total} - {total - neither} = {neither} have neither."
    starts = rng.choice(("There are {} {}.", "In a group, there are {} {}.", "{} {} meet."))
    return Draft(
        worlds=[(*w, total - sum(w)) for w in product(range(total + 1), repeat=3) if sum(w) <= total],
        intro=starts.format(total, people),
        clues=[*counted, last],
        asks=asks,
        steps=f"{least}\n{end}",
    )


def _have(num: int) -> str:
    return f"{num} of them {'has' if num == 1 else 'have'}"


def _clubs(rng: random.Random, *, counts: bool) -> Draft:
    """Draw the members of two clubs; worlds are who is in which."""
    people, (one, two) = sorted(rng.sample(NAMES, 4)), rng.sample(_CLUBS, 2)
    members = [[name for name in people if rng.random() < 2 / 3] for _ in range(2)]

    def told(club: str, at: int) -> Clue:
        told_as = rng.choice(("In the {} are {}.", "The members of the {} are {}.", "{1} are in the {0}."))
        wanted = tuple(name in members[at] for name in people)
        return Clue(told_as.format(club, listed(members[at])), lambda w: tuple(pair[at] for pair in w) == wanted)

    def those(fits: Callable[[Sequence[bool]], bool]) -> Callable[[Sequence[Sequence[bool]]], list[str]]:
        return lambda w: [name for name, pair in zip(people, w, strict=True) if fits(pair)]

    both, single = those(all), those(lambda pair: pair[0] != pair[1])
    asked = rng.choice(("Who is in both?", "Which people are in both of them?", "Name all who are in both."))
    count = rng.choice(("How many are in exactly one of them?", "How many people are in only one of the two?"))
    asks = (
        (Ask(count, lambda w: str(len(single(w)))), Ask("Who is in exactly one of them?", lambda w: listed(single(w))))
        if counts
        else (Ask(asked, lambda w: listed(both(w))), Ask(count, lambda w: str(len(single(w)))))
    )
    pairs = [(name in members[0], name in members[1]) for name in people]
    shared = both(pairs)
    return Draft(
        worlds=list(product(product((True, False), repeat=2), repeat=4)) if min(map(len, [*members, shared])) else [],
        intro=f"{listed(people)} may be in the {one}, in the {two}, in both or in neither.",
        clues=[told(one, 0), told(two, 1)],
        asks=asks,
        steps=f"In both: {listed(shared)}.\nIn one only: {listed(single(pairs))}.",
    )


def _which_fit(rng: random.Random) -> Draft:
    """Draw four people of whom ages and things are told, and two conditions; worlds are who fits which."""
    people, (a, b) = rng.sample(NAMES, 4), rng.choice(_HAS)
    bound = rng.randint(8, 12)
    ages, things = [rng.randint(5, 15) for _ in people], [rng.choice((a, b)) for _ in people]
    facts = [(age > bound, thing == a) for age, thing in zip(ages, things, strict=True)]
    clues = [
        Clue(f"{name} is {ages[place]} and has {things[place]}.", at(place, facts[place]))
        for place, name in enumerate(people)
    ]

    def fitting(world: Sequence[Sequence[bool]]) -> list[str]:
        return [name for name, fits in zip(people, world, strict=True) if all(fits)]

    asked = rng.choice(("Who is older than {} and has {}?", "Which of them are older than {} and have {}?"))
    has = "has" if len(fitting(facts)) == 1 else "have"
    old = [name for name, fits in zip(people, facts, strict=True) if fits[0]]
    return Draft(
        worlds=list(product(product((True, False), repeat=2), repeat=4)) if fitting(facts) else [],
        intro=rng.choice(("There are {}.", "{} tell us about themselves.")).format(listed(people)),
        clues=clues,
        asks=(
            Ask(asked.format(bound, a), lambda w: listed(fitting(w))),
            Ask(f"How many are older than {bound} or have {a}?", lambda w: str(sum(map(any, w)))),
        ),
        steps=f"Older than {bound}: {listed(old)}.\nOf them, {listed(fitting(facts))} {has} {a}.",
    )


FAMILIES: Final = (
    Family(name="both_of_two", topic="sets", level=2, draw=lambda rng: _venn(rng, asks_both=True)),
    Family(name="neither_of_two", topic="sets", level=2, draw=lambda rng: _venn(rng, asks_both=False)),
    Family(name="in_both", topic="sets", level=2, draw=lambda rng: _clubs(rng, counts=False)),
    Family(name="in_one", topic="sets", level=2, draw=lambda rng: _clubs(rng, counts=True)),
    Family(name="which_fit", topic="sets", level=2, draw=_which_fit),
)
"""Sets."""
