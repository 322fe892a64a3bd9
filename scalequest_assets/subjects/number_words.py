"""Words of numbers below a hundred."""

from typing import Final

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL_NUMBERS: Final[dict[str, int]] = {
    **{word: value for value, word in enumerate(_ONES.split())},
    **{word: 10 * tens for tens, word in enumerate(_TENS.split(), start=2)},
}
"""Each word to its value: `nineteen` to 19, `ninety` to 90."""


def in_words(value: int) -> str:
    """Return the words of a number below a hundred: `twenty-five`."""
    if value in _NAMES:
        return _NAMES[value]
    return f"{_NAMES[value - value % 10]}-{_NAMES[value % 10]}"


_NAMES: Final = {value: word for word, value in SMALL_NUMBERS.items()}
