"""What each family's function returns, worked out another way, from the words of the question and the arguments.

`n` are the whole numbers in what the question asks for, `q` the single characters in quotes, in order.
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Said(NamedTuple):
    """What a question says."""

    n: Sequence[int]
    q: Sequence[str]

    @property
    def k(self) -> int:
        """The number that counts: the first that is neither 0 nor 1, or else the first."""
        return next((number for number in self.n if number > 1), self.n[0])


def said(bare: str) -> Said:
    """Read a question without its examples."""
    ask = bare.split("`", 2)[2]
    return Said([int(number) for number in re.findall(r"-?\d+", ask)], re.findall(r"'(.)'", ask))


def _prime(number: int) -> bool:
    return len([d for d in range(1, number + 1) if number % d == 0]) == 2


def _collatz(number: int) -> int:
    return 0 if number == 1 else 1 + _collatz(number // 2 if number % 2 == 0 else number * 3 + 1)


def _digits(number: int, base: int) -> str:
    return str(number) if number < base else _digits(number // base, base) + str(number % base)


def _balanced(text: str) -> bool:
    left = re.sub(r"[^()]", "", text)
    while "()" in left:
        left = left.replace("()", "")
    return not left


def _rises(numbers: list[int]) -> int:
    spans = itertools.combinations(range(len(numbers) + 1), 2)
    fitting = [e - s for s, e in spans if all(a < b for a, b in itertools.pairwise(numbers[s:e]))]
    return max(fitting, default=0)


def _shifted(text: str, k: int) -> str:
    small = "abcdefghijklmnopqrstuvwxyz"
    return text.translate(str.maketrans(small, small[k:] + small[:k]))


def _second(numbers: list[int]) -> int | None:
    below = [number for number in numbers if number != max(numbers)]
    return max(below) if below else None


ORACLES: dict[str, Callable[..., Any]] = {
    "add_number": lambda s, x: s.k - -x,
    "multiple_of": lambda s, x: sum([x] * s.k),
    "is_multiple": lambda s, x: x in range(0, 1000, s.k),
    "last_digit": lambda s, x: x - x // s.k * s.k,
    "larger_than": lambda s, x: x - s.k >= 1,
    "in_range": lambda s, x: x in range(min(s.n), max(s.n) + 1),
    "repeat_text": lambda s, x: "".join([x] * s.k),
    "first_letters": lambda s, x: "".join(c for i, c in enumerate(x) if i < s.n[0]),
    "last_letters": lambda s, x: "".join(c for i, c in enumerate(x) if i >= len(x) - s.n[0]),
    "backwards": lambda s, x: "".join(reversed(x)),
    "capitals": lambda s, x: "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in x),
    "count_letter": lambda s, x: len([c for c in x if c == s.q[0]]),
    "starts_with": lambda s, x: x[0] == s.q[0],
    "put_around": lambda s, x: s.q[0].join(["", x, ""]),
    "length_of": lambda s, x: sum(1 for _ in x) + s.n[0],
    "sum_of": lambda s, x: s.n[0] + sum(i * c for i, c in Counter(x).items()),
    "largest": lambda s, x: sorted(x)[-1],
    "spread": lambda s, x: sorted(x)[-1] - sorted(x)[0],
    "first_items": lambda s, x: [v for i, v in enumerate(x) if i < s.n[0]],
    "every_nth": lambda s, x: [v for i, v in enumerate(x) if i % s.k == 0],
    "sorted_down": lambda s, x: [-v for v in sorted(-v for v in x)],
    "joined": lambda s, x: "".join(w + s.q[0] for w in x)[:-1],
    "distinct": lambda s, x: len(Counter(x)),
    "look_up": lambda s, d, key: d[key] if key in d else s.n[0],
    "count_vowels": lambda s, x: len(re.findall("[aeiou]", x, re.IGNORECASE)),
    "is_palindrome": lambda s, x: (t := re.sub(" ", "", x).lower()) == "".join(reversed(t)),
    "long_words": lambda s, x: len([w for w in re.findall(r"\S+", x) if len(w) >= s.k + 1]),
    "title_words": lambda s, x: x.title(),
    "remove_letter": lambda s, x: re.sub(s.q[0], "", x, flags=re.IGNORECASE),
    "shift_letters": lambda s, x: _shifted(x, s.n[0]),
    "run_lengths": lambda s, x: "".join(f"{c}{len(list(run))}" for c, run in itertools.groupby(x)),
    "sum_multiples": lambda s, x: sum(v for v in range(1, x + 1) if v % s.k == 0),
    "digit_sum": lambda s, x: sum(x // 10**i % 10 for i in range(12)),
    "count_divisors": lambda s, x: len([d for d in range(1, x + 1) if x / d == x // d]),
    "is_prime": lambda s, x: _prime(x),
    "collatz_steps": lambda s, x: _collatz(x),
    "power_below": lambda s, x: max(s.k**e for e in range(12) if s.k**e <= x),
    "to_base": lambda s, x: _digits(x, s.k),
    "keep_above": lambda s, x: [v for v in x if not v <= s.k],
    "second_largest": lambda s, x: _second(x),
    "running_total": lambda s, x: [s.n[0] + sum(x[: i + 1]) for i in range(len(x))],
    "without_repeats": lambda s, x: [v for i, v in enumerate(x) if v not in x[:i]],
    "rotate": lambda s, x: [x[(i + s.n[0]) % len(x)] for i in range(len(x))],
    "chunks": lambda s, x: [[v for i, v in enumerate(x) if i // s.k == c] for c in range(-(-len(x) // s.k))],
    "row_sums": lambda s, x: [sum(v * s.k for v in row) for row in x],
    "transpose": lambda s, x: [[row[i] for row in x] for i in range(len(x[0]))],
    "pairs_with_sum": lambda s, x: len([1 for a, b in itertools.combinations(x, 2) if a + b == s.k]),
    "longest_rise": lambda s, x: _rises(x),
    "word_counts": lambda s, x: dict(Counter(re.findall(r"\S+", x.lower()))),
    "by_length": lambda s, x: {size: [w for w in x if len(w) == size] for size in set(map(len, x))},
    "total_above": lambda s, x: sum(v for v in x.values() if v > s.k - 1),
    "swapped": lambda s, x: {v: sorted(w for w in x if x[w] == v) for v in set(x.values())},
    "grade": lambda s, x: ["poor", "fair", "good"][sum(x >= bound for bound in s.n)],
    "number_words": lambda s, x: {(1, 1): "both", (1, 0): "first", (0, 1): "second"}.get(
        (int(x % s.n[0] == 0), int(x % s.n[1] == 0)), str(x)
    ),
    "leap_year": lambda s, x: x % 400 in {*range(4, 400, 4), 0} - {100, 200, 300},
    "balanced": lambda s, x: _balanced(x),
}
