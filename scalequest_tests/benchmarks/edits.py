"""GSM8K's questions, and the edits by which benchmarks plant copies of them.

An edit is a function of a text and a source of chance; one that finds nothing to change returns the text as it was.
"""

import random
import re
from collections.abc import Callable, Mapping

from scalequest_assets.subjects.maths.normalization import NUMBER_WORDS

Edit = Callable[[str, random.Random], str]

_NAMES = ["Zuri", "Anselm", "Priya", "Tobias", "Ines", "Kofi", "Lena", "Omar", "Signe", "Yara"]
_WORDS = ["violet", "quickly", "garden", "seven", "bridge", "paper", "window", "stone"]
_PLAIN_WORDS = [word for word in _WORDS if word not in NUMBER_WORDS]
_SPELLED = {str(number): word for word, number in NUMBER_WORDS.items() if number <= 20}
_NUMBER = re.compile(r"(?<![\w.,/])\d+(?![\w/]|[.,]\d)")

RELATIONS = {
    "more": "fewer", "less": "more", "fewer": "more", "twice": "half", "half": "twice", "greater": "smaller",
    "before": "after", "after": "before", "double": "triple", "older": "younger", "younger": "older",
}  # fmt: skip
"""Words that say how two amounts are related, each with one that says another relation."""
VERBS = {
    "buys": "sells", "sells": "buys", "bought": "sold", "sold": "bought", "gives": "takes", "gave": "took",
    "earns": "spends", "spends": "earns", "earned": "spent", "spent": "earned", "adds": "removes", "added": "removed",
    "increased": "decreased", "increases": "decreases", "decreased": "increased", "won": "lost", "lost": "won",
    "found": "lost", "saved": "spent", "saves": "spends",
}  # fmt: skip
"""Words that say whether an amount grows or shrinks, each with its contrary."""
UNITS = {
    "day": "week", "week": "month", "month": "year", "hour": "minute", "minute": "hour", "year": "month",
    "days": "weeks", "weeks": "days", "months": "years", "hours": "minutes", "minutes": "hours", "years": "months",
    "feet": "inches", "inches": "feet", "pounds": "ounces", "cents": "dollars", "miles": "kilometers",
}  # fmt: skip
"""Units, each with another of the same kind."""
SYNONYMS = {
    "buys": "purchases", "buy": "purchase", "bought": "purchased", "buying": "purchasing", "received": "got",
    "receives": "gets", "gave": "donated", "gives": "donates", "average": "mean", "altogether": "in total",
    "left": "remaining", "remaining": "left", "remain": "are left", "largest": "greatest", "biggest": "largest",
    "smallest": "least", "highest": "greatest", "pennies": "cents", "daily": "each day", "weekly": "each week",
    "taller": "longer", "last": "final", "same": "identical", "different": "distinct", "under": "below",
}  # fmt: skip
"""Words that may be decisive, each with others that say the same."""


def verbatim(text: str, _: random.Random) -> str:
    """Change nothing."""
    return text


def recased(text: str, _: random.Random) -> str:
    """Shout."""
    return text.upper()


def reformatted(text: str, _: random.Random) -> str:
    """Add a heading in bold and a blank line after each sentence."""
    return "**Problem.** " + text.replace(". ", ".\n\n")


def respaced(text: str, _: random.Random) -> str:
    """Double the spaces, and put one before each full stop and comma that ends a word."""
    return re.sub(r"(?<=[a-z])([.,?])(?=\s|$)", r" \1", text.replace(" ", "  "))


def spelled(text: str, _: random.Random) -> str:
    """Write whole numbers up to twenty in words."""
    return _NUMBER.sub(lambda found: _SPELLED.get(found.group(), found.group()), text)


def mistyped(text: str, draw: random.Random) -> str:
    """Swap two letters inside one word."""
    words = list(re.finditer(r"\b[a-z]{5,}\b", text))
    if not words:
        return text
    start = draw.choice(words).start() + 1
    return text[:start] + text[start + 1] + text[start] + text[start + 2 :]


def renamed(text: str, draw: random.Random) -> str:
    """Give all names others: capitalised words that stand inside a sentence, or have an apostrophe."""
    names = set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b", text)) | set(re.findall(r"\b[A-Z][a-z]{2,}(?='s\b)", text))
    for name, other in zip(sorted(names), draw.sample(_NAMES, len(_NAMES)), strict=False):
        text = re.sub(rf"\b{name}\b", other, text)
    return text


def renumbered(text: str, draw: random.Random) -> str:
    """Give all numbers in digits others."""
    return re.sub(r"\d+", lambda _: str(draw.randint(2, 999)), text)


def one_number(text: str, draw: random.Random) -> str:
    """Give one number in digits another of as many digits."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    number = draw.choice(found)
    least = 10 ** (len(number.group()) - 1)
    other = draw.randrange(least, 10 * least - 1)
    return text[: number.start()] + str(other + (other >= int(number.group()))) + text[number.end() :]


def words_replaced(count: int) -> Edit:
    """Return the edit that replaces so many lower-case words that are no numbers."""

    def edit(text: str, draw: random.Random) -> str:
        parts = text.split(" ")
        places = [at for at, word in enumerate(parts) if re.fullmatch("[a-z]{3,}", word) and word not in NUMBER_WORDS]
        for at in draw.sample(places, min(count, len(places))):
            parts[at] = draw.choice(_PLAIN_WORDS)
        return " ".join(parts)

    return edit


def one_word_in_ten(text: str, draw: random.Random) -> str:
    """Replace every tenth word, numbers included."""
    return " ".join(draw.choice(_WORDS) if draw.random() < 0.1 else word for word in text.split(" "))


def turned(words: Mapping[str, str]) -> Edit:
    """Return the edit that replaces one of the words by what it is mapped to."""
    pattern = re.compile(rf"\b(?:{'|'.join(words)})\b")

    def edit(text: str, draw: random.Random) -> str:
        found = list(pattern.finditer(text))
        if not found:
            return text
        word = draw.choice(found)
        return text[: word.start()] + words[word.group()] + text[word.end() :]

    return edit


def reworded(text: str, _: random.Random) -> str:
    """Leave out a word that only stresses what is said anyway, and ask for it in total (of other texts, nothing)."""
    shorter = re.sub(r"(?<! in) (?:also|both|only|all)\b", "", text, count=1)
    return re.sub(r"\?$", " in total?", shorter) if shorter != text and "total" not in text else text


def sentences_swapped(text: str, draw: random.Random) -> str:
    """Swap two sentences, of those before the last."""
    sentences = _sentences(text)
    if len(sentences) < 3:
        return text
    one, other = draw.sample(range(len(sentences) - 1), 2)
    sentences[one], sentences[other] = sentences[other], sentences[one]
    return " ".join(sentences)


def without_a_sentence(text: str, draw: random.Random) -> str:
    """Leave a sentence out; of one sentence, nothing."""
    sentences = _sentences(text)
    sentences.pop(draw.randrange(len(sentences)))
    return " ".join(sentences) or text


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!]) ", text)


TERMS = {
    "interior": "exterior", "simple": "compound", "derivative": "integral", "maximum": "minimum", "minimum": "maximum",
    "even": "odd", "odd": "even", "increasing": "decreasing", "horizontal": "vertical", "vertical": "horizontal",
    "sum": "product", "product": "sum", "real": "complex", "convergent": "divergent", "local": "absolute",
    "eigenvalues": "eigenvectors", "row": "column", "domain": "range", "range": "domain", "acute": "obtuse",
    "differentiate": "integrate", "expand": "factor", "linear": "quadratic", "vertices": "foci", "slope": "intercept",
    "upper": "lower",  "tangent": "normal", "tens": "units", "rows": "columns", "base": "height",
}  # fmt: skip
"""Terms of mathematics, each with one of another meaning."""
COMMANDS = {
    r"\cup": r"\cap", r"\cap": r"\cup", r"\le": r"\ge", r"\ge": r"\le", r"\sin": r"\cos", r"\cos": r"\sin",
    r"\leq": r"\geq", r"\geq": r"\leq", r"\sum": r"\prod", r"\ln": r"\log", r"\tan": r"\cot", r"\times": r"\div",
}  # fmt: skip
"""LaTeX commands, each with another."""
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_DRESS = [
    (r"\\frac(?=\{)", r"\\dfrac"), (r"(?<![\\a-z])\(([^()]*)\)", r"\\left(\1\\right)"), (r" ?= ?", r"\\,=\\;"),
    (r"\^(\d)(?!\d)", r"^{\1}"), (r"\$([^$]+)\$", r"\\(\1\\)"),
]  # fmt: skip


def replaced(pattern: str, instead: str) -> Edit:
    """Return the edit that replaces one place of a pattern."""
    compiled = re.compile(pattern)

    def edit(text: str, draw: random.Random) -> str:
        found = list(compiled.finditer(text))
        if not found:
            return text
        place = draw.choice(found)
        return text[: place.start()] + place.expand(instead) + text[place.end() :]

    return edit


def dressed(text: str, _: random.Random) -> str:
    """Write formulas in another dress: larger fractions and brackets, other spaces, braces and marks of a formula."""
    if "$" not in text or r"\$" in text:
        return text
    parts = text.split("$")
    for pattern, instead in _DRESS[:-1]:
        parts[1::2] = [re.sub(pattern, instead, part) for part in parts[1::2]]
    return re.sub(*_DRESS[-1], "$".join(parts))


def commanded(text: str, draw: random.Random) -> str:
    """Replace one LaTeX command by another."""
    found = [place for place in re.finditer(r"\\[a-z]+", text) if place.group() in COMMANDS]
    if not found:
        return text
    place = draw.choice(found)
    return text[: place.start()] + COMMANDS[place.group()] + text[place.end() :]


def another_day(text: str, draw: random.Random) -> str:
    """Name another day of the week, in one place."""
    found = list(re.finditer(rf"\b(?:{'|'.join(_DAYS)})\b", text))
    if not found:
        return text
    place = draw.choice(found)
    return text[: place.start()] + draw.choice([day for day in _DAYS if day != place.group()]) + text[place.end() :]


def another_person(text: str, draw: random.Random) -> str:
    """Ask about another person of the story."""
    start = max(text.rfind(mark, 0, -1) for mark in ".?!") + 1
    names = sorted(set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b(?! of)", text)) - set(_DAYS))
    asked = [name for name in names if re.search(rf"\b{name}\b", text[start:])]
    if not asked or len(names) < 2:
        return text
    name = draw.choice(asked)
    other = draw.choice([one for one in names if one != name])
    return text[:start] + re.sub(rf"\b{name}\b", other, text[start:], count=1)


def without_each(text: str, _: random.Random) -> str:
    """Leave out an `each`."""
    return re.sub(r" each\b", "", text, count=1)
