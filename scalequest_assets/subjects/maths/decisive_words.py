r"""Words that make another problem of a text if they stand in each other's place: `buys` and `sells`, days and weeks.

Words are in fields. In a field stand names against each other (`area`, `perimeter`, `volume`), and a name has all its
forms and synonyms (`smallest`, `least`). Only another name of the same field decides: `each` beside `total`, or
`remain` in place of `left`, says the same in other words. Numbers cut a text into parts that are compared one by one,
since a word belongs to the amount that it stands at: `buys 5 and sells 3` is not `sells 5 and buys 3`.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import polars as pl

from scalequest_assets.recipe.blocks import by_blocks
from scalequest_assets.subjects.maths.normalization import plain, spell_digits

_FIELDS = (
    # how much, where, which
    ("greatest largest biggest most highest", "smallest least fewest lowest", "exactly"),
    ("older elder", "younger"), ("oldest eldest", "youngest"), ("longer taller", "shorter"),
    ("longest tallest", "shortest"), ("faster quicker", "slower"), ("fastest quickest", "slowest"),
    ("heavier", "lighter"), ("heaviest", "lightest"), ("higher", "lower"), ("above over", "below under"),
    ("up", "down"), ("inside", "outside"), ("left", "right"), ("upstream", "downstream"), ("with", "without"),
    ("not never", "always"),
    ("first", "second", "third thirds", "fourth fourths", "fifth fifths", "sixth sixths", "seventh sevenths",
     "eighth eighths", "ninth ninths", "tenth tenths", "last final"),
    # what is asked
    ("total altogether", "left remain remains remained remaining", "mean average", "median", "mode", "range"),
    ("domain", "range"),
    # amounts that grow and shrink
    ("buy buys bought buying purchase purchases purchased purchasing receive receives received receiving get gets got "
     "earn earns earned earning gain gains gained gaining win wins won winning find finds found finding",
     "sell sells sold selling give gives gave giving donate donates donated lose loses lost losing"),
    ("earn earns earned earning gain gains gained gaining", "spend spends spent spending", "save saves saved saving"),
    ("give gives gave giving", "take takes took taken taking"),
    ("add adds added adding", "remove removes removed removing subtract subtracts subtracted subtracting",
     "multiply multiplies multiplied multiplying", "divide divides divided dividing"),
    ("increase increases increased increasing rise rises rose raise raises raised grow grows grew",
     "decrease decreases decreased decreasing reduce reduces reduced fall falls fell drop drops dropped"),
    ("profit profits", "loss losses"), ("discount discounts", "tax taxes", "tip tips"),
    # units: of time, length, weight, money, volume, angle
    ("second seconds", "minute minutes", "hour hours hourly", "day days daily", "week weeks weekly",
     "month months monthly", "year years yearly annual annually", "decade decades", "century centuries"),
    ("inch inches", "foot feet", "yard yards", "mile miles", "mm millimeter millimeters", "cm centimeter centimeters",
     "meter meters", "km kilometer kilometers"),
    ("ounce ounces oz", "pound pounds lb lbs", "ton tons", "mg milligram milligrams", "gram grams",
     "kg kilogram kilograms"),
    ("cent cents penny pennies", "nickel nickels", "dime dimes", "dollar dollars"),
    ("cup cups", "pint pints", "quart quarts", "gallon gallons", "ml milliliter milliliters", "liter liters"),
    ("degree degrees", "radian radians"),
    # terms of mathematics
    ("positive", "negative", "nonnegative", "nonpositive", "nonzero"),
    ("integer integers", "real", "rational", "irrational", "prime primes", "composite"),
    ("same identical", "distinct different", "consecutive successive"), ("inclusive", "exclusive"),
    ("area", "perimeter circumference", "volume", "radius radii", "diameter diameters", "diagonal diagonals"),
    ("square squares squared", "cube cubes cubed cubic", "rectangle rectangles rectangular",
     "triangle triangles triangular", "circle circles circular", "pentagon", "hexagon", "octagon", "sphere spheres",
     "cylinder cylinders", "cone cones"),
    ("numerator", "denominator"), ("divisor divisors factor factors", "multiple multiples"),
    ("union", "intersection"), ("row rows", "column columns"), ("inscribed", "circumscribed"),
    ("arithmetic", "geometric", "harmonic"), ("horizontal horizontally", "vertical vertically"),
    ("parallel", "perpendicular"), ("clockwise", "counterclockwise anticlockwise"), ("north", "south", "east", "west"),
)  # fmt: skip
"""The fields. A word of several meanings is in several (`left` over, on the left), and decides in each by itself.

Words that also mean the contrary are not here: who `is given` something receives it."""


def _meanings() -> dict[str, list[tuple[int, str]]]:
    """Return for each word its fields, and the name it has there."""
    found: dict[str, list[tuple[int, str]]] = {}
    for field, names in enumerate(_FIELDS):
        for name in names:
            for word in name.split():
                found.setdefault(word, []).append((field, name))
    return found


_MEANINGS = _meanings()
_TOKEN = rf"\b(?:{'|'.join(_MEANINGS)})\b|\d+(?:\.\d+)?|\.\d+"


def words(texts: pl.Series) -> pl.Series:
    r"""Return each text's decisive words and numbers in order, as list[str] in lower case; null has none.

    LaTeX commands are no words (`\left`, `\square`), what is set in them is (`\text{feet}`).
    """
    return by_blocks(_words, texts)


def is_turned(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether the `words` of two texts make two problems of them; the same if the two are exchanged.

    They do if between the same two numbers each text has a word more than the other, and both words are of one field
    but not of one name. A word that is only absent decides nothing, nor does the order of words between two numbers:
    clauses may be told in any order. Texts of unequally many numbers are compared as a whole.
    """
    parts, others = _between_numbers(one), _between_numbers(other)
    if len(parts) != len(others):
        parts, others = [list(chain(*parts))], [list(chain(*others))]
    return any(_stand_against(part, against) for part, against in zip(parts, others, strict=True))


def _stand_against(one: Sequence[str], other: Sequence[str]) -> bool:
    here, there = (Counter(meaning for word in words for meaning in _MEANINGS[word]) for words in (one, other))
    fields = {field for field, _ in here - there}
    return any(field in fields for field, _ in there - here)


def _between_numbers(tokens: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token in _MEANINGS:
            parts[-1].append(token)
        else:
            parts.append([])
    return parts


def _words(texts: pl.Series) -> pl.Series:
    text = spell_digits(plain(texts).str.replace_all(r"\\[a-z]+", " "))
    text = text.str.replace_all(r"(\d)([a-z])", "$1 $2").str.replace_all(r"\bnon[- ]", "non")
    return text.str.extract_all(_TOKEN)
