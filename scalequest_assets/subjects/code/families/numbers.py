"""Functions on whole numbers, with loops and conditions."""

from scalequest_assets.subjects.code.families import inputs
from scalequest_assets.subjects.code.families.family import Family

FAMILIES = (
    Family(
        name="sum_multiples",
        topic="maths",
        level=2,
        functions=("sum_multiples", "add_multiples", "multiples_total"),
        parameters="limit: int",
        returns="int",
        asks=(
            "returns the sum of all multiples of $k from 1 up to and including `limit`",
            "adds up the positive numbers up to `limit`, `limit` included, that $k divides, and returns the sum",
        ),
        vague="returns the sum of all multiples from 1 up to and including `limit`",
        program="def $f(limit):\n    return sum(range($k, limit + 1, $k))",
        inputs=lambda rng: (inputs.whole(rng, 1, 60),),
        slots=lambda rng: {"k": rng.randint(2, 7)},
    ),
    Family(
        name="digit_sum",
        topic="maths",
        level=2,
        functions=("digit_sum", "sum_digits", "add_digits"),
        parameters="number: int",
        returns="int",
        asks=(
            "returns the sum of the decimal digits of the non-negative `number`",
            "adds up the digits of `number`, which is not negative, and returns the sum",
        ),
        vague="returns the sum of some digits of `number`",
        program="def $f(number):\n    return sum(int(digit) for digit in str(number))",
        inputs=lambda rng: (inputs.whole(rng, 0, 99999),),
    ),
    Family(
        name="count_divisors",
        topic="maths",
        level=2,
        functions=("count_divisors", "num_divisors", "divisors_of"),
        parameters="number: int",
        returns="int",
        asks=(
            "returns how many positive divisors the positive `number` has, 1 and itself included",
            "counts the numbers from 1 to `number` that divide `number`",
        ),
        vague="returns how many of the divisors `number` has",
        program="def $f(number):\n    return sum(number % divisor == 0 for divisor in range(1, number + 1))",
        inputs=lambda rng: (inputs.whole(rng, 1, 90),),
    ),
    Family(
        name="is_prime",
        topic="maths",
        level=2,
        functions=("is_prime", "check_prime", "has_no_divisor"),
        parameters="number: int",
        returns="bool",
        asks=(
            "returns whether `number` is a prime number; numbers below 2 are not",
            "returns True if `number` is greater than 1 and only 1 and itself divide it, else False",
        ),
        vague="returns whether `number` is of that kind",
        program="def $f(number):\n    return number > 1 and all(number % divisor for divisor in range(2, number))",
        inputs=lambda rng: (inputs.whole(rng, 0, 60),),
    ),
    Family(
        name="collatz_steps",
        topic="maths",
        level=3,
        functions=("collatz_steps", "steps_to_one", "count_steps"),
        parameters="number: int",
        returns="int",
        asks=(
            (
                "returns how many steps lead from the positive `number` to 1: an even number is halved, an odd one "
                "is multiplied by 3 and 1 is added"
            ),
        ),
        vague="returns how many steps lead from the positive `number` to 1",
        program=(
            "def $f(number):\n    steps = 0\n    while number != 1:\n"
            "        number = number // 2 if number % 2 == 0 else 3 * number + 1\n"
            "        steps += 1\n    return steps"
        ),
        inputs=lambda rng: (inputs.whole(rng, 1, 60),),
    ),
    Family(
        name="power_below",
        topic="maths",
        level=2,
        functions=("power_below", "largest_power", "last_power"),
        parameters="limit: int",
        returns="int",
        asks=(
            "returns the largest power of $k that is at most `limit`, which is at least 1; 1 is a power too",
            (
                "starts with 1 and multiplies by $k as long as the result is not above `limit`, which is at least "
                "1, and returns the last number"
            ),
        ),
        vague="returns the largest power that is at most `limit`",
        program=(
            "def $f(limit):\n    power = 1\n    while power * $k <= limit:\n        power *= $k\n    return power"
        ),
        inputs=lambda rng: (inputs.whole(rng, 1, 900),),
        slots=lambda rng: {"k": rng.choice((2, 3, 5, 10))},
    ),
    Family(
        name="to_base",
        topic="maths",
        level=3,
        functions=("to_base", "in_base", "digits_in_base"),
        parameters="number: int",
        returns="str",
        asks=("returns the digits of the non-negative `number` in base $k as a text, without leading zeros; 0 is '0'",),
        vague="returns the digits of the non-negative `number` in the other base as a text",
        program=(
            "def $f(number):\n    digits = ''\n    while number:\n        digits = str(number % $k) + digits\n"
            "        number //= $k\n    return digits or '0'"
        ),
        inputs=lambda rng: (inputs.whole(rng, 0, 300),),
        slots=lambda rng: {"k": rng.randint(2, 9)},
    ),
)
"""Functions on whole numbers."""
