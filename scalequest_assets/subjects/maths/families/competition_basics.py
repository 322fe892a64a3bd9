"""Competition families that take a step or two: operations, consecutive integers, absolute values, powers."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import PLAIN, Draft
from scalequest_assets.subjects.maths.families.quantity import Number
from scalequest_assets.subjects.maths.families.registry import family


@family("competition", "algebra")
def defined_operation(d: Draft) -> None:
    """An operation of the problem's own: its values, nested, and solved for an argument."""
    kind = d.choose("linear", "mixed", "square")
    sign = d.pick(r"\star", r"\diamond", r"\circ")
    a = d.number(2, 5, "the coefficient of $y$" if kind == "square" else "the coefficient of $x$")
    b = d.number(2, 5, "the coefficient of $y$") if kind == "linear" else None
    text = {"linear": f"{a}x + {b}y", "mixed": f"xy + {a}x", "square": f"x^2 + {a}y"}[kind]
    d.fact(d.pick(f"for integers, let $x {sign} y = {text}$", f"an operation is defined by $x {sign} y = {text}$"))

    def value(x: Number, y: Number) -> Number:
        if b is not None:
            return a * x + b * y
        return x * y + a * x if kind == "mixed" else x * x + a * y

    p, q = d.number(2, 6, "the first argument"), d.number(1, 6, "the second argument")
    match d.choose("value", "swapped", "nested", "solve"):
        case "value":
            d.ask(d.step(f"${p} {sign} {q}$", value(p, q)))
        case "swapped":
            d.need(p.value != q.value)
            one, two = d.step(f"${p} {sign} {q}$", value(p, q)), d.step(f"${q} {sign} {p}$", value(q, p))
            d.ask(d.step(f"$({p} {sign} {q}) - ({q} {sign} {p})$", one - two))
        case "nested":
            r = d.number(1, 4, "the third argument")
            inner = d.step(f"${p} {sign} {q}$", value(p, q))
            d.ask(d.step(f"$({p} {sign} {q}) {sign} {r}$", value(inner, r)))
        case _:
            total = d.given(value(p, q).value, PLAIN, "the value of the operation")
            rest = total - (p * p if kind == "square" else a * p)
            divisor = b if b is not None else p if kind == "mixed" else a
            d.ask(
                d.step("$n$", rest / divisor),
                f"For which $n$ is ${p} {sign} n = {total}$?",
                f"Find $n$ with ${p} {sign} n = {total}$.",
                known_as=f"the $n$ with ${p} {sign} n = {total}$",
            )


@family("competition", "prealgebra")
def consecutive_integers(d: Draft) -> None:
    """Some consecutive integers, even or odd ones among them, with a known sum."""
    kind = d.choose("all", "even", "odd")
    n, gap = d.number(3, 7, "the number of integers", by=2), 1 if kind == "all" else 2
    middle = d.rng.randint(6, 30)
    d.need(kind == "all" or middle % 2 == (kind == "odd"))
    total = d.given(n.value * middle, PLAIN, "the sum")
    word = "" if kind == "all" else f"{kind} "
    d.fact(d.pick(f"the sum of ${n}$ consecutive {word}integers is ${total}$",
                  f"${n}$ consecutive {word}integers add up to ${total}$"))  # fmt: skip
    mean = d.step("the integer in the middle", total / n)
    half = n - 1 if gap == 2 else (n - 1) / 2
    match d.choose("middle", "smallest", "largest", "ends"):
        case "middle":
            d.ask(mean)
        case "smallest":
            d.ask(d.step("the smallest of the integers", mean - half))
        case "largest":
            d.ask(d.step("the largest of the integers", mean + half))
        case _:
            least, most = d.step("the smallest integer", mean - half), d.step("the largest integer", mean + half)
            d.ask(d.step("the product of the smallest and the largest of the integers", least * most))


@family("competition", "algebra")
def absolute_values(d: Draft) -> None:
    """The two solutions of an equation with an absolute value."""
    kind = d.choose("plain", "scaled", "distance")
    middle = "the number halfway between the two"
    center = d.number(-9, 15, f"the multiple of {middle}" if kind == "scaled" else middle)
    far = d.number(2, 12, "the distance" if kind == "distance" else "the absolute value")
    scale = None
    if kind == "scaled":
        scale = d.number(2, 4, "the factor of $x$")
        d.fact(f"$|{scale}x {center:o}| = {far}$ holds for two numbers $x$")
    elif kind == "plain":
        d.fact(d.pick(f"the equation $|x {center:o}| = {far}$ has two solutions",
                      f"two numbers satisfy $|x {center:o}| = {far}$"))  # fmt: skip
    else:
        d.fact(f"two numbers lie at distance ${far}$ from ${center}$ on the number line")

    def solution(right: Number) -> Number:
        return right if scale is None else right / scale

    match d.choose("larger", "smaller", "sum", "product"):
        case "larger":
            d.ask(d.step("the larger of the two numbers", solution(center + far)))
        case "smaller":
            d.ask(d.step("the smaller of the two numbers", solution(center - far)))
        case asked:
            one, two = (
                d.step("the larger number", solution(center + far)),
                d.step("the smaller", solution(center - far)),
            )
            d.ask(d.step(f"the {asked} of the two numbers", one + two if asked == "sum" else one * two))


@family("competition", "prealgebra")
def powers(d: Draft) -> None:
    """Products, quotients and powers of powers of one base: the exponent."""
    base = d.given(d.pick(2, 3, 5, 7, 10), PLAIN, "the base")
    a, b = d.number(2, 9, "the first exponent"), d.number(2, 9, "the second exponent")
    match d.choose("product", "quotient", "tower", "product_of_tower", "quotient_of_tower", "three"):
        case "product":
            text, exponent = rf"{base}^{{{a}}} \cdot {base}^{{{b}}}", a + b
        case "quotient":
            d.need(a.value > b.value)
            text, exponent = rf"{base}^{{{a}}} / {base}^{{{b}}}", a - b
        case "tower":
            text, exponent = f"({base}^{{{a}}})^{{{b}}}", a * b
        case "three":
            c = d.number(2, 9, "the third exponent")
            text, exponent = rf"{base}^{{{a}}} \cdot {base}^{{{b}}} \cdot {base}^{{{c}}}", a + b + c
        case way:
            c = d.number(2, 5, "the third exponent")
            is_product = way == "product_of_tower"
            sign = r"\cdot" if is_product else "/"
            text = f"({base}^{{{a}}})^{{{b}}} {sign} {base}^{{{c}}}"
            exponent = a * b + c if is_product else a * b - c
    d.need(exponent.value > 0)
    if d.choose("plain", "shifted") == "plain":
        d.fact(d.pick(f"the integer $n$ satisfies ${text} = {base}^n$", f"let ${text} = {base}^n$"))
        d.ask(d.step("$n$", exponent), "What is $n$?", "Find $n$.")
        return
    shift = d.number(1, 5, "the shift of the exponent")
    d.need(exponent.value > shift.value)
    d.fact(d.pick(f"the integer $n$ satisfies ${text} = {base}^{{n + {shift}}}$",
                  f"let ${text} = {base}^{{n + {shift}}}$"))  # fmt: skip
    d.ask(d.step("$n$", d.step("the exponent on the left", exponent) - shift), "What is $n$?", "Find $n$.")
