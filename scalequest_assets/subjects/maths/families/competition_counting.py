"""Competition families of counting: arrangements, choices, paths."""

from __future__ import annotations

import math

from scalequest_assets.subjects.maths.families.draft import PLAIN, Draft
from scalequest_assets.subjects.maths.families.quantity import Number, Unit, call
from scalequest_assets.subjects.maths.families.registry import family


@family("competition", "counting_and_probability")
def letter_strings(d: Draft) -> None:
    """Arrangements of letters or beads of which some are alike, free or with a condition."""
    if d.choose("letters", "beads") == "letters":
        kinds, item, row = d.rng.sample("ABCDEFGHKLMNPRSTUX", 3), "letter", "string"
    else:
        kinds, item, row = d.rng.sample(["red", "blue", "green", "white", "black", "yellow"], 3), "bead", "row"
    place = "a row" if row == "row" else "line to form a string"
    a, b, c = (d.number(2 if kind == kinds[0] else 1, 4, f"the number of {_item(kind, item)}") for kind in kinds)
    told = f"${a}$ {_item(kinds[0], item)}, ${b}$ {_item(kinds[1], item, b)} and ${c}$ {_item(kinds[2], item, c)}"
    d.fact(
        d.pick(
            f"{told} are put in {place}, and equal ones cannot be told apart",
            f"a {row} consists of {told}, where equal ones look the same",
        )
    )
    one = _item(kinds[0], item, singular=True)
    match d.choose("all", "first", "ends", "not_first", "block"):
        case "all":
            d.ask(
                d.step(f"the number of different {row}s", _arrange(a, b, c)),
                f"How many different {row}s are possible?",
                f"How many such {row}s can be told apart?",
            )
        case "first":
            label = f"the number of {row}s that begin with {one}"
            d.ask(d.step(label, _arrange(a, b, c, drop=1)), f"How many such {row}s begin with {one}?")
        case "ends":
            label = f"the number of {row}s with {one} at both ends"
            d.ask(d.step(label, _arrange(a, b, c, drop=2)), f"How many such {row}s have {one} at both ends?")
        case "not_first":
            total = d.step(f"the number of different {row}s", _arrange(a, b, c))
            bad = d.step(f"the number of {row}s that begin with {one}", _arrange(a, b, c, drop=1))
            d.ask(
                d.step(f"the number of {row}s that do not begin with {one}", total - bad),
                f"How many such {row}s do not begin with {one}?",
            )
        case _:
            block = call(lambda b, c: _multinomial(1, b, c), b, c, text=_multinomial_text(1, b, c))
            label = f"the number of {row}s in which all {_item(kinds[0], item)} are adjacent"
            d.ask(d.step(label, block), f"In how many such {row}s are all {_item(kinds[0], item)} next to each other?")


@family("competition", "counting_and_probability")
def committees(d: Draft) -> None:
    """Choosing a group from two kinds of people."""
    kinds = d.pick(
        ("teacher", "parent"),
        ("pianist", "violinist"),
        ("senior", "junior"),
        ("physicist", "chemist"),
        ("Norwegian", "Finn"),
    )
    one, two = (d.count(3, 8, Unit(kind, f"{kind}s", "count")) for kind in kinds)
    size = d.number(2, 4, "the size of the group")
    group = d.pick("committee", "delegation", "panel", "team")
    d.fact(
        d.pick(
            f"a {group} of ${size}$ people is chosen from {one} and {two}",
            f"from {one} and {two}, a {group} with ${size}$ members is formed",
        )
    )
    a, b, k = int(one.value), int(two.value), int(size.value)
    everyone = d.step("the number of people to choose from", one + two)
    every = call(math.comb, everyone, size, text=_comb(a + b, k), unit=PLAIN)
    label = f"the number of possible {group}s"
    match d.choose("any", "exactly", "at_least", "only", "president", "probability", "member", "without"):
        case "any":
            d.ask(d.step(label, every), f"How many such {group}s are possible?")
        case "exactly":
            count = call(
                lambda a, b, k: a * math.comb(b, k - 1),
                one,
                two,
                size,
                text=rf"{a} \cdot {_comb(b, k - 1)}",
                unit=PLAIN,
            )
            d.ask(
                d.step(f"{label} with exactly one {kinds[0]}", count),
                f"How many such {group}s contain exactly one {kinds[0]}?",
            )
        case "at_least":
            none = d.step(f"{label} without any {kinds[0]}", call(math.comb, two, size, text=_comb(b, k), unit=PLAIN))
            d.ask(
                d.step(f"{label} with at least one {kinds[0]}", d.step(f"{label} in all", every) - none),
                f"How many such {group}s contain at least one {kinds[0]}?",
            )
        case "only":
            same = call(
                lambda a, b, k: math.comb(a, k) + math.comb(b, k),
                one,
                two,
                size,
                text=f"{_comb(a, k)} + {_comb(b, k)}",
                unit=PLAIN,
            )
            d.ask(
                d.step(f"{label} of {one.unit.many} only or {two.unit.many} only", same),
                f"How many such {group}s consist of {one.unit.many} only or of {two.unit.many} only?",
            )
        case "president":
            d.ask(
                d.step(f"{label} with one member named as its chair", d.step(label, every) * size),
                f"How many choices are there if one member of the {group} is also named its chair?",
            )
        case "probability":
            total = d.step(f"{label} in all", every)
            good = d.step(f"{label} of {one.unit.many} only", call(math.comb, one, size, text=_comb(a, k), unit=PLAIN))
            d.need(good.value > 0)
            d.ask(
                d.step(f"the probability that a random {group} consists of {one.unit.many} only", good / total),
                f"If the choice is made at random, what is the probability that all its members are {one.unit.many}?",
            )
        case "member":
            count = call(lambda n, k: math.comb(n - 1, k - 1), everyone, size, text=_comb(a + b - 1, k - 1), unit=PLAIN)
            d.ask(
                d.step(f"{label} with one particular {kinds[1]}", count),
                f"How many such {group}s contain one particular {kinds[1]}?",
            )
        case _:
            count = call(lambda n, k: math.comb(n - 1, k), everyone, size, text=_comb(a + b - 1, k), unit=PLAIN)
            d.ask(
                d.step(f"{label} without one particular {kinds[1]}", count),
                f"How many such {group}s do not contain one particular {kinds[1]}?",
            )


@family("competition", "counting_and_probability")
def lattice_paths(d: Draft) -> None:
    """Shortest grid paths, through or around a point."""
    a, b = d.number(3, 7, "the horizontal distance"), d.number(3, 6, "the vertical distance")
    p, q = (
        d.number(1, 4, "the first coordinate of the marked point"),
        d.number(1, 4, "the second coordinate of the marked point"),
    )
    d.need(p.value < a.value, q.value < b.value)
    ends = f"$(0, 0)$ to $({a}, {b})$"
    walker = d.pick("a robot", "an ant", "a chess piece", "a taxi")
    d.fact(
        d.pick(
            f"{walker} moves on a grid from {ends}, each step going one unit right or one unit up",
            f"with steps of one unit to the right or upward, {walker} goes from {ends}",
        )
    )
    x, y, u, v = (int(number.value) for number in (a, b, p, q))
    every = call(lambda a, b: math.comb(a + b, a), a, b, text=_comb(x + y, x))
    through = call(
        lambda a, b, p, q: math.comb(p + q, p) * math.comb(a - p + b - q, a - p),
        a,
        b,
        p,
        q,
        text=rf"{_comb(u + v, u)} \cdot {_comb(x - u + y - v, x - u)}",
    )
    kind = d.choose("all", "through", "avoid", "probability", "first_up", "steps")
    match kind:
        case "all":
            d.ask(
                d.step("the number of paths", every),
                "How many paths are possible?",
                "In how many ways can this be done?",
            )
        case "first_up":
            up = call(lambda a, b: math.comb(a + b - 1, a), a, b, text=_comb(x + y - 1, x))
            d.ask(d.step("the number of paths whose first step goes up", up))
        case "steps":
            both = call(lambda a, b: math.comb(a + b - 2, a), a, b, text=_comb(x + y - 2, x))
            d.ask(d.step("the number of paths whose first and last steps go up", both))
        case _:
            if d.choose("danger", "stop") == "danger":
                d.fact(f"there is a fountain at $({p}, {q})$")
                place = "the fountain"
            else:
                d.fact(f"there is a kiosk at $({p}, {q})$")
                place = "the kiosk"
            good = d.step(f"the number of paths through {place}", through)
            if kind == "through":
                d.ask(good, f"How many paths lead through {place}?")
                return
            total = d.step("the number of all paths", every)
            if kind == "avoid":
                d.ask(d.step(f"the number of paths that avoid {place}", total - good))
            else:
                d.ask(
                    d.step(f"the probability that a random path leads through {place}", good / total),
                    f"If every path is equally likely, what is the probability of passing {place}?",
                )


def _item(kind: str, item: str, num: Number | None = None, *, singular: bool = False) -> str:
    if item == "bead":
        return f"a {kind} bead" if singular else f"{kind} bead{'s' if num is None or num.value != 1 else ''}"
    return f"the letter {kind}" if singular else f"letter{'s' if num is None or num.value != 1 else ''} {kind}"


def _arrange(a: Number, b: Number, c: Number, *, drop: int = 0) -> Number:
    """The number of arrangements when so many of the first kind have fixed places."""
    text = _multinomial_text(int(a.value) - drop, b, c)
    return call(lambda a, b, c: _multinomial(a - drop, b, c), a, b, c, text=text)


def _multinomial(a: int, b: int, c: int) -> int:
    return math.factorial(a + b + c) // (math.factorial(a) * math.factorial(b) * math.factorial(c))


def _multinomial_text(a: int, b: Number, c: Number) -> str:
    sizes = [a, int(b.value), int(c.value)]
    below = r" \cdot ".join(f"{size}!" for size in sizes if size > 1)
    return rf"\frac{{{sum(sizes)}!}}{{{below}}}" if below else f"{sum(sizes)}!"


def _comb(n: int, k: int) -> str:
    return rf"\binom{{{n}}}{{{k}}}"
