"""When two texts differ in the names of people alone: the same problem, told of others.

A name is a word with a capital inside a sentence, or at the start of one where somebody acts (`Tom has`, with a `he` or
`she` in the text), that is never written small, has no article, and that no subject's vocabulary knows. Names must be
exchanged one to one everywhere, so that who is asked about stays the same; days, months and what is named after people
(`Euler's method`) are no names of people.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import polars as pl

from scalequest_assets.recipe.blocks import Flags, Ints
from scalequest_assets.subjects.maths.decisive_words import meaning
from scalequest_assets.subjects.maths.topic_words import WORDS

_WORD = re.compile(r"[^\W\d_]{2,}")
_CAPITAL = re.compile(
    r"(?P<article>\b(?:[Tt]he|[Aa]n?|[Ww]ord) )?(?P<start>\A\W*|[.?!:;\"\u201c\n]\s*)?"
    r"\b(?P<name>[A-Z][a-zß-öø-ÿ]+)\b(?=(?:['\u2019]s)?(?P<next> [a-z]+)?)"
)
_CAPITALISED = re.compile(r"\b[A-Z][a-zß-öø-ÿ]+\b")
_ACTS = re.compile(r" (?:has|had|is|was|[a-z]+s|[a-z]+ed)\Z")
_PERSONS = ("he", "she", "his", "her", "him")
_PERSON = re.compile(rf"\b(?:{'|'.join(_PERSONS)})\b")
_SPELT = re.compile(r"\b(?:letters?|anagrams?|alphabet\w*|initials?|spell\w*|vowels?)\b")
_SPELT_PARTS = ("letter", "anagram", "alphabet", "initial", "spell", "vowel")
"""One of them is in whatever `_SPELT` finds: looked for first, since that takes a tenth."""
_NAMED_AFTER = frozenset(
    {
        "rule",
        "method",
        "law",
        "theorem",
        "formula",
        "identity",
        "inequality",
        "triangle",
        "number",
        "numbers",
        "sequence",
    }
    | {"series", "numerals", "polynomial", "polynomials", "distribution", "sum", "integral", "transform", "constant"}
    | {"lemma", "conjecture", "equation", "criterion", "test", "algorithm"}
)
_NEVER = frozenset(
    {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march"}
    | {"april", "may", "june", "july", "august", "september", "october", "november", "december", "celsius"}
    | {"fahrenheit", "kelvin", "roman", "arabic", "cartesian"}
    | {word for groups in WORDS.values() for group in groups for word in group.split()}
)
_PRONOUNS = frozenset({"he", "she"})


@lru_cache(maxsize=1 << 12)
def names(text: str) -> frozenset[str]:
    """Return the names of people in a text, as `decisive_words.meaning` has them."""
    words = _WORD.findall(text)
    is_about_letters = any(part in text for part in _SPELT_PARTS) and _SPELT.search(text)
    if is_about_letters or 2 * sum(map(str.istitle, words)) > len(words):
        return frozenset()
    found, others = set[str](), set[str](words)
    has_person = not others.isdisjoint(_PERSONS) and bool(_PERSON.search(text))
    for match in _capitalised(text):
        name, following = match["name"].lower(), match["next"] or ""
        if match["article"] or following.strip() in _NAMED_AFTER:
            others.add(name)
        elif match["start"] is None or (has_person and _ACTS.match(following)):
            found.add(name)
    return frozenset(meaning(name) or name for name in found - others - _NEVER)


def _capitalised(text: str) -> Iterator[re.Match[str]]:
    """Yield what `_CAPITAL.finditer` does, in half the time: it starts at the word before each capital."""
    end = 0
    while word := _CAPITALISED.search(text, end):
        start = word.start()
        while start > end and not text[start - 1].isalnum():
            start -= 1
        while start > end and text[start - 1].isalnum():
            start -= 1
        match = _CAPITAL.search(text, start)
        assert match  # the word itself is one
        yield match
        end = match.end()


def have_capitals(texts: pl.Series, rows: Ints, words: pl.Series) -> Flags:
    """Return whether `texts[rows[i]]` has the word `words[i]`, by its meaning, with a capital; a pronoun counts as one.

    Nothing else can be a name. A capital of a word that is never a name (`_NEVER`) counts for nothing.
    """
    found = pl.DataFrame({"row": np.arange(len(texts)), "word": texts.str.extract_all(_CAPITALISED.pattern)})
    found = found.explode("word").drop_nulls().with_columns(pl.col("word").str.to_lowercase())
    written = found["word"].unique()
    written = written.filter(~written.is_in(list(_NEVER)))
    meant = pl.DataFrame({"word": written, "meaning": pl.Series(map(meaning, written), dtype=pl.String)})
    capitals = found.join(meant, on="word").select("row", word="meaning").unique().with_columns(has=True)
    asked = pl.DataFrame({"row": rows, "word": words})
    has = asked.join(capitals, on=["row", "word"], how="left", maintain_order="left")["has"].is_not_null()
    return np.asarray((has | words.is_in(list(_PRONOUNS))).to_numpy(), np.bool_)


def are_renamed(one: Sequence[str], other: Sequence[str], texts: tuple[str, str]) -> bool:
    """Return whether two texts are the same but for the names of people.

    Args:
        one: Tokens of one text, as `problem_marks.tokens` has them.
        other: Those of the other.
        texts: Both texts as they are written.
    """
    if len(one) != len(other):
        return False
    changed = {pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]}
    if not all(word.isalpha() for pair in changed for word in pair):
        return False
    exchanged = [pair for pair in changed if set(pair) != _PRONOUNS]
    if not _is_one_to_one(one, other, frozenset(word for pair in exchanged for word in pair)):
        return False  # asked first, since to read names takes long
    here = names(texts[0])
    if not all(word in here for word, _ in exchanged):
        return False
    there = names(texts[1])
    renamed = {(a, b) for a, b in changed if a in here and b in there}
    if not renamed or not _is_one_to_one(one, other, here | there):
        return False
    genders = changed - renamed
    stays = any(a == b and a in here for a, b in zip(one, other, strict=True))
    return all(set(pair) == _PRONOUNS for pair in genders) and not (genders and (stays or len(genders) > 1))


def _is_one_to_one(one: Sequence[str], other: Sequence[str], named: frozenset[str]) -> bool:
    """Return whether each name stands for one name of the other text everywhere, and the other way round."""
    pairs = {(a, b) for a, b in zip(one, other, strict=True) if a in named or b in named or {a, b} <= _PRONOUNS}
    return len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
