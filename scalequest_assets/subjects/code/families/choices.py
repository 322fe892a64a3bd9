"""Functions that decide, with loops and conditions."""

from scalequest_assets.subjects.code.families import inputs
from scalequest_assets.subjects.code.families.family import Family

FAMILIES = (
    Family(
        name="grade",
        topic="logic",
        level=2,
        functions=("grade", "mark", "rate"),
        parameters="points: int",
        returns="str",
        asks=(
            "returns 'good' for at least $high points, 'fair' for at least $low points, and 'poor' for fewer",
            "returns 'poor' if `points` is below $low, 'fair' if it is below $high, and 'good' otherwise",
        ),
        vague="returns 'good' for many points, 'fair' for fewer, and 'poor' for few",
        program=(
            "def $f(points):\n    if points >= $high:\n        return 'good'\n"
            "    return 'fair' if points >= $low else 'poor'"
        ),
        inputs=lambda rng: (inputs.whole(rng, 0, 100),),
        slots=lambda rng: {"low": rng.randint(30, 50), "high": rng.randint(60, 90)},
    ),
    Family(
        name="number_words",
        topic="logic",
        level=2,
        functions=("number_words", "fizz", "say"),
        parameters="number: int",
        returns="str",
        asks=(
            (
                "returns 'both' if $a and $b divide `number`, 'first' if only $a does, 'second' if only $b does, "
                "and else `number` as a text"
            ),
        ),
        vague=(
            "returns 'both' if the two numbers divide `number`, 'first' if only one does, and else `number` as a text"
        ),
        program=(
            "def $f(number):\n    if number % $a == 0 and number % $b == 0:\n        return 'both'\n"
            "    if number % $a == 0:\n        return 'first'\n"
            "    return 'second' if number % $b == 0 else str(number)"
        ),
        inputs=lambda rng: (inputs.whole(rng, 1, 60),),
        slots=lambda rng: {"a": rng.choice((2, 3)), "b": rng.choice((5, 7))},
    ),
    Family(
        name="leap_year",
        topic="logic",
        level=2,
        functions=("leap_year", "is_leap", "has_leap_day"),
        parameters="year: int",
        returns="bool",
        asks=("returns whether `year` is a leap year: 4 divides it, and 100 does not, unless 400 does",),
        vague="returns whether `year` is a special year",
        program="def $f(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)",
        inputs=lambda rng: (inputs.one_of(rng, 1900, 2000, 2024, 2100, inputs.whole(rng, 1890, 2110)),),
    ),
    Family(
        name="balanced",
        topic="logic",
        level=3,
        functions=("balanced", "is_balanced", "brackets_close"),
        parameters="text: str",
        returns="bool",
        asks=(
            (
                "returns whether the brackets ( and ) in `text` are balanced: every bracket that opens is closed "
                "later, and none closes before it opens"
            ),
        ),
        vague="returns whether the signs in `text` are as they should be",
        program=(
            "def $f(text):\n    depth = 0\n    for sign in text:\n        if sign == '(':\n            depth += 1\n"
            "        elif sign == ')':\n            depth -= 1\n"
            "            if depth < 0:\n                return False\n    return depth == 0"
        ),
        inputs=lambda rng: ("".join(rng.choice("()()a ") for _ in range(rng.randint(0, 8))),),
    ),
)
"""Functions that decide."""
