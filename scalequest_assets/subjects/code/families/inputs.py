"""Arguments of the families' calls: short words, small numbers, short lists, and now and then an empty one."""

import random
from typing import Any

_WORDS = (
    "apple",
    "banana",
    "cherry",
    "river",
    "stone",
    "cloud",
    "level",
    "radar",
    "garden",
    "window",
    "bottle",
    "summer",
    "winter",
    "pencil",
    "hammer",
    "tiger",
    "noon",
    "kayak",
    "civic",
    "queen",
    "yellow",
    "little",
    "coffee",
    "letter",
    "balloon",
    "mirror",
    "green",
    "street",
    "pepper",
    "committee",
)


def word(rng: random.Random) -> str:
    """Return a word in small letters."""
    return rng.choice(_WORDS)


def words(rng: random.Random, least: int = 1, most: int = 5) -> list[str]:
    """Return a list of words."""
    return [word(rng) for _ in range(rng.randint(least, most))]


def text(rng: random.Random) -> str:
    """Return a few words, at times with capitals."""
    return " ".join(rng.choice((one, one, one.capitalize(), one.upper())) for one in words(rng, 1, 4))


def whole(rng: random.Random, low: int = 0, high: int = 30) -> int:
    """Return a whole number."""
    return rng.randint(low, high)


def wholes(rng: random.Random, low: int = 0, high: int = 20, least: int = 1, most: int = 7) -> list[int]:
    """Return a list of whole numbers."""
    return [rng.randint(low, high) for _ in range(rng.randint(least, most))]


def counts(rng: random.Random) -> dict[str, int]:
    """Return a dictionary from words to small numbers."""
    return {one: rng.randint(1, 20) for one in words(rng, 1, 5)}


def rows(rng: random.Random) -> list[list[int]]:
    """Return a table of small numbers, its rows equally long."""
    width = rng.randint(1, 4)
    return [[rng.randint(0, 9) for _ in range(width)] for _ in range(rng.randint(1, 4))]


def one_of(rng: random.Random, *values: Any) -> Any:
    """Return one of several values."""
    return rng.choice(values)
