"""Competition families of algebra: functions, systems, sequences, symmetric expressions."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import PLAIN, Draft
from scalequest_assets.subjects.maths.families.registry import family


@family("competition", "algebra")
def linear_functions(d: Draft) -> None:
    """Values, compositions and inverses of linear functions."""
    a, b, c = (
        d.number(2, 9, "the slope of $f$"),
        d.number(-12, 12, "the constant term of $f$"),
        d.number(-8, 12, "the argument"),
    )
    of_one = ("value", "twice", "thrice", "inverse", "solve")
    kind = d.choose(*of_one, "compose", "reverse", "second", "sum", "difference", "product", "meet")
    d.fact(d.pick(f"let $f(x) = {a}x {b:t}$", f"a function is defined by $f(x) = {a}x {b:t}$"))
    if kind not in of_one:
        m, k = d.number(2, 9, "the slope of $g$"), d.number(-12, 12, "the constant term of $g$")
        d.fact(d.pick(f"let $g(x) = {m}x {k:t}$", f"a second one is $g(x) = {m}x {k:t}$"))
    match kind:
        case "value":
            first = d.step(f"$f({c})$", a * c + b)
            other = d.number(-9, 9, "the second argument")
            d.ask(d.step(f"$f({c}) - f({other})$", first - d.step(f"$f({other})$", a * other + b)))
        case "twice":
            inner = d.step(f"$f({c})$", a * c + b)
            d.ask(d.step(f"$f(f({c}))$", a * inner + b))
        case "thrice":
            inner = d.step(f"$f({c})$", a * c + b)
            d.ask(d.step(f"$f(f(f({c})))$", a * d.step(f"$f(f({c}))$", a * inner + b) + b))
        case "inverse":
            d.ask(d.step(f"$f^{{-1}}({c})$", (c - b) / a))
        case "solve":
            d.ask(
                d.step(f"the solution of $f(x) = {c}$", (c - b) / a),
                f"For which $x$ is $f(x) = {c}$?",
                f"Solve $f(x) = {c}$ for $x$.",
            )
        case "compose":
            inner = d.step(f"$g({c})$", m * c + k)
            d.ask(d.step(f"$f(g({c}))$", a * inner + b))
        case "reverse":
            inner = d.step(f"$f({c})$", a * c + b)
            d.ask(d.step(f"$g(f({c}))$", m * inner + k))
        case "second":
            inner = d.step(f"$g({c})$", m * c + k)
            d.ask(d.step(f"$g({c}) - f({c})$", inner - d.step(f"$f({c})$", a * c + b)))
        case "meet":
            slope = d.step("the difference of the slopes", a - m)
            d.ask(
                d.step(
                    "the $x$-coordinate of the point common to both graphs",
                    d.step("the difference of the constants", k - b) / slope,
                ),
                "At which $x$ do the graphs of $f$ and $g$ intersect?",
            )
        case _:
            one, two = d.step(f"$f({c})$", a * c + b), d.step(f"$g({c})$", m * c + k)
            sign, result = {
                "sum": ("+", one + two),
                "difference": ("-", one - two),
                "product": (r"\cdot", one * two),
            }[kind]
            d.ask(d.step(f"$f({c}) {sign} g({c})$", result))


@family("competition", "algebra")
def arithmetic_sequences(d: Draft) -> None:
    """Terms, sums and lengths of arithmetic sequences."""
    first, step, n = (
        d.number(-10, 30, "the first term"),
        d.number(2, 15, "the common difference"),
        d.number(8, 60, "the index"),
    )
    match d.choose("difference", "terms", "list"):
        case "difference":
            d.fact(f"an arithmetic sequence begins with ${first}$ and has common difference ${step}$")
        case "terms":
            later = d.number(4, 7, "the second index")
            value = d.given(first.value + step.value * (later.value - 1), PLAIN, "the later term")
            d.fact(f"the first term of an arithmetic sequence is ${first}$, while term number ${later}$ is ${value}$")
            step = d.step("the common difference", (value - first) / (later - 1))
        case _:
            second = d.given(first.value + step.value, PLAIN, "the second term")
            d.fact(rf"consider the arithmetic sequence ${first}, {second}, \ldots$")
            step = d.step("the common difference", second - first)
    match d.choose("term", "sum", "index", "gap", "mean"):
        case "term":
            d.ask(d.step(f"term number ${n}$", first + (n - 1) * step))
        case "sum":
            last = d.step(f"term number ${n}$", first + (n - 1) * step)
            d.ask(d.step(f"the sum of the first ${n}$ terms", (first + last) * n / 2))
        case "index":
            value = d.given(first.value + step.value * (n.value - 1), PLAIN, "the term in question")
            d.ask(
                d.step(f"the position of ${value}$ in the sequence", (value - first) / step + 1),
                f"Which position does the term ${value}$ have?",
            )
        case "gap":
            other = d.number(70, 120, "the larger index")
            d.ask(d.step(f"the difference between terms number ${other}$ and ${n}$", (other - n) * step))
        case _:
            last = d.step(f"term number ${n}$", first + (n - 1) * step)
            d.ask(d.step(f"the mean of the first ${n}$ terms", (first + last) / 2))


@family("competition", "algebra")
def sum_and_product(d: Draft) -> None:
    """Symmetric expressions of two numbers with known sum and product."""
    s, p = d.number(3, 20, "the sum $x + y$"), d.number(-15, 40, "the product $xy$")
    if d.choose("formula", "words", "xy") == "words":
        d.fact(f"two numbers $x$ and $y$ have sum ${s}$ and product ${p}$")
    else:
        d.fact(
            d.pick(
                f"let $x + y = {s}$ and $xy = {p}$",
                f"the numbers $x$ and $y$ satisfy $x + y = {s}$ as well as $xy = {p}$",
            )
        )
    squares = s * s - 2 * p
    match d.choose("squares", "gap", "reciprocals", "cubes", "mixed", "shifted", "quotients"):
        case "squares":
            d.ask(d.step("$x^2 + y^2$", squares))
        case "gap":
            d.ask(d.step("$(x - y)^2$", s * s - 4 * p))
        case "reciprocals":
            d.ask(d.step(r"$\frac{1}{x} + \frac{1}{y}$", s / p))
        case "cubes":
            total = d.step("$x^2 + y^2$", squares)
            d.ask(d.step("$x^3 + y^3$", s * (total - p)))
        case "mixed":
            d.ask(d.step("$x^2 y + x y^2$", p * s))
        case "shifted":
            k = d.number(1, 9, "the shift")
            d.ask(d.step(f"$(x + {k})(y + {k})$", p + k * s + k * k))
        case _:
            total = d.step("$x^2 + y^2$", squares)
            d.ask(d.step(r"$\frac{x}{y} + \frac{y}{x}$", total / p))


@family("competition", "algebra")
def linear_systems(d: Draft) -> None:
    """Two linear equations in two unknowns."""
    x, y = d.rng.randint(-9, 12), d.rng.randint(-9, 12)
    a, b, c, e = (
        d.number(1, 7, f"the coefficient ({name})") for name in ("x, first", "y, first", "x, second", "y, second")
    )
    flip = d.choose("plus", "minus") == "minus"
    if flip:
        e = d.given(-e.value, PLAIN, "the coefficient of $y$ in the second equation")
    one = d.given(a.value * x + b.value * y, PLAIN, "the right-hand side of the first equation")
    two = d.given(c.value * x + e.value * y, PLAIN, "the right-hand side of the second equation")
    d.fact(
        d.pick(
            f"real numbers $x$ and $y$ satisfy ${a:c}x {b:s}y = {one}$ and ${c:c}x {e:s}y = {two}$",
            f"solve the system ${a:c}x {b:s}y = {one}$, ${c:c}x {e:s}y = {two}$",
        )
    )
    determinant = d.step("the determinant of the system", a * e - b * c)
    d.need(determinant.value != 0)
    first = (one * e - b * two) / determinant
    second = (a * two - one * c) / determinant
    match d.choose("x", "y", "sum", "product", "difference", "square"):
        case "x":
            d.ask(d.step("$x$", first), "What is $x$?", "Give the value of $x$.")
        case "y":
            d.ask(d.step("$y$", second), "What is $y$?", "Give the value of $y$.")
        case kind:
            u, v = d.step("$x$", first), d.step("$y$", second)
            results = {
                "sum": ("$x + y$", u + v),
                "product": ("$xy$", u * v),
                "difference": ("$x - y$", u - v),
                "square": ("$x^2 + y^2$", u * u + v * v),
            }
            label, result = results[kind]
            d.ask(d.step(label, result))
