"""Functions on lists and tables, with loops and conditions."""

from scalequest_assets.subjects.code.families import inputs
from scalequest_assets.subjects.code.families.family import Family

FAMILIES = (
    Family(
        name="keep_above",
        topic="lists",
        level=2,
        functions=("keep_above", "larger_ones", "filter_large"),
        parameters="numbers: list[int]",
        returns="list[int]",
        asks=(
            "returns a list of those `numbers` that are greater than $k, in their order",
            "keeps the numbers above $k of the list `numbers` and returns them in the same order",
        ),
        vague="returns a list of those `numbers` that are greater than the threshold, in their order",
        program="def $f(numbers):\n    return [number for number in numbers if number > $k]",
        inputs=lambda rng: (inputs.wholes(rng, 0, 20, 0, 7),),
        slots=lambda rng: {"k": rng.randint(4, 15)},
    ),
    Family(
        name="second_largest",
        topic="lists",
        level=2,
        functions=("second_largest", "runner_up", "next_largest"),
        parameters="numbers: list[int]",
        returns="int | None",
        asks=(
            "returns the second largest of the different values of `numbers`, or None if there are fewer than two",
            "returns the largest value of `numbers` that is below their maximum, or None where all are equal",
        ),
        vague="returns the second of `numbers`, or None if there are fewer than two",
        program=(
            "def $f(numbers):\n    values = sorted(set(numbers))\n    return values[-2] if len(values) > 1 else None"
        ),
        inputs=lambda rng: (inputs.wholes(rng, 0, 9),),
    ),
    Family(
        name="running_total",
        topic="lists",
        level=2,
        functions=("running_total", "sums_so_far", "cumulative"),
        parameters="numbers: list[int]",
        returns="list[int]",
        asks=(
            (
                "returns the running totals of `numbers`: at each place the sum of all numbers up to and with this "
                "one, plus $k"
            ),
        ),
        vague="returns the running totals of `numbers` with the starting value added",
        program=(
            "def $f(numbers):\n    totals = []\n    total = $k\n    for number in numbers:\n        total += number\n"
            "        totals.append(total)\n    return totals"
        ),
        inputs=lambda rng: (inputs.wholes(rng, 0, 20, 0, 6),),
        slots=lambda rng: {"k": rng.randint(1, 10)},
    ),
    Family(
        name="without_repeats",
        topic="lists",
        level=2,
        functions=("without_repeats", "unique_in_order", "first_of_each"),
        parameters="items: list[int]",
        returns="list[int]",
        asks=(
            "returns `items` without repeated values, each at its first place",
            "returns the different values of `items` in the order in which they first occur",
        ),
        vague="returns `items` with some values left out",
        program="def $f(items):\n    return list(dict.fromkeys(items))",
        inputs=lambda rng: (inputs.wholes(rng, 0, 6, 0, 9),),
    ),
    Family(
        name="rotate",
        topic="lists",
        level=2,
        functions=("rotate", "turn", "shift_items"),
        parameters="items: list[int]",
        returns="list[int]",
        asks=(
            (
                "returns `items` rotated by $k places to the left: an item that leaves at the front comes in at "
                "the end; an empty list stays empty"
            ),
        ),
        vague="returns `items` rotated to the left",
        program=(
            "def $f(items):\n    if not items:\n        return []\n    k = $k % len(items)\n    return items[k:] + "
            "items[:k]"
        ),
        inputs=lambda rng: (inputs.wholes(rng, 0, 20, 0, 7),),
        slots=lambda rng: {"k": rng.randint(1, 4)},
    ),
    Family(
        name="chunks",
        topic="lists",
        level=2,
        functions=("chunks", "in_groups", "split_up"),
        parameters="items: list[int]",
        returns="list[list[int]]",
        asks=(
            (
                "splits `items` into lists of $k items each, the last of which may be shorter, and returns them in "
                "a list"
            ),
        ),
        vague="splits `items` into lists of equal size, the last of which may be shorter, and returns them in a list",
        program="def $f(items):\n    return [items[start:start + $k] for start in range(0, len(items), $k)]",
        inputs=lambda rng: (inputs.wholes(rng, 0, 20, 0, 9),),
        slots=lambda rng: {"k": rng.randint(2, 4)},
    ),
    Family(
        name="row_sums",
        topic="lists",
        level=2,
        functions=("row_sums", "sum_rows", "totals_by_row"),
        parameters="rows: list[list[int]]",
        returns="list[int]",
        asks=("returns a list with the sum of each row of `rows`, every sum multiplied by $k",),
        vague="returns a list with one number for each row of `rows`",
        program="def $f(rows):\n    return [$k * sum(row) for row in rows]",
        inputs=lambda rng: (inputs.rows(rng),),
        slots=lambda rng: {"k": rng.randint(2, 6)},
    ),
    Family(
        name="transpose",
        topic="lists",
        level=2,
        functions=("transpose", "swap_axes", "columns_of"),
        parameters="rows: list[list[int]]",
        returns="list[list[int]]",
        asks=(
            "returns the table `rows`, whose rows are equally long, with rows and columns exchanged",
            "returns a list of the columns of `rows`, whose rows are equally long, each as a list",
        ),
        vague="returns the table `rows` in the other arrangement",
        program="def $f(rows):\n    return [list(column) for column in zip(*rows)]",
        inputs=lambda rng: (inputs.rows(rng),),
    ),
    Family(
        name="pairs_with_sum",
        topic="lists",
        level=3,
        functions=("pairs_with_sum", "count_pairs", "num_pairs"),
        parameters="numbers: list[int]",
        returns="int",
        asks=(
            (
                "returns how many pairs of different positions of `numbers` hold numbers whose sum is $k; each "
                "pair counts once"
            ),
        ),
        vague=(
            "returns how many pairs of different positions of `numbers` hold numbers with the wanted sum; each "
            "pair counts once"
        ),
        program=(
            "def $f(numbers):\n    count = 0\n    for left in range(len(numbers)):\n"
            "        for right in range(left + 1, len(numbers)):\n"
            "            count += numbers[left] + numbers[right] == $k\n    return count"
        ),
        inputs=lambda rng: (inputs.wholes(rng, 0, 10, 0, 8),),
        slots=lambda rng: {"k": rng.randint(6, 14)},
    ),
    Family(
        name="longest_rise",
        topic="lists",
        level=3,
        functions=("longest_rise", "rising_run", "longest_increase"),
        parameters="numbers: list[int]",
        returns="int",
        asks=(
            (
                "returns the length of the longest run of neighbours in `numbers` in which each number is greater "
                "than the one before; of an empty list it is 0"
            ),
        ),
        vague=(
            "returns the length of the longest run of neighbours in `numbers` that fit together; of an empty list "
            "it is 0"
        ),
        program=(
            "def $f(numbers):\n    best = current = 0\n    for place, number in enumerate(numbers):\n"
            "        current = current + 1 if place and number > numbers[place - 1] else 1\n"
            "        best = max(best, current)\n    return best"
        ),
        inputs=lambda rng: (inputs.wholes(rng, 0, 12, 0, 9),),
    ),
)
"""Functions on lists and tables."""
