"""One more step for a formula: what may be asked about an integer, a fraction or a root."""

from __future__ import annotations

from fractions import Fraction

from scalequest_assets.subjects.maths.families.draft import PLAIN, Draft
from scalequest_assets.subjects.maths.families.quantity import Number, call


def scale(d: Draft, so_far: Number) -> None:
    """A multiple plus a constant."""
    factor = d.given(so_far.value.denominator * d.rng.randint(2, 9), PLAIN, "the factor")
    offset = d.number(1, 30, "the constant")
    name = _let(d, so_far)
    value = d.step(f"${factor}{name} {offset:t}$", factor * so_far + offset)
    d.ask(
        value, f"What is the value of ${factor}{name} {offset:t}$?", f"Compute the number ${factor}{name} {offset:t}$."
    )


def shift(d: Draft, so_far: Number) -> None:
    """A small number more."""
    offset = d.number(2, 15, "the constant")
    name = _let(d, so_far)
    d.ask(d.step(f"${name} + {offset}$", so_far + offset), f"What is ${name} + {offset}$?")


def double(d: Draft, so_far: Number) -> None:
    """Twice as much."""
    d.need(so_far.value <= 30)
    name = _let(d, so_far)
    d.ask(d.step(f"$2{name}$", 2 * so_far), f"What is $2{name}$?", f"Find $2{name}$.")


def square_plus(d: Draft, so_far: Number) -> None:
    """A square and a constant."""
    d.need(abs(so_far.value) < 200)
    offset = d.number(-20, 20, "the constant")
    name = _let(d, so_far)
    value = d.step(f"${name}^2 {offset:t}$", call(lambda x, c: x * x + c, so_far, offset, text=_square(so_far, offset)))
    d.ask(value, f"What is the value of ${name}^2 {offset:t}$?", f"Evaluate the expression ${name}^2 {offset:t}$.")


def residue(d: Draft, so_far: Number) -> None:
    """A remainder."""
    d.need(so_far.value > 12)
    modulus = d.number(3, 12, "the divisor")
    name = _let(d, so_far)
    rest = call(lambda x, m: x % m, so_far, modulus, text=rf"{so_far.text} \bmod {modulus.text}")
    value = d.step(f"the remainder of ${name}$ modulo ${modulus}$", rest)
    d.ask(
        value, f"Which remainder does ${name}$ leave on division by ${modulus}$?", f"Find ${name}$ modulo ${modulus}$."
    )


def digit_sum(d: Draft, so_far: Number) -> None:
    """The sum of the digits of a multiple."""
    d.need(so_far.value > 0)
    factor = d.number(3, 19, "the factor")
    name = _let(d, so_far)
    product = so_far.value * factor.value
    total = call(lambda x, k: sum(map(int, str(abs(x * k)))), so_far, factor, text=" + ".join(str(product)), unit=PLAIN)
    value = d.step(f"the digit sum of ${factor}{name} = {product}$", total)
    d.ask(value, f"What do the decimal digits of ${factor}{name}$ add up to?")


def square(d: Draft, so_far: Number) -> None:
    """The square of a root, times a factor."""
    factor = d.number(2, 12, "the factor")
    name = _let(d, so_far)
    text = rf"{factor.text} \cdot {so_far.value}"
    value = d.step(f"${factor}{name}^2$", call(lambda x, k: x * k, so_far, factor, text=text, unit=PLAIN))
    d.ask(value, f"What is the value of ${factor}{name}^2$?", f"Evaluate the expression ${factor}{name}^2$.")


def numerator_and_denominator(d: Draft, so_far: Number) -> None:
    """Numerator plus denominator of a fraction in lowest terms."""
    d.need(so_far.value > 0)
    top, bottom = d.pick(("a", "b"), ("m", "n"), ("p", "q"))
    d.fact(
        rf"write {so_far.label} as $\frac{{{top}}}{{{bottom}}}$ in lowest terms, "
        f"with positive integers ${top}$ and ${bottom}$"
    )
    text = f"{so_far.value.numerator} + {so_far.value.denominator}"
    terms = call(lambda x: Fraction(x).numerator + Fraction(x).denominator, so_far, text=text, unit=PLAIN)
    value = d.step(f"${top} + {bottom}$", terms)
    d.ask(value, f"What is ${top} + {bottom}$?", f"Compute ${top} + {bottom}$.")


def _let(d: Draft, so_far: Number) -> str:
    """Names the answer so far."""
    name = d.pick("N", "T", "S", "W")
    if so_far.label.strip("$").count("$") == 0 and so_far.label.endswith("$"):
        inner = so_far.label.strip("$")
        d.fact(d.pick(f"let ${name} = {inner}$", f"write ${name}$ for ${inner}$", f"denote ${inner}$ by ${name}$"))
        return name
    d.fact(
        d.pick(
            f"let ${name}$ denote {so_far.label}",
            f"from now on, write ${name}$ for {so_far.label}",
            f"in what follows, ${name}$ stands for {so_far.label}",
        )
    )
    return name


def _square(so_far: Number, offset: Number) -> str:
    base = so_far.text if so_far.value >= 0 and "frac" not in so_far.text else f"({so_far.text})"
    return f"{base}^2 {'-' if offset.value < 0 else '+'} {abs(offset.value)}"
