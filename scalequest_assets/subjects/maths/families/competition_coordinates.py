"""Competition families about points, vectors, matrices and angles."""

from __future__ import annotations

from fractions import Fraction

from scalequest_assets.subjects.maths.families.draft import PLAIN, ROOT, Draft
from scalequest_assets.subjects.maths.families.quantity import Number, call
from scalequest_assets.subjects.maths.families.registry import family

TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (9, 40, 41))


@family("competition", "geometry")
def points(d: Draft) -> None:
    """Distances, midpoints, slopes and areas from coordinates."""
    x1, y1, x2, y2 = (
        d.number(-9, 9, f"the ${axis}$-coordinate of ${name}$", zero=True) for name in "AB" for axis in "xy"
    )
    dx, dy = x2 - x1, y2 - y1
    d.need(dx.value != 0, dy.value != 0)
    d.fact(
        d.pick(
            f"let $A = ({x1}, {y1})$ and $B = ({x2}, {y2})$",
            f"two points are $A = ({x1}, {y1})$ and $B = ({x2}, {y2})$",
        )
    )
    kind = d.choose("distance", "squared", "midpoint", "slope", "circle", "reflection", "area", "square")
    if kind in ("distance", "squared", "circle", "square"):
        squared = dx * dx + dy * dy
        if kind == "distance":
            d.ask(
                d.step("the distance from $A$ to $B$", squared, ROOT, working=rf"\sqrt{{{squared.text}}}"),
                "What is the distance from $A$ to $B$?",
                "Find the length of segment $AB$.",
            )
            return
        length = d.step("$AB^2$", squared)
        if kind == "squared":
            d.ask(length)
        elif kind == "square":
            d.ask(d.step("the area of the square with diagonal $AB$", length / 2))
        else:
            d.fact(r"the circle with diameter $AB$ has area $c\pi$")
            d.ask(
                d.step(r"the number $c$ with area $c\pi$", length / 4),
                "What is $c$?",
                known_as="$c$",
            )
    elif kind == "midpoint":
        x, y = (
            d.step("the $x$-coordinate of the midpoint", (x1 + x2) / 2),
            d.step("the $y$-coordinate of the midpoint", (y1 + y2) / 2),
        )
        d.ask(d.step("the coordinate sum of the midpoint of $AB$", x + y))
    elif kind == "slope":
        slope = d.step("the slope of line $AB$", dy / dx)
        if d.maybe("normal"):
            d.ask(
                d.step(
                    "the slope of a line perpendicular to $AB$",
                    call(lambda m: -1 / Fraction(m), slope, text=f"-1/({slope.text})"),
                )
            )
        else:
            d.ask(slope)
    elif kind == "reflection":
        x, y = d.step("the $x$-coordinate of $C$", 2 * x2 - x1), d.step("the $y$-coordinate of $C$", 2 * y2 - y1)
        d.fact("point $C$ is the image of $A$ under the reflection through the point $B$")
        d.ask(d.step("the coordinate sum of $C$", x + y))
    else:
        cross = d.step("the cross product of the two points", x1 * y2 - x2 * y1)
        d.need(cross.value != 0)
        d.fact("let $O$ be the origin")
        d.ask(
            d.step("the area of triangle $OAB$", call(lambda c: Fraction(abs(c), 2), cross, text=f"|{cross.text}|/2")),
        )


def _column(x: Number, y: Number) -> str:
    return rf"\begin{{pmatrix}} {x} \\ {y} \end{{pmatrix}}"


@family("competition", "precalculus")
def vectors(d: Draft) -> None:
    """Dot products, lengths, determinants of plane vectors."""
    kind = d.choose("columns", "matrix")
    owners = (r"$\mathbf{u}$", r"$\mathbf{v}$") if kind == "columns" else ("the left column", "the right column")
    a, b, c, e = (d.number(-8, 9, f"the {nth} entry of {owner}") for owner in owners for nth in ("first", "second"))
    if kind == "columns":
        d.fact(rf"the vectors $\mathbf{{u}} = {_column(a, b)}$ and $\mathbf{{v}} = {_column(c, e)}$ are given")
        match d.choose("dot", "length", "sum", "area", "orthogonal"):
            case "dot":
                d.ask(d.step(r"$\mathbf{u} \cdot \mathbf{v}$", a * c + b * e))
            case "length":
                d.ask(
                    d.step(
                        r"the length of $\mathbf{u}$", a * a + b * b, ROOT, working=rf"\sqrt{{{(a * a + b * b).text}}}"
                    )
                )
            case "sum":
                x, y = (
                    d.step(r"the first entry of $\mathbf{u} + \mathbf{v}$", a + c),
                    d.step(r"the second entry of $\mathbf{u} + \mathbf{v}$", b + e),
                )
                d.ask(d.step(r"$\|\mathbf{u} + \mathbf{v}\|^2$", x * x + y * y))
            case "area":
                cross = d.step("the determinant of the two vectors", a * e - b * c)
                d.need(cross.value != 0)
                d.ask(
                    d.step(
                        r"the area of the parallelogram spanned by $\mathbf{u}$ and $\mathbf{v}$",
                        call(abs, cross, text=f"|{cross.text}|"),
                    )
                )
            case _:
                dot, square = (
                    d.step(r"$\mathbf{u} \cdot \mathbf{v}$", a * c + b * e),
                    d.step(r"$\mathbf{u} \cdot \mathbf{u}$", a * a + b * b),
                )
                d.fact(r"for some real $t$, the vector $\mathbf{v} - t\mathbf{u}$ is orthogonal to $\mathbf{u}$")
                d.ask(d.step("$t$", dot / square))
        return
    matrix = rf"\begin{{pmatrix}} {a} & {c} \\ {b} & {e} \end{{pmatrix}}"
    d.fact(d.pick(f"the matrix $M = {matrix}$ is given", f"the real matrix $M = {matrix}$ is considered"))
    determinant, trace = a * e - c * b, a + e
    match d.choose("det", "square_trace", "det_square", "det_scaled"):
        case "det":
            d.ask(d.step(r"$\det M$", determinant))
        case "square_trace":
            t, det = d.step("the trace of $M$", trace), d.step(r"$\det M$", determinant)
            d.ask(d.step("the trace of $M^2$", t * t - 2 * det))
        case "det_square":
            det = d.step(r"$\det M$", determinant)
            d.ask(d.step(r"$\det(M^2)$", det * det))
        case _:
            k, det = d.number(2, 6, "the factor"), d.step(r"$\det M$", determinant)
            d.ask(d.step(rf"$\det({k}M)$", k * k * det))


@family("competition", "precalculus")
def trigonometry(d: Draft) -> None:
    """Values of trigonometric functions from one of them."""
    x, y, z = d.pick(*TRIPLES)
    if d.pick(True, False):
        x, y = y, x
    quadrant = d.choose("first", "second")
    sign = 1 if quadrant == "first" else -1
    sine, cosine = Fraction(x, z), Fraction(sign * y, z)
    where = "$0 < \\theta < \\frac{\\pi}{2}$" if quadrant == "first" else "$\\frac{\\pi}{2} < \\theta < \\pi$"
    s = d.given(sine, PLAIN, r"$\sin\theta$")
    d.fact(
        d.pick(
            rf"the angle $\theta$ satisfies {where} and $\sin\theta = {s}$",
            rf"suppose that $\sin\theta = {s}$, where {where}",
        )
    )
    c = d.step(
        r"$\cos\theta$",
        call(lambda s: _cosine(s, sign), s, text=rf"{'-' if sign < 0 else ''}\sqrt{{1 - \left({s.text}\right)^2}}"),
    )
    assert c.value == cosine
    match d.choose("cosine", "tangent", "double_sine", "double_cosine", "sum", "product"):
        case "cosine":
            d.ask(c)
        case "tangent":
            d.ask(d.step(r"$\tan\theta$", s / c))
        case "double_sine":
            d.ask(d.step(r"$\sin 2\theta$", 2 * s * c))
        case "double_cosine":
            d.ask(d.step(r"$\cos 2\theta$", c * c - s * s))
        case "sum":
            d.ask(d.step(r"$\sin\theta + \cos\theta$", s + c))
        case _:
            d.ask(d.step(r"$\sin\theta \cos\theta$", s * c))


def _cosine(sine: Fraction, sign: int) -> Fraction:
    square = 1 - sine * sine
    top, bottom = round(square.numerator**0.5), round(square.denominator**0.5)
    if square < 0 or Fraction(top, bottom) ** 2 != square:
        raise ValueError
    return sign * Fraction(top, bottom)
