"""Competition families of probability: dice and draws."""

from __future__ import annotations

import math

from scalequest_assets.subjects.maths.families.draft import PLAIN, Draft
from scalequest_assets.subjects.maths.families.quantity import Number, call, constant
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    nouns,
)


@family("competition", "counting_and_probability")
def dice(d: Draft) -> None:
    """Two or three fair dice: sums, products, extremes."""
    num, sides = (
        d.given(d.pick(2, 2, 3), nouns("fair die/fair dice")[0], "the number of dice"),
        d.given(d.pick(4, 6, 6, 8), PLAIN, "the number of faces"),
    )
    d.fact(
        d.pick(
            f"{num} with faces numbered $1$ to ${sides}$ are rolled",
            f"someone rolls {num}, each with faces numbered from $1$ to ${sides}$",
        )
    )
    target = d.number(3, 12, "the number aimed at")
    kind = d.choose("sum", "sum_over", "even_product", "no_one", "maximum", "different", "same")
    t = int(target.value)
    events = {
        "sum": f"the results add up to ${target}$",
        "sum_over": f"the results add up to more than ${target}$",
        "even_product": "multiplying the results gives an even number",
        "no_one": "no die shows a $1$",
        "maximum": f"the largest result is exactly ${target}$",
        "different": "all results are different",
        "same": "all dice show the same number",
    }
    outcomes = call(lambda n, s: s**n, num, sides, text=f"{sides.text}^{num.text}", unit=PLAIN)
    total = d.step("the number of equally likely outcomes", outcomes)

    n, s = int(num.value), int(sides.value)
    texts = {
        "even_product": f"{s}^{n} - {s // 2}^{n}",
        "no_one": f"{s - 1}^{n}",
        "maximum": f"{t}^{n} - {t - 1}^{n}",
        "different": r" \cdot ".join(str(s - i) for i in range(n)),
    }
    good = call(lambda n, s, t: _favorable(kind, n, s, t), num, sides, target, text=texts.get(kind, ""), unit=PLAIN)
    d.need(0 < good.value < total.value, kind != "maximum" or t <= sides.value)
    wins = d.step(f"the number of outcomes in which {events[kind]}", good)
    if d.choose("probability", "count") == "count":
        d.ask(wins, f"In how many of the equally likely outcomes is it true that {events[kind]}?")
    else:
        d.ask(d.step(f"the probability that {events[kind]}", wins / total))


def _favorable(kind: str, num: int, sides: int, target: int) -> int:
    """Outcomes of so many dice that satisfy the event, by closed forms or by adding die after die."""
    match kind:
        case "even_product":
            return int(sides**num - ((sides + 1) // 2) ** num)
        case "no_one":
            return int((sides - 1) ** num)
        case "maximum":
            return int(target**num - (target - 1) ** num)
        case "different":
            return math.perm(sides, num)
        case "same":
            return sides
    sums = {0: 1}
    for _ in range(num):
        following: dict[int, int] = {}
        for total, ways in sums.items():
            for face in range(1, sides + 1):
                following[total + face] = following.get(total + face, 0) + ways
        sums = following
    if kind == "sum":
        return sums.get(target, 0)
    return sum(ways for total, ways in sums.items() if total > target)


@family("competition", "counting_and_probability")
def urn(d: Draft) -> None:
    """Two or three balls drawn from an urn, with or without putting them back."""
    colors = d.rng.sample(["red", "blue", "green", "white", "black", "yellow"], 2)
    one, two = (d.number(2, 9, f"the number of {color} balls") for color in colors)
    back = d.choose("without", "with") == "with"
    vessel = d.pick("an urn", "a bag", "a box", "a drawer")
    d.fact(f"{vessel} contains ${one}$ {colors[0]} and ${two}$ {colors[1]} balls")
    d.fact(
        "two of them are drawn one after the other, "
        + ("each being put back before the next draw" if back else "without being put back")
    )
    total = d.step("the number of balls", one + two)
    n = total if back else total - 1
    a1 = one if back else one - 1
    both = d.step("the number of ordered pairs of balls", total * n)
    same = call(
        lambda a, b, r: a * (a - 1 + r) + b * (b - 1 + r),
        one,
        two,
        constant(int(back), PLAIN),
        text=_same(one, two, back=back),
    )
    match d.choose("both", "same", "different", "at_least", "count"):
        case "both":
            label, good = f"both balls are {colors[0]}", one * a1
        case "same":
            label, good = "both balls have the same color", same
        case "different":
            label, good = "the balls have different colors", 2 * one * two
        case "at_least":
            label, good = f"at least one ball is {colors[0]}", both - two * (two if back else two - 1)
        case _:
            wins = d.step("the number of ordered pairs of individual balls with different colors", 2 * one * two)
            d.ask(wins, "How many ordered pairs of individual balls with different colors can be drawn?")
            return
    wins = d.step("the number of favorable pairs", good)
    d.ask(d.step(f"the probability that {label}", wins / both))


def _same(one: Number, two: Number, *, back: bool) -> str:
    a, b = int(one.value), int(two.value)
    return rf"{a} \cdot {a if back else a - 1} + {b} \cdot {b if back else b - 1}"
