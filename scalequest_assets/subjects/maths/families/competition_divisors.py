"""Competition families about divisors and multiples."""

from __future__ import annotations

import math

from scalequest_assets.subjects.maths.families.draft import PLAIN, Draft
from scalequest_assets.subjects.maths.families.quantity import call
from scalequest_assets.subjects.maths.families.registry import family


@family("competition", "number_theory")
def divisors(d: Draft) -> None:
    """How many divisors of some kind an integer has, or their sum."""
    n = d.given(
        d.pick(2, 4, 8, 16, 6, 12, 24, 36, 72) * d.pick(3, 9, 5, 15, 7, 21, 10, 25) * d.pick(1, 1, 5, 7, 11),
        PLAIN,
        "the integer $n$",
    )
    value = int(n.value)
    d.fact(d.pick(f"let $n = {n}$", f"consider the integer $n = {n}$", f"the integer $n$ equals ${n}$"))
    odd = value
    while odd % 2 == 0:
        odd //= 2
    exponents = {"all": factorize(value), "odd": factorize(odd), "even": factorize(value // 2)}
    kind = d.choose("all", "odd", "even", "multiples", "proper", "sum", "odd_sum", "square")
    if kind in exponents:
        of = {
            "all": lambda x: _num_divisors(x),
            "odd": lambda x: _num_divisors(x // (x & -x)),
            "even": lambda x: _num_divisors(x // 2),
        }
        words = {"all": "positive", "odd": "odd positive", "even": "even positive"}[kind]
        factors = _factors_text({"all": value, "odd": odd, "even": value // 2}[kind])
        working = "".join(f"({e} + 1)" for e in exponents[kind].values())
        note = {"all": f"$n = {factors}$", "odd": f"$n$, with odd part ${factors}$,", "even": f"$n = 2({factors})$"}[
            kind
        ]
        label, subject = (f"the number of {words} divisors of {what}" for what in ("$n$", note))
        count = call(of[kind], n, text="", unit=PLAIN)
        d.ask(d.step(label, count, working=working, subject=subject), *_how_many(f"{words} divisors of $n$"))
    elif kind == "multiples":
        k = d.given(d.pick(*(p for p in factorize(value))), PLAIN, "the divisor")
        rest = d.step(f"the quotient $n/{k}$", n / k)
        working = "".join(f"({e} + 1)" for e in factorize(int(rest.value)).values())
        count = call(_num_divisors, rest, text="")
        label = f"the number of positive divisors of $n$ that are multiples of ${k}$"
        d.ask(
            d.step(label, count, working=working), *_how_many(f"positive divisors of $n$ that are multiples of ${k}$")
        )
    elif kind == "proper":
        working = "".join(f"({e} + 1)" for e in exponents["all"].values())
        count = d.step("the number of positive divisors of $n$", call(_num_divisors, n, text=""), working=working)
        d.ask(d.step("the number of positive divisors of $n$ that are smaller than $n$", count - 1))
    elif kind == "square":
        squared = d.step("the square $n^2$", n * n)
        working = "".join(f"({2 * e} + 1)" for e in exponents["all"].values())
        d.ask(
            d.step("the number of positive divisors of $n^2$", call(_num_divisors, squared, text=""), working=working)
        )
    else:
        base = (
            d.step("the largest odd divisor of $n$", call(lambda x: x // (x & -x), n, text=""))
            if kind == "odd_sum"
            else n
        )
        name = "odd positive" if kind == "odd_sum" else "positive"
        working = "".join(
            "(" + " + ".join(str(p**i) for i in range(e + 1)) + ")" for p, e in factorize(int(base.value)).items()
        )
        d.ask(d.step(f"the total of all {name} divisors of $n$", call(_sum_divisors, base, text=""), working=working))


@family("competition", "number_theory")
def common_divisors(d: Draft) -> None:
    """Greatest common divisors and least common multiples."""
    g = d.rng.randint(2, 18)
    a, b = (d.given(g * d.rng.randint(2, 15), PLAIN, f"the number ${name}$") for name in "ab")
    d.need(a.value != b.value)
    gcd = call(lambda x, y: math.gcd(x, y), a, b, text=rf"\gcd({a.text}, {b.text})")
    kind = d.choose("gcd", "lcm", "count", "product", "lights", "sum", "missing")
    if kind == "lights":
        thing = d.pick("lighthouses flash", "bells ring", "fountains start", "clocks chime")
        d.fact(
            f"two {thing} together at noon, and from then on one does so every ${a}$ seconds, "
            f"the other every ${b}$ seconds"
        )
    elif kind == "missing":
        common = d.given(math.gcd(int(a.value), int(b.value)), PLAIN, r"$\gcd(a, b)$")
        multiple = d.given(math.lcm(int(a.value), int(b.value)), PLAIN, r"$\operatorname{lcm}(a, b)$")
        d.fact(
            rf"positive integers $a$ and $b$ satisfy $\gcd(a, b) = {common}$ "
            rf"and $\operatorname{{lcm}}(a, b) = {multiple}$"
        )
        if d.maybe("known"):
            d.fact(f"moreover, $a = {a}$")
            d.ask(d.step("$b$", multiple * common / a), "What is $b$?", "Find $b$.")
        else:
            d.ask(d.step("the product $ab$", common * multiple))
        return
    else:
        d.fact(d.pick(f"let $a = {a}$ and $b = {b}$", f"two integers are given by $a = {a}$ and $b = {b}$"))
    first = d.step(r"$\gcd(a, b)$" if kind != "lights" else "the greatest common divisor of the two times", gcd)
    if kind == "gcd":
        if d.maybe("squares"):
            d.ask(d.step("$\\gcd(a^2, b^2)$", first * first))
        else:
            d.ask(first, "What is the greatest common divisor of $a$ and $b$?", r"Find $\gcd(a, b)$.")
        return
    if kind == "count":
        d.ask(
            d.step(
                "the number of positive common divisors of $a$ and $b$",
                call(_num_divisors, first, text=""),
                subject=f"the number of positive divisors of ${first}$",
            ),
            *_how_many("positive integers that divide both $a$ and $b$"),
        )
        return
    lcm = d.step(
        r"$\operatorname{lcm}(a, b)$" if kind != "lights" else "the time in seconds until they coincide again",
        a * b / first,
    )
    match kind:
        case "lights":
            if d.maybe("hour"):
                hours = d.number(2, 5, "the number of hours")
                d.need((hours.value * 3600 / lcm.value).denominator == 1)
                times = call(lambda h, t: h * 3600 // t, hours, lcm, text=rf"{hours.text} \cdot 3600/{lcm.text}")
                d.ask(
                    d.step(f"the number of further coincidences within ${hours}$ hours after noon", times),
                    f"How often do they coincide again within the first ${hours}$ hours, not counting noon itself?",
                )
            else:
                d.ask(lcm, "After how many seconds does this happen at the same moment again?")
        case "sum":
            d.ask(d.step(r"$\gcd(a, b) + \operatorname{lcm}(a, b)$", first + lcm))
        case "product":
            d.ask(d.step(r"the quotient of $\operatorname{lcm}(a, b)$ and $\gcd(a, b)$", lcm / first))
        case _:
            d.ask(lcm, "What is the least common multiple of $a$ and $b$?", r"Find $\operatorname{lcm}(a, b)$.")


def factorize(value: int) -> dict[int, int]:
    """Prime factors and their exponents, in increasing order."""
    factors: dict[int, int] = {}
    prime = 2
    while prime * prime <= value:
        while value % prime == 0:
            factors[prime] = factors.get(prime, 0) + 1
            value //= prime
        prime += 1
    if value > 1:
        factors[value] = 1
    return factors


def _factors_text(value: int) -> str:
    return r" \cdot ".join(f"{p}^{e}" if e > 1 else f"{p}" for p, e in factorize(value).items()) or "1"


def _num_divisors(value: int) -> int:
    return math.prod(exponent + 1 for exponent in factorize(value).values())


def _sum_divisors(value: int) -> int:
    return math.prod((p ** (e + 1) - 1) // (p - 1) for p, e in factorize(value).items())


def _how_many(things: str, predicate: str = "") -> tuple[str, ...]:
    if predicate:
        return (f"How many {predicate}?",)
    return f"How many {things} are there?", f"Find the number of {things}."
