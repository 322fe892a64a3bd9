"""Competition families of geometry: triangles, polygons, similar figures."""

from __future__ import annotations

from fractions import Fraction

from scalequest_assets.subjects.maths.families.draft import PLAIN, Draft
from scalequest_assets.subjects.maths.families.quantity import call
from scalequest_assets.subjects.maths.families.registry import family

TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (9, 40, 41))


@family("competition", "geometry")
def right_triangles(d: Draft) -> None:
    """Lengths and areas in a right triangle with whole sides."""
    k, (x, y, z) = d.rng.randint(1, 6), d.pick(*TRIPLES)
    a, b = d.given(k * x, PLAIN, "the leg $BC$"), d.given(k * y, PLAIN, "the leg $AC$")
    hyp = call(_root, a, b, text=rf"\sqrt{{{a.text}^2 + {b.text}^2}}")
    if d.choose("legs", "hypotenuse") == "legs":
        d.fact(rf"in triangle $ABC$ with a right angle at $C$, we have $BC = {a}$ and $AC = {b}$")
        c = d.step("the hypotenuse $AB$", hyp)
        leg = b
    else:
        c = d.given(k * z, PLAIN, "the hypotenuse $AB$")
        d.fact(rf"triangle $ABC$ has a right angle at $C$, the leg $BC = {a}$ and the hypotenuse $AB = {c}$")
        leg = d.step("the leg $AC$", call(_leg, c, a, text=rf"\sqrt{{{c.text}^2 - {a.text}^2}}"))
    match d.choose("perimeter", "area", "altitude", "inradius", "median", "sine"):
        case "perimeter":
            d.ask(d.step("the perimeter of $ABC$", a + leg + c))
        case "area":
            d.ask(d.step("the area of $ABC$", a * leg / 2))
        case "altitude":
            d.ask(
                d.step("the altitude from $C$ to $AB$", a * leg / c), "What is the distance from $C$ to the line $AB$?"
            )
        case "inradius":
            d.ask(d.step("the radius of the inscribed circle", (a + leg - c) / 2))
        case "median":
            d.ask(d.step("the length of the median from $C$", c / 2))
        case _:
            d.ask(d.step(r"$\sin A + \cos A$", (a + leg) / c))


@family("competition", "geometry")
def polygons(d: Draft) -> None:
    """Angles and diagonals of polygons."""
    n = d.number(5, 30, "the number of sides")
    kind = d.choose("sum", "inner", "diagonals", "from_sum", "from_outer", "from_diagonals", "missing", "vertex")
    angles = 180 * (n - 2)
    if kind in ("sum", "inner", "diagonals", "vertex"):
        d.fact(d.pick(f"a regular polygon has ${n}$ sides", f"consider a regular polygon with ${n}$ sides"))
        match kind:
            case "sum":
                d.ask(
                    d.step("the sum of its interior angles, in degrees,", angles),
                    "How many degrees do its interior angles add up to?",
                )
            case "inner":
                d.need((angles.value / n.value).denominator == 1)
                d.ask(
                    d.step("one interior angle, in degrees,", d.step("the sum of its angles, in degrees,", angles) / n),
                    "How many degrees does one interior angle measure?",
                )
            case "vertex":
                d.ask(
                    d.step("the number of triangles cut off by the diagonals from one vertex", n - 2),
                    "Into how many triangles do the diagonals from one vertex cut it?",
                )
            case _:
                d.ask(d.step("the number of its diagonals", n * (n - 3) / 2), "How many diagonals does it have?")
    elif kind == "from_diagonals":
        num = d.given(n.value * (n.value - 3) / 2, PLAIN, "the number of diagonals")
        d.fact(f"a convex polygon has exactly ${num}$ diagonals")
        sides = call(lambda x: _sides(x), num, text="", unit=PLAIN)
        d.ask(
            d.step(
                "the number of its sides",
                sides,
                subject=rf"since $\frac{{n(n-3)}}{{2}} = {num.text}$, the number $n$ of sides",
            ),
            "How many sides does it have?",
        )
    elif kind == "from_outer":
        d.need(360 % n.value == 0)
        outer = d.given(360 / n.value, PLAIN, "the exterior angle")
        d.fact(rf"each exterior angle of a regular polygon measures ${outer}^\circ$")
        sides = d.step("the number of its sides", call(lambda a: Fraction(360, a), outer, text=f"360/{outer.text}"))
        if d.maybe("diagonals"):
            d.ask(d.step("the number of its diagonals", sides * (sides - 3) / 2), "How many diagonals does it have?")
        else:
            d.ask(sides, "How many sides does it have?")
    else:
        total = d.given(angles.value, PLAIN, "the sum of the interior angles")
        if kind == "missing":
            known = d.number(80, 170, "the largest angle")
            d.fact(
                rf"the interior angles of a convex polygon add up to ${total}^\circ$, "
                rf"and the largest one measures ${known}^\circ$"
            )
            rest = d.step("the sum of the other angles, in degrees,", total - known)
            sides = d.step("the number of angles", total / 180 + 2)
            d.need(known.value * sides.value > total.value)
            d.ask(
                d.step("the mean of the other angles, in degrees,", rest / (sides - 1)),
                "What is the mean of the other angles, in degrees?",
            )
        else:
            d.fact(rf"the interior angles of a convex polygon add up to ${total}^\circ$")
            d.ask(d.step("the number of its sides", total / 180 + 2), "How many sides does it have?")


@family("competition", "geometry")
def similar_figures(d: Draft) -> None:
    """Lengths, areas and volumes of similar figures."""
    p, q = d.number(2, 7, "the first term of the ratio"), d.number(2, 7, "the second term of the ratio")
    d.need(p.value != q.value, Fraction(p.value, q.value).numerator == p.value)
    shape = d.pick("triangles", "pentagons", "kites", "trapezoids")
    solid = d.pick("cones", "pyramids", "cylinders", "prisms")
    part = d.rng.randint(2, 9)
    ratio = q / p
    kind = d.choose("perimeter", "area", "volume", "surface", "area_back", "side")
    if kind in ("volume", "surface"):
        d.fact(f"the heights of two similar {solid} are in the ratio ${p} : {q}$")
        power, what = (3, "volume") if kind == "volume" else (2, "surface area")
        known = d.given(part * p.value**power, PLAIN, f"the {what} of the first")
        d.fact(f"the first has {what} ${known}$")
        size = known * ratio * ratio * ratio if power == 3 else known * ratio * ratio
        d.ask(
            d.step(
                f"the {what} of the second",
                size,
                working=rf"{known.text} \cdot \left(\frac{{{q.value}}}{{{p.value}}}\right)^{power}",
            )
        )
        return
    if kind == "side":
        first, second = (
            d.given(number.value**2, PLAIN, f"the area of the {nth}") for number, nth in ((p, "first"), (q, "second"))
        )
        known = d.given(part * p.value, PLAIN, "the side of the first")
        d.fact(f"two similar {shape} have areas ${first}$ and ${second}$, and one side of the first measures ${known}$")
        scale = d.step(
            "the scale factor", call(_ratio_root, second, first, text=rf"\sqrt{{{second.text}/{first.text}}}")
        )
        d.ask(d.step("the corresponding side of the second", known * scale))
        return
    d.fact(f"corresponding sides of two similar {shape} are in the ratio ${p} : {q}$")
    if kind == "perimeter":
        known = d.given(part * p.value, PLAIN, "the perimeter of the first")
        d.fact(f"the perimeter of the first is ${known}$")
        other = d.step("the perimeter of the second", known * q / p)
        if d.maybe("sum"):
            d.ask(d.step("the sum of both perimeters", known + other))
        else:
            d.ask(other)
        return
    known = d.given(part * p.value**2, PLAIN, "the area of the first")
    d.fact(f"the area of the first is ${known}$")
    working = rf"{known.text} \cdot \left(\frac{{{q.value}}}{{{p.value}}}\right)^2"
    other = d.step("the area of the second", known * ratio * ratio, working=working)
    if kind == "area_back":
        d.ask(d.step("the difference of the two areas", other - known if q.value > p.value else known - other))
    elif d.maybe("sum"):
        d.ask(d.step("the sum of both areas", known + other))
    else:
        d.ask(other)


def _root(a: int, b: int) -> Fraction:
    root = round((a * a + b * b) ** 0.5)
    if root * root != a * a + b * b:
        raise ValueError
    return Fraction(root)


def _leg(c: int, a: int) -> Fraction:
    root = round(max(c * c - a * a, 0) ** 0.5)
    if root * root != c * c - a * a:
        raise ValueError
    return Fraction(root)


def _sides(diagonals: int) -> int:
    return next(n for n in range(3, diagonals + 4) if n * (n - 3) // 2 >= diagonals)


def _ratio_root(second: int, first: int) -> Fraction:
    top, bottom = round(second**0.5), round(first**0.5)
    if (top * top, bottom * bottom) != (second, first):
        raise ValueError
    return Fraction(top, bottom)
