"""Names of people in a puzzle: words that are always written with a capital, and not only where a sentence begins.

A puzzle may call them by letters, too: A says something, or is a knight.
"""

import re
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"\b(?:[A-Z]?[a-z]+)\b")
_NAMED: Final = re.compile(
    r"(?<![.?!:] )(?<![.?!:][\"\u201d] )(?<!\A)\b([A-Z][a-z]+)"
    r"|\b([A-Z][a-z]+)(?=,? (?:and|or|is|was|says|claims|has|likes|does|would|[A-Z])\b|,|:)"
)
_OTHERS: Final = (
    "additionally all also an another any april are at august both can claim clue clues compare conclusion could "
    "december determine did do does each either every everyone exactly february finally four friday from "
    "furthermore given has have he hence hint how however if in is island it january july june kingdom knave "
    "knaves knight knights list logic look march may monday moreover name neither no nobody none not note "
    "november now october of on one only option or otherwise problem puzzle question saturday says september she "
    "since some statement sunday suppose take that the their there therefore these they this three thursday thus "
    "today town tuesday two village was we wednesday were what when whenever where which who whose will "
)
_NO_NAMES: Final = frozenset(_OTHERS.split())
_PLACE: Final = re.compile(
    r"\b(?:[Ii]sland|[Kk]ingdom|[Ll]and|[Tt]own|[Vv]illage|[Cc]ity) (?:of|called|named) (?:the )?([A-Z][a-z]+)"
)
_ACTS: Final = re.compile(
    r"\b([A-HJ-Z]) (?:says|said|claims|claimed|tells|told|states|replies|answers"
    r"|(?:is|was) (?:an? |the )?(?:knight|knave|liar|truth-teller))\b"
)
"""Someone with a letter for a name; the article stands before none of these words."""
_LETTERS: Final = re.compile(r"\b[A-Z](?:,? and [A-Z]\b|, [A-Z]\b)+")


@lru_cache(maxsize=1 << 14)
def people(text: str) -> tuple[str, ...]:
    """Return the names of people in a text, in the order in which they first occur."""
    words = dict.fromkeys(_WORD.findall(text))
    named = {match[1] or match[2] for match in _NAMED.finditer(text)} - {*_PLACE.findall(text)}
    return tuple(
        word for word in words if word in named and (low := word.lower()) not in words and low not in _NO_NAMES
    )


@lru_cache(maxsize=1 << 14)
def named(text: str) -> tuple[str, ...]:
    """Return `people`, then whom a puzzle calls by letters: who speak or have a role, and those listed with them."""
    acting = dict.fromkeys(_ACTS.findall(text))
    if not acting:
        return people(text)
    lists = [[sign for sign in found if sign.isupper()] for found in _LETTERS.findall(text)]
    listed = [letter for letters in lists if not acting.keys().isdisjoint(letters) for letter in letters]
    return (*people(text), *dict.fromkeys([*listed, *acting]))
