"""Competition families of intermediate algebra: series, roots, polynomials, complex numbers."""

from __future__ import annotations

from fractions import Fraction

from scalequest_assets.subjects.maths.families.draft import PLAIN, Draft
from scalequest_assets.subjects.maths.families.quantity import Number, call
from scalequest_assets.subjects.maths.families.registry import family


@family("competition", "intermediate_algebra")
def geometric_sequences(d: Draft) -> None:
    """Terms and sums of geometric sequences, finite or not."""
    first = d.number(2, 40, "the first term")
    n = d.number(4, 7, "the index")
    infinite = d.choose("growing", "shrinking") == "shrinking"
    ratio = (
        d.number(2, 5, "the common ratio")
        if not infinite
        else d.given(1 / d.number(2, 6, "q").value, PLAIN, "the common ratio")
    )
    if d.choose("ratio", "terms") == "ratio":
        d.fact(f"a geometric sequence has first term ${first}$ and common ratio ${ratio}$")
    else:
        second = d.given(first.value * ratio.value, PLAIN, "the second term")
        d.fact(rf"the terms ${first}, {second}, \ldots$ form a geometric sequence")
        ratio = d.step("the common ratio", second / first)
    power = call(
        lambda a, r, n: a * r ** (n - 1), first, ratio, n, text=rf"{first.text} \cdot {_base(ratio)}^{{{n.value - 1}}}"
    )
    match d.choose("term", "sum", "infinite" if infinite else "quotient"):
        case "term":
            d.ask(d.step(f"term number ${n}$", power))
        case "sum":
            total = call(lambda a, r, n: a * (1 - r**n) / (1 - r), first, ratio, n, text=_power_sum(first, ratio, n))
            d.ask(d.step(f"the sum of the first ${n}$ terms", total))
        case "infinite":
            d.ask(
                d.step("the sum of all terms", first / (1 - ratio)), "What is the sum of all its infinitely many terms?"
            )
        case _:
            last = d.step(f"term number ${n}$", power)
            d.ask(d.step(f"the difference between term number ${n}$ and the first term", last - first))


@family("competition", "intermediate_algebra")
def vieta(d: Draft) -> None:
    """Sums over the roots of a quadratic, by its coefficients."""
    b, c = d.number(-15, 15, "the linear coefficient"), d.number(-20, 20, "the constant term")
    a = d.number(2, 5, "the leading coefficient") if d.choose("monic", "scaled") == "scaled" else None
    lead = f"{a}" if a else ""
    d.fact(
        d.pick(
            f"let $r$ and $s$ be the roots of ${lead}x^2 {b:s}x {c:t} = 0$",
            f"the equation ${lead}x^2 {b:s}x {c:t} = 0$ has roots $r$ and $s$, which may be complex",
        )
    )
    total = d.step("$r + s$", -b / a if a else -b)
    product = d.step("$rs$", c / a) if a else c
    match d.choose("squares", "reciprocals", "gap", "shifted", "cubes", "sum"):
        case "squares":
            d.ask(d.step("$r^2 + s^2$", total * total - 2 * product))
        case "reciprocals":
            d.ask(d.step(r"$\frac{1}{r} + \frac{1}{s}$", total / product))
        case "gap":
            d.ask(d.step("$(r - s)^2$", total * total - 4 * product))
        case "cubes":
            d.ask(d.step("$r^3 + s^3$", total * (total * total - 3 * product)))
        case "shifted":
            k = d.number(1, 6, "the shift")
            d.ask(d.step(f"$(r - {k})(s - {k})$", product - k * total + k * k))
        case _:
            d.ask(d.step("$rs + r + s$", product + total))


@family("competition", "intermediate_algebra")
def polynomial_remainders(d: Draft) -> None:
    """Values, remainders and unknown coefficients of a cubic."""
    a, b, c = (
        d.number(-6, 6, "the coefficient of $x^2$"),
        d.number(-9, 9, "the coefficient of $x$"),
        d.number(-20, 20, "the constant term"),
    )
    r = d.number(-4, 5, "the point")
    degree = 3 if d.choose("cubic", "quartic") == "cubic" else 4
    lead = call(lambda r: r**degree, r, text=f"({r.text})^{degree}")
    working = f"{lead.value}{_signed(a.value * r.value**2)}{_signed(b.value * r.value)}"
    value = call(lambda r, a, b, c: r**degree + a * r * r + b * r + c, r, a, b, c, text=working + _signed(c.value))
    poly = f"x^{degree} {a:s}x^2 {b:s}x {c:t}"
    match d.choose("remainder", "value", "unknown", "coefficients", "even"):
        case "remainder":
            d.fact(f"the polynomial ${poly}$ is divided by $x {r:o}$")
            d.ask(d.step("the remainder of this division", value), "What is the remainder?", "Find the remainder.")
        case "value":
            d.fact(d.pick(f"let $P(x) = {poly}$", f"a polynomial is given by $P(x) = {poly}$"))
            d.ask(d.step(f"$P({r})$", value))
        case "unknown":
            d.fact(f"for some constant $k$, the number ${r}$ is a root of $x^{degree} {a:s}x^2 {b:s}x + k$")
            root = call(
                lambda r, a, b: r**degree + a * r * r + b * r,
                r,
                a,
                b,
                text=working,
            )
            d.ask(d.step("$k$", -d.step("the value without $k$", root)), "What is $k$?", "Determine $k$.")
        case "coefficients":
            power_of = d.number(2, 5, "the exponent")
            d.fact(f"the expression $({poly})^{{{power_of}}}$ is multiplied out")
            total = d.step("the sum of the coefficients inside the brackets", 1 + a + b + c)
            d.need(abs(total.value) < 10)
            power = call(lambda t, n: t**n, total, power_of, text=f"({total.text})^{power_of.text}")
            d.ask(
                d.step("the sum of the coefficients after multiplying out", power),
                "What do the coefficients add up to after that?",
            )
        case _:
            d.fact(d.pick(f"let $P(x) = {poly}$", f"a polynomial is given by $P(x) = {poly}$"))
            first = d.step(f"$P({r})$", value)
            other = d.step("$P(1)$", 1 + a + b + c)
            d.ask(d.step(f"$P({r}) - P(1)$", first - other))


@family("competition", "intermediate_algebra")
def complex_numbers(d: Draft) -> None:
    """Products, moduli and quotients of complex numbers."""
    a, b = d.number(-9, 9, "the real part of $z$"), d.number(-9, 9, "the imaginary part of $z$")
    c, e = d.number(-9, 9, "the real part of $w$"), d.number(-9, 9, "the imaginary part of $w$")
    two = d.choose("one", "two") == "two"
    z, w = f"z = {a} {b:s}i", f"w = {c} {e:s}i"
    d.fact(
        d.pick(f"let ${z}$ and ${w}$", f"two complex numbers are ${z}$ and ${w}$")
        if two
        else d.pick(f"let ${z}$", f"a complex number is given by ${z}$")
    )
    if two:
        match d.choose("real", "imaginary", "modulus", "gap"):
            case "real":
                d.ask(d.step("the real part of $zw$", a * c - b * e))
            case "imaginary":
                d.ask(d.step("the imaginary part of $zw$", a * e + b * c))
            case "modulus":
                d.ask(d.step("$|zw|^2$", d.step("$|z|^2$", a * a + b * b) * d.step("$|w|^2$", c * c + e * e)))
            case _:
                x, y = d.step("the real part of $z - w$", a - c), d.step("the imaginary part of $z - w$", b - e)
                d.ask(d.step("$|z - w|^2$", x * x + y * y))
    else:
        match d.choose("modulus", "square", "square_imaginary", "inverse", "conjugate"):
            case "modulus":
                d.ask(d.step("$|z|^2$", a * a + b * b))
            case "square":
                d.ask(d.step("the real part of $z^2$", a * a - b * b))
            case "square_imaginary":
                d.ask(d.step("the imaginary part of $z^2$", 2 * a * b))
            case "inverse":
                d.ask(d.step(r"the real part of $\frac{1}{z}$", a / d.step("$|z|^2$", a * a + b * b)))
            case _:
                d.ask(d.step(r"$z\overline{z} + z + \overline{z}$", d.step("$|z|^2$", a * a + b * b) + 2 * a))


def _base(ratio: Number) -> str:
    return rf"\left({ratio.text}\right)" if "frac" in ratio.text else ratio.text


def _power_sum(first: Number, ratio: Number, n: Number) -> str:
    if ratio.value > 1:
        return rf"{first.text} \cdot ({ratio.text}^{n.value} - 1)/({ratio.text} - 1)"
    return rf"{first.text} \cdot (1 - {_base(ratio)}^{n.value})/(1 - {ratio.text})"


def _signed(value: Fraction) -> str:
    return f" {'-' if value < 0 else '+'} {abs(value)}"
