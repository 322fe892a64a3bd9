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
