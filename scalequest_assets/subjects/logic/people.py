"""Names of people in a puzzle: words that are always written with a capital, and not only where a sentence begins."""

import re
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"\b(?:[A-Z]?[a-z]+)\b")
_NAMED: Final = re.compile(
    r"(?<![.?!:] )(?<![.?!:][\"\u201d] )(?<!\A)\b([A-Z][a-z]+)"
    r"|\b([A-Z][a-z]+)(?=,? (?:and|or|is|was|says|claims|has|likes|does|would|[A-Z])\b|,|:)"
)
_OTHERS: Final = (
    "all an another any april are at august both can claim compare conclusion could december did do does each "
    "either every everyone exactly february four friday from given has have he how if in is it january july june "
    "knave knaves knight knights list look march may monday name neither no nobody none not november now october of "
    "on one only option or problem puzzle question saturday says september she since some statement sunday take "
    "that the their there these they this three thursday today tuesday two was we wednesday were what when whenever "
    "where which who whose will "
)
_NO_NAMES: Final = frozenset(_OTHERS.split())


@lru_cache(maxsize=1 << 14)
def people(text: str) -> tuple[str, ...]:
    """Return the names of people in a text, in the order in which they first occur."""
    words = dict.fromkeys(_WORD.findall(text))
    named = {match[1] or match[2] for match in _NAMED.finditer(text)}
    return tuple(
        word for word in words if word in named and (low := word.lower()) not in words and low not in _NO_NAMES
    )
