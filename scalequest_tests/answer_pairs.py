# ruff: noqa: RUF001  (signs are what people write)
"""Pairs of final answers that are equal or different by construction, in the forms in which they are written.

A pair starts from one value. Equal ones are two forms of it; different ones are forms of two values that differ.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import sympy

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NAMES = ("apples", "marbles", "boxes", "students", "pencils", "tickets", "books", "cookies")
UNITS = {
    "cm": ("centimeters", 1),
    "m": ("meters", 100),
    "km": ("kilometers", 100_000),
    "mm": ("millimeters", Fraction(1, 10)),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
COLOURS = ("red", "blue", "green", "yellow", "purple", "white", "black", "orange")


class Pair(NamedTuple):
    """A gold answer, an answer, whether they are equal, and of what kind they are."""

    gold: str
    answer: str
    is_equal: bool
    kind: str


Forms = tuple[list[str], list[str]]
"""How one value is written, and how another is."""
KINDS: dict[str, Callable[[random.Random], Forms]] = {}
"""What makes forms of a value and of another, by kind."""


def kind(made: Callable[[random.Random], Forms]) -> Callable[[random.Random], Forms]:
    """Enter a kind of pairs under its function's name."""
    KINDS[made.__name__.removeprefix("_")] = made
    return made


def pairs(num: int, seed: int = 0) -> Iterator[Pair]:
    """Yield pairs of all kinds in turn, half of them equal."""
    kinds = sorted(KINDS)
    for index in range(num):
        source = random.Random(f"{seed}/{index}")
        name = kinds[index % len(kinds)]
        is_equal = source.random() < 0.5
        value, other = KINDS[name](source)
        gold = source.choice(value)
        answer = source.choice([form for form in (value if is_equal else other) if form != gold])
        yield Pair(gold, answer, is_equal, name)


def in_words(value: int) -> str:
    """Return a number below a million in words."""
    if value >= 1000:
        rest = value % 1000
        return f"{in_words(value // 1000)} thousand" + (
            f" {'and ' if rest < 100 else ''}{in_words(rest)}" if rest else ""
        )
    if value >= 100:
        return f"{ONES[value // 100]} hundred" + (f" and {in_words(value % 100)}" if value % 100 else "")
    if value >= 20:
        return TENS[value // 10 - 2] + (f"-{ONES[value % 10]}" if value % 10 else "")
    return ONES[value]


def _two(source: random.Random, low: int, high: int) -> tuple[int, int]:
    one, other = source.sample(range(low, high), 2)
    return one, other


def _both(source: random.Random, low: int, high: int, forms: Callable[[int], list[str]]) -> Forms:
    one, other = _two(source, low, high)
    return forms(one), forms(other)


@kind
def _whole(source: random.Random) -> Forms:
    def forms(value: int) -> list[str]:
        spaced = f"{value:,}".replace(",", " ")
        latex = f"{value:,}".replace(",", "{,}")
        return [
            *(str(value), f"{value:,}", spaced, latex, f"${value}$", f"{value}.0", f"{value}.", f"\\text{{{value}}}"),
            *(f"x = {value}", f"**{value}**", f"\\({value}\\)", f"{value:,}".replace(",", "\\,"), f"+{value}"),
        ]

    return _both(source, 1, 5_000_000, forms)


@kind
def _indian(source: random.Random) -> Forms:
    def forms(value: int) -> list[str]:
        head, tail = divmod(value, 1000)
        return [str(value), f"{head // 100},{head % 100:02d},{tail:03d}", f"{value:,}"]

    return _both(source, 100_000, 9_999_999, forms)


@kind
def _words(source: random.Random) -> Forms:
    return _both(
        source,
        1,
        9999,
        lambda value: [str(value), in_words(value), in_words(value).capitalize(), f"\\text{{{in_words(value)}}}"],
    )


@kind
def _scaled(source: random.Random) -> Forms:
    scale, factor = source.choice(
        [("dozen", 12), ("hundred", 100), ("thousand", 1000), ("million", 10**6), ("billion", 10**9)]
    )
    return _both(
        source, 2, 90, lambda v: [str(v * factor), f"{v} {scale}", f"{v}\\text{{ {scale}}}", f"{v * factor:,}"]
    )


@kind
def _fraction(source: random.Random) -> Forms:
    below = source.choice([2, 3, 4, 5, 6, 7, 8, 9, 11, 12])

    def forms(above: int) -> list[str]:
        value = Fraction(above, below)
        found = [
            f"\\frac{{{above}}}{{{below}}}",
            f"{above}/{below}",
            f"\\dfrac{{{above}}}{{{below}}}",
            f"\\frac{{{3 * above}}}{{{3 * below}}}",
        ]
        found += [
            f"{value.numerator}/{value.denominator}",
            f"\\left(\\frac{{{above}}}{{{below}}}\\right)",
            f"${above}/{below}$",
        ]
        if above > below and value.denominator > 1:
            whole, rest = divmod(value.numerator, value.denominator)
            found += [f"{whole}\\frac{{{rest}}}{{{value.denominator}}}", f"{whole} {rest}/{value.denominator}"]
        if below in (2, 4, 5, 8):
            found.append(str(float(value)))
        if below in (3, 9):
            digits = value - int(value)
            if digits:
                found.append(f"{int(value)}.\\overline{{{int(digits * 9)}}}")
        if below == 11 and value.denominator > 1:
            found.append(f"{int(value)}.\\overline{{{int((value - int(value)) * 99):02d}}}")
        return found

    return _both(source, 1, 60, forms)


@kind
def _negative(source: random.Random) -> Forms:
    one = source.randrange(1, 900)
    forms = [
        f"-{one}",
        f"\u2212{one}",
        f"$-{one}$",
        f"-{one}.0",
        f"x=-{one}",
        f"-\\frac{{{2 * one}}}{{2}}",
        f"\\frac{{-{one}}}{{1}}",
    ]
    return forms, [str(one), f"{one}.0", f"-{one + source.randrange(1, 9)}"]


@kind
def _percent(source: random.Random) -> Forms:
    return _both(
        source,
        101,
        999,
        lambda v: [
            f"{v / 10}%",
            f"{v / 10}\\%",
            f"{v / 10} percent",
            f"{v / 10}\\text{{ percent}}",
            f"{v / 10} per cent",
        ],
    )


@kind
def _scientific(source: random.Random) -> Forms:
    power = source.randrange(2, 12)

    def forms(value: int) -> list[str]:
        number = Fraction(value, 10) * 10**power
        return [
            f"{value / 10} \\times 10^{{{power}}}",
            f"{value / 10} \\cdot 10^{power}",
            f"{value / 10}e{power}",
            f"{value / 10} × 10^{power}",
            str(number),
        ]

    return _both(source, 11, 99, forms)


@kind
def _tiny(source: random.Random) -> Forms:
    return _both(
        source,
        40,
        90,
        lambda power: [
            f"\\frac{{1}}{{2^{{{power}}}}}",
            f"2^{{-{power}}}",
            f"1/2^{{{power}}}",
            f"\\left(\\frac{{1}}{{2}}\\right)^{{{power}}}",
        ],
    )


@kind
def _factorial(source: random.Random) -> Forms:
    return _both(
        source,
        4,
        25,
        lambda n: [
            f"{n}!",
            str(sympy.factorial(n)),
            f"{n} \\cdot {n - 1}!",
            f"{n}! = {sympy.factorial(n)}",
            f"\\frac{{{n + 1}!}}{{{n + 1}}}",
        ],
    )


@kind
def _base(source: random.Random) -> Forms:
    base = source.choice([2, 3, 4, 5, 6, 7, 8])

    def forms(value: int) -> list[str]:
        digits, left = "", value
        while left:
            digits, left = str(left % base) + digits, left // base
        return [
            f"{digits}_{base}",
            f"{digits}_{{{base}}}",
            f"{digits}_{{\\text{{{ONES[base]}}}}}",
            f"({digits})_{base}",
        ]

    return _both(source, 9, 400, forms)


@kind
def _counted(source: random.Random) -> Forms:
    name = source.choice(NAMES)
    return _both(
        source,
        2,
        900,
        lambda v: [str(v), f"{v} {name}", f"{v}\\text{{ {name}}}", f"{v} ({name})", f"{v}~\\text{{{name}}}"],
    )


@kind
def _money(source: random.Random) -> Forms:
    return _both(
        source,
        2,
        9000,
        lambda v: [
            str(v),
            f"${v}",
            f"\\${v}",
            f"{v} dollars",
            f"${v}.00",
            f"\\${v:,}",
            f"{v}\\text{{ dollars}}",
            f"\\$ {v}",
        ],
    )


@kind
def _length(source: random.Random) -> Forms:
    unit, larger = source.choice([("cm", "m"), ("m", "km"), ("mm", "cm")])
    factor = {"cm": 100, "m": 1000, "mm": 10}[unit]
    long, long_larger = UNITS[unit][0], UNITS[larger][0]

    def forms(value: int) -> list[str]:
        return [
            *(f"{value * factor} {unit}", f"{value * factor}\\text{{ {unit}}}", f"{value * factor} {long}"),
            *(f"{value} {larger}", f"{value} {long_larger}", f"{value}\\,\\mathrm{{{larger}}}"),
        ]

    return _both(source, 2, 90, forms)


@kind
def _area(source: random.Random) -> Forms:
    return _both(
        source,
        2,
        900,
        lambda v: [
            f"{v} cm^2",
            f"{v}\\text{{ cm}}^2",
            f"{v} square centimeters",
            f"{v} cm²",
            f"{v}\\text{{ cm}}^{{2}}",
            str(v),
        ],
    )


@kind
def _speed(source: random.Random) -> Forms:
    return _both(
        source, 5, 200, lambda v: [f"{v} km/h", f"{v}\\text{{ km/h}}", f"{v} kilometers per hour", f"{v} kmh", str(v)]
    )


@kind
def _duration(source: random.Random) -> Forms:
    def forms(minutes: int) -> list[str]:
        hours, rest = divmod(minutes, 60)
        return [
            *(
                f"{hours} hours {rest} minutes",
                f"{hours} hours and {rest} minutes",
                f"{hours}\\text{{ hours }}{rest}\\text{{ minutes}}",
            ),
            *(f"{minutes} minutes", f"{minutes} min", f"{hours} h {rest} min"),
        ]

    return _both(source, 121, 599, forms)


@kind
def _clock(source: random.Random) -> Forms:
    def forms(minutes: int) -> list[str]:
        hour, minute = divmod(minutes, 60)
        half, shown = ("PM", "p.m.") if hour >= 12 else ("AM", "a.m.")
        hour = hour % 12 or 12
        return [
            f"{hour}:{minute:02d} {half}",
            f"{hour}:{minute:02d} {shown}",
            f"{hour}:{minute:02d}\\text{{ {shown}}}",
            f"{hour}:{minute:02d}{half.lower()}",
        ]

    return _both(source, 0, 24 * 60, forms)


@kind
def _angle(source: random.Random) -> Forms:
    return _both(
        source,
        1,
        359,
        lambda v: [f"{v}^\\circ", f"{v}°", f"{v} degrees", f"{v}^{{\\circ}}", f"{v}\\text{{ degrees}}", str(v)],
    )


@kind
def _root(source: random.Random) -> Forms:
    under = source.choice([2, 3, 5, 6, 7, 10, 11])

    def forms(value: int) -> list[str]:
        return [
            *(f"{value}\\sqrt{{{under}}}", f"{value}√{under}", f"{value}*sqrt({under})", f"{value} \\sqrt {under}"),
            *(
                f"\\sqrt{{{value * value * under}}}",
                f"\\frac{{{value * under}}}{{\\sqrt{{{under}}}}}",
                f"{value} \\cdot \\sqrt{{{under}}}",
            ),
        ]

    return _both(source, 2, 30, forms)


@kind
def _pi(source: random.Random) -> Forms:
    below = source.choice([2, 3, 4, 6])
    return _both(
        source,
        1,
        40,
        lambda v: [
            f"\\frac{{{v}\\pi}}{{{below}}}",
            f"{v}pi/{below}",
            f"{v}π/{below}",
            f"\\frac{{{v}}}{{{below}}}\\pi",
            f"\\dfrac{{{v} \\pi}}{{{below}}}",
        ],
    )


@kind
def _complex(source: random.Random) -> Forms:
    real, imaginary = source.randrange(1, 20), source.randrange(2, 20)

    def forms(a: int, b: int, sign: str) -> list[str]:
        return [f"{a}{sign}{b}i", f"{a} {sign} {b}\\mathrm{{i}}", f"{a} {sign} {b} i", f"({a}{sign}{b}i)"]

    other = source.choice(
        [
            (real, imaginary, "-"),
            (real + 1, imaginary, "+"),
            (imaginary, real, "+") if real != imaginary else (real, 1, "+"),
        ]
    )
    return forms(real, imaginary, "+"), forms(*other)


@kind
def _tuple(source: random.Random) -> Forms:
    values = [source.randrange(-30, 30) for _ in range(source.choice([2, 3]))]
    other = [*values]
    other[source.randrange(len(other))] += source.randrange(1, 9)

    def forms(items: Sequence[int]) -> list[str]:
        return [
            f"({', '.join(map(str, items))})",
            f"({','.join(map(str, items))})",
            f"\\left({', '.join(map(str, items))}\\right)",
            f"$({', '.join(f'{i}.0' for i in items)})$",
        ]

    return forms(values), forms(other)


@kind
def _several(source: random.Random) -> Forms:
    values = source.sample(range(-40, 40), source.choice([2, 3]))
    other = [*values[:-1], next(v for v in range(41, 99) if v not in values)]

    def forms(items: Sequence[int]) -> list[str]:
        mixed = source.sample(items, len(items))
        texts = [*map(str, mixed)]
        return [
            *(", ".join(texts), f"{', '.join(texts[:-1])} and {texts[-1]}", f"\\{{{', '.join(texts)}\\}}"),
            *(" or ".join(f"x = {text}" for text in texts), ", ".join(map(str, items)), f"x = {', '.join(texts)}"),
        ]

    return forms(values), forms(other)


@kind
def _plus_minus(source: random.Random) -> Forms:
    under = source.choice([2, 3, 5, 7])

    def forms(value: int) -> list[str]:
        return [
            *(
                f"{value} \\pm \\sqrt{{{under}}}",
                f"{value} ± √{under}",
                f"{value}+\\sqrt{{{under}}}, {value}-\\sqrt{{{under}}}",
            ),
            *(f"x = {value} \\pm \\sqrt {under}", f"{value}-\\sqrt{under} and {value}+\\sqrt{under}"),
        ]

    return _both(source, 1, 40, forms)


@kind
def _interval(source: random.Random) -> Forms:
    low = source.randrange(-30, 10)
    high = low + source.randrange(1, 30)
    opening, closing = source.choice("(["), source.choice(")]")

    def forms(low: int, high: int, opening: str, closing: str) -> list[str]:
        left, right = ("<" if opening == "(" else "\\le"), ("<" if closing == ")" else "\\leq")
        return [
            *(
                f"{opening}{low}, {high}{closing}",
                f"\\left{opening}{low},{high}\\right{closing}",
                f"{low} {left} x {right} {high}",
            ),
            *(
                f"x \\in {opening}{low}, {high}{closing}",
                f"{high} {'>' if closing == ')' else '≥'} x {'>' if opening == '(' else '≥'} {low}",
            ),
        ]

    turned = {"(": "[", "[": "(", ")": "]", "]": ")"}
    other = source.choice(
        [
            (low, high + 1, opening, closing),
            (low, high, turned[opening], closing),
            (low, high, opening, turned[closing]),
        ]
    )
    return forms(low, high, opening, closing), forms(*other)


@kind
def _half_line(source: random.Random) -> Forms:
    return _both(
        source,
        -50,
        50,
        lambda v: [
            f"({v}, \\infty)",
            f"x > {v}",
            f"{v} < x",
            f"\\left({v},\\infty\\right)",
            f"x \\in ({v}, \\infty)",
            f"\\{{x \\mid x > {v}\\}}",
        ],
    )


@kind
def _union(source: random.Random) -> Forms:
    low, shift = source.randrange(-30, 0), source.randrange(1, 9)

    def forms(low: int, high: int) -> list[str]:
        return [
            f"(-\\infty, {low}) \\cup ({high}, \\infty)",
            f"x < {low} \\text{{ or }} x > {high}",
            f"x > {high} or x < {low}",
            f"({high}, \\infty) ∪ (-∞, {low})",
        ]

    high = low + source.randrange(2, 40)
    return forms(low, high), forms(low, high + shift)


@kind
def _choice(source: random.Random) -> Forms:
    one, other = source.sample("ABCDE", 2)

    def forms(letter: str) -> list[str]:
        return [letter, f"({letter})", f"\\text{{{letter}}}", f"\\textbf{{({letter})}}", f"{letter}.", f"{letter})"]

    return forms(one), forms(other)


@kind
def _text(source: random.Random) -> Forms:
    one, other = source.sample(source.choice([DAYS, COLOURS]), 2)

    def forms(word: str) -> list[str]:
        return [word, f"\\text{{{word}}}", word.lower(), f"**{word}**", f"{word}."]

    return forms(one), forms(other)


@kind
def _polynomial(source: random.Random) -> Forms:
    x = sympy.Symbol(source.choice("xtny"))
    a, b, c = (source.choice([-3, -2, -1, 1, 2, 3, 4, 5]) for _ in range(3))
    factored = (a * x + b) * (x + c)
    expanded, other = sympy.expand(factored), sympy.expand(factored + source.choice([1, x, -2, x**2]))

    def forms(expression: sympy.Expr) -> list[str]:
        return (
            [
                sympy.latex(expression),
                str(expression).replace("**", "^"),
                sympy.latex(sympy.factor(expression)),
                f"y = {sympy.latex(expression)}",
            ]
            if x.name != "y"
            else [
                sympy.latex(expression),
                sympy.latex(sympy.factor(expression)),
            ]
        )

    return forms(expanded), forms(other)


@kind
def _rational(source: random.Random) -> Forms:
    x = sympy.Symbol("x")
    a, b = source.sample(range(1, 9), 2)
    whole = 1 / (x + a) + 1 / (x + b)
    other = 1 / (x + a) - 1 / (x + b)
    return [sympy.latex(whole), sympy.latex(sympy.together(whole)), sympy.latex(sympy.expand(sympy.together(whole)))], [
        sympy.latex(other),
        sympy.latex(sympy.together(other)),
    ]


@kind
def _trigonometry(source: random.Random) -> Forms:
    n = source.randrange(2, 9)
    return (
        [f"{n}\\sin 2x", f"{2 * n}\\sin x\\cos x", f"{2 * n} \\cos(x) \\sin(x)", f"{n}\\operatorname{{sin}}(2x)"],
        [f"{n}\\cos 2x", f"{n}\\sin x", f"{n + 1}\\sin 2x", f"{2 * n} \\sin^2 x"],
    )


@kind
def _logarithm(source: random.Random) -> Forms:
    return _both(
        source,
        2,
        30,
        lambda n: [
            f"\\log_2 {n}",
            f"\\frac{{\\ln {n}}}{{\\ln 2}}",
            f"\\log_{{2}}({n})",
            f"1 + \\log_2 \\frac{{{n}}}{{2}}",
        ],
    )


@kind
def _equation(source: random.Random) -> Forms:
    a, b, c = source.randrange(1, 9), source.randrange(1, 9), source.randrange(1, 20)
    one = [f"{a}x + {b}y = {c}", f"{2 * a}x + {2 * b}y = {2 * c}", f"{a}x + {b}y - {c} = 0", f"{c} = {b}y + {a}x"]
    return one, [f"{a}x + {b}y = {c + 1}", f"{a}x - {b}y = {c}", f"{a + 1}x + {b}y = {c}"]


@kind
def _matrix(source: random.Random) -> Forms:
    cells = [source.randrange(-9, 10) for _ in range(4)]
    other = [*cells]
    other[source.randrange(4)] += source.randrange(1, 9)

    def forms(cells: Sequence[int]) -> list[str]:
        a, b, c, d = cells
        return [
            *(f"\\begin{{{kind}matrix}} {a} & {b} \\\\ {c} & {d} \\end{{{kind}matrix}}" for kind in ("p", "b")),
            f"\\begin{{pmatrix}}{a}.0&{b}\\\\{c}&{d}\\end{{pmatrix}}",
        ]

    return forms(cells), forms(other)


@kind
def _ratio(source: random.Random) -> Forms:
    a, b = source.sample(range(1, 30), 2)
    return [f"{a}:{b}", f"{a} : {b}", f"${a}:{b}$", f"\\text{{{a}:{b}}}"], [
        f"{b}:{a}",
        f"{a}:{b + 1}",
        f"{a + 1} : {b}",
    ]


@kind
def _mixed_words(source: random.Random) -> Forms:
    whole, below = source.randrange(1, 20), source.choice([3, 4, 5, 6, 7, 8, 9, 10])
    above, other = source.sample(range(1, below), 2)
    name = {3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth", 10: "tenth"}[below]

    def forms(part: int) -> list[str]:
        parts = name if part == 1 else f"{name}s"
        return [
            *(f"{in_words(whole)} and {in_words(part)} {parts}", f"{in_words(whole)} and {in_words(part)}-{parts}"),
            *(f"{whole} {part}/{below}", f"{whole}\\frac{{{part}}}{{{below}}}", f"{whole * below + part}/{below}"),
        ]

    return forms(above), forms(other)


@kind
def _measured(source: random.Random) -> Forms:
    sign, name, larger = source.choice(
        [
            ("W", "watts", "kW"),
            ("N", "newtons", "kN"),
            ("J", "joules", "kJ"),
            ("V", "volts", "kV"),
            ("Hz", "hertz", "kHz"),
        ]
    )
    return _both(
        source,
        2,
        900,
        lambda v: [
            f"{v} {sign}",
            f"{v} {name}",
            f"{v}\\text{{ {sign}}}",
            f"{v}\\,\\mathrm{{{sign}}}",
            f"{v / 1000} {larger}",
        ],
    )


@kind
def _amount_of_money(source: random.Random) -> Forms:
    letter, word, scale = source.choice([("k", "thousand", 10**3), ("M", "million", 10**6), ("B", "billion", 10**9)])
    return _both(
        source,
        2,
        900,
        lambda v: [f"${v}{letter}", f"\\${v} {word}", f"{v} {word} dollars", f"${v * scale:,}", f"USD {v * scale}"],
    )


@kind
def _with_its_opposite(source: random.Random) -> Forms:
    def forms(value: int) -> list[str]:
        return [
            *(f"0, \\pm {value}", f"0, {value}, -{value}", f"\\{{-{value}, 0, {value}\\}}"),
            *(f"x = 0 or x = ±{value}", f"\\{{0, \\pm {value}\\}}"),
        ]

    return _both(source, 1, 60, forms)


@kind
def _around(source: random.Random) -> Forms:
    centre = source.randrange(2, 30)

    def forms(size: int) -> list[str]:
        low, high = centre - size, centre + size
        return [
            *(f"|x - {centre}| < {size}", f"({low}, {high})", f"x > {low} and x < {high}", f"{low} < x < {high}"),
            f"({low}, {centre}] \\cup ({centre}, {high})",
        ]

    return _both(source, 1, 40, forms)


@kind
def _afternoon(source: random.Random) -> Forms:
    def forms(minutes: int) -> list[str]:
        hour, minute = divmod(minutes, 60)
        return [
            *(f"{hour}:{minute:02d}", f"{(hour - 1) % 12 + 1}:{minute:02d} PM"),
            f"{(hour - 1) % 12 + 1}:{minute:02d}\\text{{ p.m.}}",
        ]

    return _both(source, 13 * 60, 24 * 60 - 1, forms)


@kind
def _recurring(source: random.Random) -> Forms:
    return _both(
        source,
        1,
        8,
        lambda digit: [
            f"0.{str(digit) * 3}...",
            f"0.{str(digit) * 4}\\ldots",
            f"0.\\overline{{{digit}}}",
            f"{digit}/9",
        ],
    )


@kind
def _letters(source: random.Random) -> Forms:
    n = source.randrange(2, 20)
    return (
        [f"{n}xy", f"{n}yx", f"{n} x y", f"{n}x \\cdot y", f"{n}\\mathrm{{x}}y"],
        [f"{n}x", str(n), f"{n + 1}xy", f"{n}x+y", f"{n}\\frac{{x}}{{y}}"],
    )


@kind
def _sentences(source: random.Random) -> Forms:
    n = source.randrange(3, 90)
    return [f"{n}", f"{n}.0"], [
        f"{n + 1} or more",
        f"at least {n + 1}",
        f"{n}\\sqrt{{2}}",
        f"{n + 1}, \\ldots, {n + 9}",
        f"{n}i",
    ]
