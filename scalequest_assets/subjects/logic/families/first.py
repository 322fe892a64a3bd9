"""Puzzles of two or three clues, which a very small model may solve."""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise, permutations, product
from typing import Final, NamedTuple

from scalequest_assets.subjects.logic.families.puzzle import NAMES, Ask, Clue, Draft, Family, at, gap, listed, yes_no

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_KINDS: Final = ("bird", "cat", "dancer", "driver", "farmer", "painter", "pilot", "robot", "singer", "tiger", "zorg")
_THINGS: Final = ("apples", "chess", "coffee", "football", "milk", "music", "pears", "rice", "tea", "tennis")
_EVENTS: Final = ("breakfast", "concert", "dinner", "film", "lesson", "lunch", "match", "meeting", "test", "walk")
_COLOURS, _SHAPES = ("red", "blue", "green", "black"), ("circle", "square", "star", "triangle")
_LETTERS: Final = "ABCD"


class _Scale(NamedTuple):
    """How things are compared: `less` and `more` of a pair, the ends, and the question for the whole order."""

    less: str
    more: str
    least: str
    most: str

    def ends(self, rng: random.Random, *, most: bool) -> str:
        end = self.most if most else self.least
        return rng.choice((f"Who is the {end}?", f"Who of them is the {end}?", f"Which one is the {end}?"))

    def order(self, rng: random.Random) -> str:
        span = f"from the {self.least} to the {self.most}"
        return rng.choice((f"List them {span}.", f"What is their order {span}?", f"In what order are they, {span}?"))


_SCALES: Final = (
    _Scale("shorter", "taller", "shortest", "tallest"),
    _Scale("younger", "older", "youngest", "oldest"),
    _Scale("slower", "faster", "slowest", "fastest"),
    _Scale("lighter", "heavier", "lightest", "heaviest"),
    _Scale("poorer", "richer", "poorest", "richest"),
    _Scale("weaker", "stronger", "weakest", "strongest"),
)


def _compared(rng: random.Random, *, asks_order: bool) -> Draft:
    """Draw three people of whom each is compared with the next."""
    people, scale = rng.sample(NAMES, 3), rng.choice(_SCALES)
    pool, clues = _chained(rng, people, f"{{}} is {scale.less} than {{}}.", f"{{}} is {scale.more} than {{}}.")
    most = rng.random() < 1 / 2
    end = Ask(scale.ends(rng, most=most), lambda w: w[-1 if most else 0])
    order = Ask(scale.order(rng), ", ".join)
    steps = (
        f"{people[0]} is {scale.less} than {people[1]}, and {people[1]} is {scale.less} than {people[2]}. "
        f"So from the {scale.least} to the {scale.most}: {', '.join(people)}."
    )
    middle = Ask(rng.choice(("Who is in the middle?", "Who is between the others?")), lambda w: w[1])
    asks = (order, middle) if asks_order else (end, order)
    intro = _introduced(rng, people, ("{} are compared.", "Compare {}.", "There are {}."))
    return Draft(worlds=list(permutations(people)), intro=intro, clues=clues, asks=asks, steps=steps, others=pool)


def _chained(rng: random.Random, items: Sequence[str], less: str, more: str) -> tuple[list[Clue], list[Clue]]:
    """Return all comparisons of two items, and one for each that stands beside the next."""
    pairs = list(permutations(items, 2))
    below = {(a, b): Clue(less.format(a, b), gap(a, b, 1, 2)) for a, b in pairs}
    above = {(a, b): Clue(more.format(b, a), gap(a, b, 1, 2)) for a, b in pairs}
    clues = [rng.choice((below[pair], above[pair])) for pair in pairwise(items)]
    return [*below.values(), *above.values()], rng.sample(clues, len(clues))


def _introduced(rng: random.Random, names: Sequence[str], ways: Sequence[str]) -> str:
    """Return a sentence that names all: without it, a puzzle that lacks a clue may be one of fewer."""
    return rng.choice(ways).format(listed(rng.sample(names, len(names))))


def _comes_first(rng: random.Random) -> Draft:
    events = rng.sample(_EVENTS, 3)
    pool, clues = _chained(rng, events, "The {} comes before the {}.", "The {} is later than the {}.")
    last = rng.random() < 1 / 2
    end = "last" if last else "first"
    asked = rng.choice((f"What comes {end}?", f"Which of them comes {end}?", f"Which one is {end}?"))
    steps = f"First the {events[0]}, then the {events[1]}, then the {events[2]}."
    order = Ask("In what order do they come, from first to last?", ", ".join)
    asks = (Ask(asked, lambda w: w[-1 if last else 0]), order)
    intro = _introduced(rng, [f"a {event}" for event in events], ("Today there is {}.", "The plan has {}."))
    return Draft(worlds=list(permutations(events)), intro=intro, clues=clues, asks=asks, steps=steps, others=pool)


def _member(rng: random.Random) -> Draft:
    """Draw one who is of a kind, and two rules about kinds."""
    name, (a, b, c) = rng.choice(NAMES), rng.sample(_KINDS, 3)
    first, second = rng.random() < 2 / 3, rng.random() < 2 / 3
    rule = rng.choice(("All {}s are {}s.", "Every {} is a {}.")), rng.choice(("No {}s are {}s.", "No {} is a {}."))
    clues = [
        Clue(rule[not first].format(a, b), lambda w: not w[0] or w[1] == first),
        Clue(rule[not second].format(a, c), lambda w: not w[0] or w[2] == second),
        Clue(f"{name} is a {a}.", lambda w: w[0]),
    ]
    asked = rng.choice(("Is {} a {}?", "Does it follow that {} is a {}?"))
    asks = (
        Ask(asked.format(name, b), lambda w: yes_no(w[1])),
        Ask(f"Is {name} both a {b} and a {c}?", lambda w: yes_no(w[1] and w[2])),
    )
    steps = f"{name} is a {a}. {clues[0].text} So {name} is {'' if first else 'not '}a {b}."
    return Draft(worlds=list(product((True, False), repeat=3)), clues=clues, asks=asks, steps=steps)


def _facts(rng: random.Random) -> Draft:
    """Draw two statements that are true or false, and a third that is made of them."""
    values = {name: rng.random() < 1 / 2 for name in ("P", "Q")}
    joined: dict[str, Callable[[Sequence[bool]], bool]] = {
        "P and Q": all,
        "P or Q": any,
        "neither P nor Q": lambda w: not any(w),
    }
    text = rng.choice(list(joined))
    asked = rng.choice(('Is "{}" true?', 'Is it true to say "{}"?', 'Does "{}" hold?'))
    ways = ("Statement {} is {}.", "{} is {}.")
    way = rng.choice(ways)
    clues = [
        Clue(way.format(name, str(value).lower()), at(place, value))
        for place, (name, value) in enumerate(values.items())
    ]
    asks = (
        Ask(asked.format(text), lambda w: yes_no(joined[text](w))),
        Ask('Is "if P, then Q, and if Q, then P" true?', lambda w: yes_no(w[0] == w[1])),
    )
    told = listed([f"{name} is {str(value).lower()}" for name, value in values.items()])
    steps = f'{told}. So "{text}" is {str(joined[text](list(values.values()))).lower()}.'
    return Draft(worlds=list(product((True, False), repeat=2)), clues=clues, asks=asks, steps=steps)


def _says(rng: random.Random) -> Draft:
    """Draw a knight or a knave who speaks of another."""
    (a, b, c), (x, y, z) = rng.sample(NAMES, 3), (rng.random() < 1 / 2 for _ in range(3))
    kind = {True: "knight", False: "knave"}
    says = rng.choice(("{} says: {} is a {}.", "{} says that {} is a {}.", "{} claims that {} is a {}."))
    clues = [
        Clue(f"{a} is a {kind[x]}.", lambda w: w[0] == x),
        Clue(says.format(a, b, kind[x == y]), lambda w: w[0] == (w[1] == (x == y))),
        Clue(says.format(b, c, kind[y == z]), lambda w: w[1] == (w[2] == (y == z))),
    ]
    asked = rng.random() < 1 / 2
    lies = "tells the truth" if x else "lies"
    return Draft(
        intro=rng.choice(
            ("Knights always tell the truth and knaves always lie.", "A knight never lies and a knave always lies.")
        ),
        worlds=list(product((True, False), repeat=3)),
        clues=clues,
        asks=(
            Ask(f"Is {b} a {kind[asked]}?", lambda w: yes_no(w[1] == asked)),
            Ask(f"Is {c} a {kind[asked]}?", lambda w: yes_no(w[2] == asked)),
        ),
        steps=f"{a} is a {kind[x]}, so {a} {lies}. So {b} is a {kind[y]}.",
    )


def _liking(rng: random.Random, *, counts: bool) -> Draft:
    """Draw what three people like of two things."""
    people, (one, other) = rng.sample(NAMES, 3), rng.sample(_THINGS, 2)
    world = tuple((rng.random() < 2 / 3, rng.random() < 1 / 2) for _ in people)
    told = {
        (True, True): f"{one} and {other}",
        (True, False): f"{one} but not {other}",
        (False, True): f"{other} but not {one}",
        (False, False): f"neither {one} nor {other}",
    }
    clues = [
        Clue(f"{name} likes {told[likes]}.", at(place, likes))
        for place, (name, likes) in enumerate(zip(people, world, strict=True))
    ]

    def who(w: Sequence[tuple[bool, bool]], *, only: bool = False) -> list[str]:
        return [n for n, likes in zip(people, w, strict=True) if likes[0] and not (only and likes[1])]

    found = who(world)
    count = rng.choice((f"How many of them like {one}?", f"How many people like {one}?", f"How many like {one}?"))
    name = rng.choice((f"Who likes {one}?", f"Which of them like {one}?", f"Name all who like {one}."))
    return Draft(
        worlds=list(product(product((True, False), repeat=2), repeat=3)) if found else [],
        intro=_introduced(rng, people, ("{} are asked what they like.", "We ask {} what they like.")),
        clues=clues,
        asks=(
            (
                Ask(count, lambda w: str(len(who(w)))),
                Ask(f"How many of them like {one} only?", lambda w: str(len(who(w, only=True)))),
            )
            if counts
            else (
                Ask(name, lambda w: listed(who(w))),
                Ask(f"Who likes {one} but not {other}?", lambda w: listed(who(w, only=True))),
            )
        ),
        steps=f"{listed(found)} like{'s' * (len(found) == 1)} {one}." + f" That is {len(found)}." * counts,
    )


def _odd_one_out(rng: random.Random) -> Draft:
    """Draw four things that are alike but for one: three share a colour, and no three a shape, or so."""
    by_colour = rng.random() < 1 / 2
    (same, odd), pair = (
        rng.sample(values, 2) for values in ((_COLOURS, _SHAPES) if by_colour else (_SHAPES, _COLOURS))
    )
    things = list(zip([same, same, same, odd], rng.sample([*pair, *pair], 4), strict=True))
    rng.shuffle(things)
    place = [first for first, _ in things].index(odd)
    texts = [" ".join(thing if by_colour else reversed(thing)) for thing in things]
    options = " ".join(f"({letter}) {text}" for letter, text in zip(_LETTERS, texts, strict=True))
    lead = rng.choice(("Look at these things:", "There are four things:", "Four things are given:"))
    asked = rng.choice(("Which one does not belong?", "Which is the odd one out?", "Which one is unlike the others?"))
    kind, other = ("colour", "shape") if by_colour else ("shape", "colour")
    return Draft(
        worlds=range(4),
        clues=[Clue(f"{lead} {options}.", lambda w: w == place)],
        asks=(
            Ask(asked, lambda w: _LETTERS[w]),
            Ask(f"What is the {other} of the one that does not belong?", lambda w: things[w][1]),
        ),
        steps=f"Three are alike in {kind}: {same}. Only {_LETTERS[place]} is {odd}.",
    )


def _weekdays(rng: random.Random) -> Draft:
    """Draw three events, each some days after or before the one that comes first in the text."""
    one, two, three = rng.sample(_EVENTS, 3)
    day, shift, further = rng.randrange(7), rng.choice((-2, -1, 1, 2, 3)), rng.choice((1, 2))

    def apart(event: str, days: int, other: str) -> str:
        size = "one day" if abs(days) == 1 else f"{abs(days)} days"
        return f"The {event} is {size} {'after' if days > 0 else 'before'} the {other}."

    clues = [
        Clue(f"The {one} is on {_DAYS[day]}.", lambda w: w[0] == day),
        Clue(apart(two, shift, one), lambda w: (w[1] - w[0]) % 7 == shift % 7),
        Clue(apart(three, further, two), lambda w: (w[2] - w[1]) % 7 == further),
    ]
    asked = rng.choice(("On which day is the {}?", "Which day is the {} on?", "What is the day of the {}?"))
    return Draft(
        worlds=list(product(range(7), repeat=3)),
        clues=clues,
        asks=(
            Ask(asked.format(two), lambda w: _DAYS[w[1]]),
            Ask(asked.format(three), lambda w: _DAYS[w[2]]),
        ),
        steps=f"{clues[1].text} The {one} is on {_DAYS[day]}, so the {two} is on {_DAYS[(day + shift) % 7]}.",
    )


FAMILIES: Final = (
    Family(name="tallest", topic="ordering", level=1, draw=lambda rng: _compared(rng, asks_order=False)),
    Family(name="order_three", topic="ordering", level=1, draw=lambda rng: _compared(rng, asks_order=True)),
    Family(name="comes_first", topic="ordering", level=1, draw=_comes_first),
    Family(name="member", topic="deduction", level=1, draw=_member),
    Family(name="facts", topic="truth", level=1, draw=_facts),
    Family(name="says", topic="knights", level=1, draw=_says),
    Family(name="who_likes", topic="sets", level=1, draw=lambda rng: _liking(rng, counts=False)),
    Family(name="how_many_like", topic="sets", level=1, draw=lambda rng: _liking(rng, counts=True)),
    Family(name="odd_one_out", topic="sets", level=1, draw=_odd_one_out),
    Family(name="weekdays", topic="ordering", level=1, draw=_weekdays),
)
"""First puzzles."""
