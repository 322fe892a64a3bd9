"""Competition families about remainders, multiples in a range, and other bases."""

from __future__ import annotations

import math

from scalequest_assets.subjects.maths.families.draft import PLAIN, Draft
from scalequest_assets.subjects.maths.families.quantity import call
from scalequest_assets.subjects.maths.families.registry import family


@family("competition", "number_theory")
def power_remainders(d: Draft) -> None:
    """Remainders of large powers, through the period of the powers."""
    modulus = d.number(5, 23, "the modulus")
    base, exponent = d.number(2, 19, "the base"), d.number(20, 400, "the exponent")
    m, a = int(modulus.value), int(base.value)
    d.need(math.gcd(a, m) == 1, a % m != 1)

    def order(a: int, m: int) -> int:
        return next((e for e in range(1, m) if pow(a, e, m) == 1), 0)

    kind = d.choose("power", "plus", "times", "negative", "day")
    if d.choose("named", "direct") == "named":
        d.fact(f"let $x = {base}^{{{exponent}}}$")
        power = "x"
    else:
        power = f"{base}^{{{exponent}}}"
    period = d.step(
        f"the period of the powers of ${base}$ modulo ${modulus}$", call(order, base, modulus, text="", unit=PLAIN)
    )
    small = d.step(
        f"the remainder of ${exponent}$ modulo ${period}$",
        call(lambda e, p: e % p, exponent, period, text=rf"{exponent.text} \bmod {period.text}"),
    )
    text = rf"{a}^{{{small.text}}} \bmod {m}"
    rest = call(lambda a, e, m: pow(a, e, m), base, small, modulus, text=text)
    label = f"the remainder when ${power}$ is divided by ${modulus}$"
    if kind == "power":
        d.ask(
            d.step(label, rest), f"What remainder does ${power}$ leave when divided by ${modulus}$?", f"Find {label}."
        )
        return
    first = d.step(f"the residue of ${power}$ modulo ${modulus}$", rest)
    if kind == "day":
        offset = call(lambda r, m: m - r, first, modulus, text=f"{m} - {first.text}")
        d.ask(
            d.step(
                f"the smallest positive integer that has to be added to ${power}$ to get a multiple of ${modulus}$",
                offset,
            )
        )
        return
    k = d.number(2, 30, "the other number")
    d.need(k.value % m != 0)
    sign = {"plus": "+", "negative": "-", "times": r"\cdot"}[kind]
    function = {
        "plus": lambda r, k, m: (r + k) % m,
        "negative": lambda r, k, m: (r - k) % m,
        "times": lambda r, k, m: r * k % m,
    }[kind]
    shown = f"{k} {sign} {power}" if kind == "times" else f"{power} {sign} {k}"
    working = f"{k.text} {sign} {first.text}" if kind == "times" else f"{first.text} {sign} {k.text}"
    total = call(function, first, k, modulus, text=rf"({working}) \bmod {m}")
    d.ask(d.step(f"the remainder when ${shown}$ is divided by ${modulus}$", total))


@family("competition", "number_theory")
def multiples(d: Draft) -> None:
    """How many integers up to a bound are multiples of one or two numbers."""
    a, b, top = (
        d.number(2, 9, "the first divisor"),
        d.number(3, 15, "the second divisor"),
        d.number(60, 999, "the bound"),
    )
    d.need(b.value % a.value != 0)
    d.fact(
        d.pick(
            f"the integers from $1$ to ${top}$ are written on a board",
            f"consider all positive integers up to ${top}$",
            f"a lottery uses tickets numbered from $1$ to ${top}$",
        )
    )
    kind = d.choose("one", "both", "either", "only", "neither", "sum", "not", "one_only")
    label = {
        "one": f"divisible by ${a}$",
        "both": f"divisible by both ${a}$ and ${b}$",
        "either": f"divisible by ${a}$ or by ${b}$",
        "only": f"divisible by ${a}$ but not by ${b}$",
        "neither": f"divisible by neither ${a}$ nor ${b}$",
        "one_only": f"divisible by exactly one of ${a}$ and ${b}$",
        "not": f"not divisible by ${a}$",
        "sum": "",
    }[kind]
    first = d.step(
        f"the number of multiples of ${a}$ among them", call(lambda n, a: n // a, top, a, text=_floor(top.text, a.text))
    )
    if kind == "sum":
        d.ask(d.step(f"the sum of all multiples of ${a}$ among them", a * first * (first + 1) / 2))
        return
    if kind == "one":
        d.ask(first, *_how_many(f"numbers in this list that are {label}", "of these numbers are " + label))
        return
    if kind == "not":
        d.ask(d.step(f"the number of them {label}", top - first), *_how_many("", "of these numbers are " + label))
        return
    lcm = math.lcm(int(a.value), int(b.value))
    common = call(lambda n, a, b: n // math.lcm(a, b), top, a, b, text=_floor(top.text, str(lcm)))
    both = d.step(f"the number of them {label}" if kind == "both" else f"the number of multiples of ${lcm}$", common)
    if kind == "both":
        d.ask(both, *_how_many("", "of these numbers are " + label))
        return
    if kind == "only":
        d.ask(d.step(f"the number of them {label}", first - both), *_how_many("", "of these numbers are " + label))
        return
    second = d.step(
        f"the number of multiples of ${b}$", call(lambda n, b: n // b, top, b, text=_floor(top.text, b.text))
    )
    union = first + second - both
    result = {"either": union, "neither": top - union, "one_only": first + second - 2 * both}[kind]
    d.ask(d.step(f"the number of them {label}", result), *_how_many("", "of these numbers are " + label))


@family("competition", "number_theory")
def number_bases(d: Draft) -> None:
    """Numerals in another base: values, sums, numbers of digits, digit sums."""
    base = d.number(3, 9, "the base")
    b, value, other = int(base.value), d.rng.randint(40, 900), d.rng.randint(20, 300)
    match d.choose("to_ten", "from_ten"):
        case "from_ten":
            n, numeral = d.number(value, value, "the integer"), _in_base(value, b)
            d.fact(
                d.pick(
                    f"the integer ${n}$, given in base ten, is rewritten in base ${base}$",
                    f"someone converts the decimal number ${n}$ into base ${base}$",
                )
            )
            note = f"the new numeral is ${numeral}$, and "
            match d.choose("digits", "digit_sum", "last_digit", "ones"):
                case "digits":
                    size = call(lambda n, b: len(_in_base(n, b)), n, base, text="")
                    d.ask(
                        d.step(
                            "the number of digits of the new numeral", size, subject=f"{note}the number of its digits"
                        ),
                        "How many digits does the new numeral have?",
                    )
                case "digit_sum":
                    total = call(lambda n, b: sum(map(int, _in_base(n, b))), n, base, text=" + ".join(numeral))
                    d.ask(
                        d.step("the digit sum of the new numeral", total, subject=note + "its digit sum"),
                        "What do the digits of the new numeral add up to?",
                        "Find the digit sum of the new numeral.",
                    )
                case "ones":
                    ones = call(lambda n, b: _in_base(n, b).count("1"), n, base, text="")
                    d.ask(
                        d.step("the number of ones in the new numeral", ones, subject=note + "the number of its ones"),
                        "How often does the digit $1$ occur in the new numeral?",
                    )
                case _:
                    last = call(lambda n, b: n % b, n, base, text=rf"{value} \bmod {b}")
                    d.ask(
                        d.step("the last digit of the new numeral", last), "What is the units digit of the new numeral?"
                    )
        case _:
            first = d.number(int(_in_base(value, b)), int(_in_base(value, b)), "the first numeral")
            d.fact(f"the numeral ${first}_{{{base}}}$ is to be read in base ${base}$")
            one = d.step(
                "the value of the first numeral in base ten",
                call(_read, first, base, text=_places(value, b)),
                subject=f"${first}_{{{base}}}$",
            )
            kind = d.choose("value", "sum", "difference", "multiple", "larger")
            if kind in ("sum", "difference"):
                second = d.number(int(_in_base(other, b)), int(_in_base(other, b)), "the second numeral")
                d.fact(f"the same goes for ${second}_{{{base}}}$")
                two = d.step(
                    "the value of the second numeral in base ten",
                    call(_read, second, base, text=_places(other, b)),
                    subject=f"${second}_{{{base}}}$",
                )
                result = one + two if kind == "sum" else one - two
                d.ask(
                    d.step(f"the {kind} of the two numbers in base ten", result),
                    f"What is the {kind} of the two numbers, written in base ten?",
                )
            elif kind == "multiple":
                times = d.number(2, 9, "the factor")
                d.ask(
                    d.step(f"${times}$ times this number in base ten", times * one),
                    f"What is ${times}$ times this number, in base ten?",
                )
            elif kind == "larger":
                more = d.number(2, 40, "the number added")
                d.ask(
                    d.step(f"the base-ten number larger than it by ${more}$", one + more),
                    f"Which number in base ten is larger than it by ${more}$?",
                )
            else:
                d.ask(one, "What is its value in base ten?", "Find the base-ten value.")


def _read(numeral: int, base: int) -> int:
    return int(str(numeral), base)


def _places(value: int, base: int) -> str:
    digits = _in_base(value, base)
    return " + ".join(rf"{digit} \cdot {base ** (len(digits) - 1 - place)}" for place, digit in enumerate(digits))


def _in_base(value: int, base: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, base)
        digits = str(digit) + digits
    return digits or "0"


def _floor(top: str, bottom: str) -> str:
    return rf"\lfloor {top}/{bottom} \rfloor"


def _how_many(things: str, predicate: str = "") -> tuple[str, ...]:
    if predicate:
        return (f"How many {predicate}?",)
    return f"How many {things} are there?", f"Find the number of {things}."
