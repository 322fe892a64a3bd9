r"""Which words are one and the same: forms of a word, spellings of a unit, synonyms, and words that say nothing.

Every other word is decisive: of two texts that differ in one (`interior`, `exterior`; `Monday`, `Friday`), each is a
problem of its own. What is listed here are words that may differ. A word that is missing should not be listed without
thought: it makes one of two problems. One that should have been listed costs a variant kept where a copy was dropped.
"""

from functools import lru_cache

from scalequest_assets.subjects.maths.plurals import singular

PHRASES = {
    "total": (r"\bin\s+total\b", " "),
    "all": (r"\bin\s+all\b", " "),
    "daily": (r"\bdaily\b", "each day"),
    "weekly": (r"\bweekly\b", "each week"),
    "monthly": (r"\bmonthly\b", "each month"),
    "yearly": (r"\byearly\b", "each year"),
    "non": (r"\bnon[- ](\p{L}{2})", "non$1"),
}
"""Of lower-case text, what is replaced before words are read: a part of it, its pattern, and what stands instead."""

_EMPHASIS = (
    "the an is are was were be been being am do does would can could may has have had having of that which "
    "who whom there then also and so both all just only dollar dollars value altogether please"
)
_SAME = (
    "find compute calculate determine evaluate what",
    "greatest largest biggest highest", "smallest least lowest fewest", "older elder", "oldest eldest", "longer taller",
    "longest tallest", "faster quicker", "fastest quickest", "above over", "below under beneath", "last final",
    "same identical", "different distinct", "consecutive successive", "average mean", "left remain", "each every per",
    "buy bought purchase", "sell sold", "give gave given donate", "receive get got", "take took taken", "lose lost",
    "win won", "spend spent", "pay paid", "make made", "go went gone", "eat ate eaten", "grow grew grown",
    "rise rose risen", "fall fell fallen", "drive drove driven", "run ran", "begin began begun start", "keep kept",
    "he him his himself", "she her hers herself", "they them their theirs", "it its itself", "child children kid",
    "cm centimeter centimetre", "mm millimeter millimetre", "km kilometer kilometre", "meter metre", "foot feet ft",
    "ounce oz", "pound lb", "kg kilogram", "mg milligram", "ml milliliter millilitre", "liter litre", "cent penny",
    "hour hr", "radius radii", "vertex vertices", "perimeter circumference", "math maths mathematics",
)  # fmt: skip


@lru_cache(maxsize=1 << 16)
def meaning(word: str) -> str | None:
    """Return the name of a lower-case word that all its forms and synonyms have; None where it says nothing.

    Forms are those of regular endings. Letters inside a word that stand in another order are a slip of the pen.
    """
    key = _unslipped(_stem(word))
    return None if _unslipped(word) in _SAYS_NOTHING else _NAMES.get(key, key)


def _unslipped(word: str) -> str:
    """Return a word with the letters inside it in the order of the alphabet."""
    return word[:1] + "".join(sorted(word[1:-1])) + word[-1:] if len(word) >= len("form") else word


def _stem(word: str) -> str:
    """Return a word without the ending of a plural or of a regular form of a verb; short words as they are."""
    if len(word) < len("cats") or not word.isalpha():
        return word
    word = singular(word)
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= len("cat"):
            word = word.removesuffix(ending)
            word = word[:-1] if word[-1] == word[-2] and word[-1] not in "dls" else word
            break
    stem = word.rstrip("e")
    return stem if len(stem) >= len("cat") else word


_SAYS_NOTHING = frozenset(map(_unslipped, _EMPHASIS.split()))
_NAMES = {_unslipped(_stem(word)): group.split()[0] for group in _SAME for word in group.split()}
