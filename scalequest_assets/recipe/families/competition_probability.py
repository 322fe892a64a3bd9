"""Competition families of probability: dice and draws."""

from __future__ import annotations

import math
from itertools import product

from scalequest_assets.recipe.families.draft import PLAIN, Draft
from scalequest_assets.recipe.families.quantity import Number, call
from scalequest_assets.recipe.families.registry import family
from scalequest_assets.recipe.families.words import (
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
    tests = {
        "sum": lambda r, t: sum(r) == t,
        "sum_over": lambda r, t: sum(r) > t,
        "even_product": lambda r, t: math.prod(r) % 2 == 0,
        "no_one": lambda r, t: 1 not in r,
        "maximum": lambda r, t: max(r) == t,
        "different": lambda r, t: len(set(r)) == len(r),
        "same": lambda r, t: len(set(r)) == 1,
    }
    events = {
        "sum": f"the sum of the results is ${target}$", "sum_over": f"the sum of the results exceeds ${target}$",
        "even_product": "the product of the results is even", "no_one": "no die shows a $1$",
        "maximum": f"the largest result is exactly ${target}$", "different": "all results are different",
        "same": "all dice show the same number",
    }  # fmt: skip
    outcomes = call(lambda n, s: s**n, num, sides, text=f"{sides.text}^{num.text}", unit=PLAIN)
    total = d.step("the number of equally likely outcomes", outcomes)

    def favorable(n: int, s: int, t: int) -> int:
        return sum(tests[kind](roll, t) for roll in product(range(1, s + 1), repeat=n))

    n, s = int(num.value), int(sides.value)
    texts = {"even_product": f"{s}^{n} - {s // 2}^{n}", "no_one": f"{s - 1}^{n}", "maximum": f"{t}^{n} - {t - 1}^{n}",
             "different": r" \cdot ".join(str(s - i) for i in range(n))}  # fmt: skip
    good = call(favorable, num, sides, target, text=texts.get(kind, ""), unit=PLAIN)
    d.need(0 < good.value < total.value, kind != "maximum" or t <= sides.value)
    wins = d.step("the number of favorable outcomes", good)
    if d.choose("probability", "count") == "count":
        d.ask(wins, f"In how many of the equally likely outcomes is it true that {events[kind]}?")
    else:
        d.ask(d.step(f"the probability that {events[kind]}", wins / total))


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
        d.given(int(back), PLAIN, "r"),
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
            wins = d.step("the number of ordered pairs of different colors", 2 * one * two)
            d.ask(wins, "How many ordered pairs of individual balls with different colors can be drawn?")
            return
    wins = d.step("the number of favorable pairs", good)
    d.ask(d.step(f"the probability that {label}", wins / both))


def _same(one: Number, two: Number, *, back: bool) -> str:
    a, b = int(one.value), int(two.value)
    return rf"{a} \cdot {a if back else a - 1} + {b} \cdot {b if back else b - 1}"
