"""Maths problems that cannot have one definite answer, by their words.

To those of any subject (`subjects.ill_posed`) come

- `contradiction`: two statements are the same but for their number ("There are 6 bags. There are 7 bags.").
- `self_comparison`: someone has more or less than the same one ("Ann has 4 marbles more than Ann."), or it asks what
  someone and the same one have together.
- `unknown_partner`: it asks what two have together, and says nothing of one of them ("Ann has 4 pens. How many pens do
  Ann and Tom have together?").
- `unbound_letter`: it asks for the value of a formula, nothing else, and says nothing of a letter in it ("What is the
  value of $6x + 6$?").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import polars as pl

from scalequest_assets.subjects import ill_posed
from scalequest_assets.subjects.ill_posed import Faults

CONTRADICTION, SELF_COMPARISON = "contradiction", "self_comparison"
UNKNOWN_PARTNER, UNBOUND_LETTER = "unknown_partner", "unbound_letter"

_SENTENCE_END = r"[.?!;]\s+"
_NUMBER = r"\d+(?:[.,]\d+)*"
_STATES = r"\b(?:has|have|had|is|are|was|were|costs?|holds?|contains?|weighs?)\b"
_COMPARES = (
    r"\b([A-Z][a-z]+)\s(?:has|had|is|was|gets?|got|owns|needs|sells|sold|buys|bought|makes|made|eats|ate|picks|picked|"
    r"finds|found|saves|saved|earns|earned|scores|scored|wins|won|reads|runs|ran)\b[^.?!,;A-Z]{1,80}\b(?:more|less|fewer|[a-z]{2,12}er)\b[^.?!,;A-Z]{0,40}\bthan\s([A-Z][a-z]+)"
    r"(?:[.?!,;]|$)"
)
_ASKS_TOGETHER = (
    r"[.!;]\s[^.?!;]*\b(?:do|did|will)\s([A-Z][a-z]+)\sand\s([A-Z][a-z]+)\s(?:now\s)?(?:have|own|get|earn|save|make|weigh|score|"
    r"collect|read|eat|sell|buy|need|pay|spend)\b(?:\s[a-z]+){0,3}\s(?:together|altogether|combined|in\s(?:all|total))\?"
)
_STAND_INS = (
    r"(?i)\b(?:each|every(?:one|body)?|all\sof|both|same|twins?|couple|family|(?:grand|step)?(?:mother|father|mom|mum|mama|dad|papa|"
    r"brother|sister|son|daughter|child|parent)s?|wife|husband|friends?|cousins?|uncle|aunt|neighbou?rs?|children|kids?|"
    r"others?|he|she|they)\b"
)
_RATES = r"(?i)\b(?:for|in|on|of|at|per|with|from|to|into|after)\seach\b"
_ONE_FORMULA = r"(?i)\A([^.?!,:;$\\=\d]{0,60})\b%s\s{1,3}\$([^$]{1,80})\$\s{0,3}[?.]?\s{0,3}\z"
_PLAIN_FORMULA = r"\A(?:[-+*/^(){}\s.\da-z]|\\(?:cdot|times|left|right|[dt]?frac)\b)*\z"
_NO_LETTER = r"\d\s*x\s*\d|\^\s*\{?\s*0|(?:\A|[^.\d])0(?:[^.\d]|\z)"
"""What makes a number of a letter or a sign of it: 12 x 5, x^0, 0x."""
_LETTER = r"(?:\A|[^A-Za-z\\])([a-df-hj-z])(?:[^A-Za-z]|\z)"


class Together(NamedTuple):
    """Regular expressions of one language about what two have together.

    Attributes:
        asks: A question behind a sentence, about somebody (group 1) and somebody (group 2).
        stand_ins: Words that may stand for one who is named in that question alone.
        rates: What looks like one of those words, and counts things ("for each").
    """

    asks: str
    stand_ins: str
    rates: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Stories:
    """Regular expressions of one language, for the rules here.

    Attributes:
        states: Verbs of a state: what is stated twice with other numbers contradicts.
        compares: A sentence that compares somebody (group 1) with somebody (group 2).
        value_of: What a formula follows whose value is asked for, with the article: "the least value" is another thing.
        together: What two are asked about; None leaves that rule out.
    """

    states: str
    compares: str
    value_of: str
    together: Together | None = None


ENGLISH: Final = Stories(
    states=_STATES,
    compares=_COMPARES,
    value_of=r"the\s{1,3}value\s{1,3}of",
    together=Together(asks=_ASKS_TOGETHER, stand_ins=_STAND_INS, rates=_RATES),
)


def rules(faults: Faults = ill_posed.ENGLISH, stories: Stories = ENGLISH) -> dict[str, pl.Expr]:
    """Return drop reasons in the order in which they are asked, each with what is true of a `query` where it holds."""
    compares = _compares_with_itself(stories.compares)
    own = {CONTRADICTION: _contradicts(stories.states), SELF_COMPARISON: compares}
    if stories.together:
        own[SELF_COMPARISON] = compares | _counts_twice(stories.together)
        own[UNKNOWN_PARTNER] = _has_unknown_partner(stories.together)
    return {**ill_posed.rules(faults), **own, UNBOUND_LETTER: _has_unbound_letter(stories.value_of)}


def _contradicts(states: str) -> pl.Expr:
    """Whether two statements of one number each differ in it alone; what is done twice (`buys 3`) adds up."""
    one = pl.element().str
    has_one = one.contains(states) & (one.count_matches(_NUMBER) == 1)
    sentences = pl.col("query").str.replace_all(_SENTENCE_END, "\n").str.split("\n")
    stated = sentences.list.eval(one.strip_chars(" .?!").filter(has_one))
    return stated.list.eval(one.replace(_NUMBER, "#")).list.n_unique() < stated.list.n_unique()


def _compares_with_itself(compares: str) -> pl.Expr:
    one = pl.element().str
    found = pl.col("query").str.extract_all(compares)
    return found.list.eval(one.extract(compares, 1) == one.extract(compares, 2)).list.any()


def _counts_twice(together: Together) -> pl.Expr:
    one, other = _asked_together(together)
    return (one == other).fill_null(False)


def _has_unknown_partner(together: Together) -> pl.Expr:
    """Whether one of the two names is nowhere else, in any case or form, nor a word that may stand for it."""
    query = pl.col("query").str
    only = [query.count_matches(pl.format(r"(?i)(?:^|[^\pL]){}", name)) == 1 for name in _asked_together(together)]
    has_stand_in = query.replace_all(together.rates, "").str.contains(together.stand_ins)
    return ((only[0] ^ only[1]) & ~has_stand_in).fill_null(False)


def _asked_together(together: Together) -> tuple[pl.Expr, pl.Expr]:
    """Return the two names that it asks about; null where it asks of no two."""
    names = pl.col("query").str.extract_groups(together.asks).struct
    return names.field("1"), names.field("2")


def _has_unbound_letter(value_of: str) -> pl.Expr:
    """Whether a formula of numbers and letters is all that it has, and a letter of it (not e, nor i) is there once."""
    asked = pl.col("query").str.extract_groups(_ONE_FORMULA % value_of).struct
    formula = asked.field("2")
    letter = formula.str.extract(_LETTER)
    is_named = asked.field("1").str.contains(pl.format(r"(?i)(?:\A|[^a-z]){}(?:[^a-z]|\z)", letter))
    is_sum = formula.str.contains(_PLAIN_FORMULA) & formula.str.contains(r"\d") & ~formula.str.contains(_NO_LETTER)
    is_once = formula.str.count_matches(letter, literal=True) == 1  # 6x - 6x is 0
    return (is_sum & is_once & ~is_named).fill_null(False)


RULES: Final = rules()
"""The rules in English."""

MEANINGS: Final[Mapping[str, str]] = {
    **ill_posed.MEANINGS,
    CONTRADICTION: "it gives two numbers of the same thing",
    SELF_COMPARISON: "it compares someone with the same one, or counts that one twice",
    UNKNOWN_PARTNER: "it asks what two have together, and says nothing of one of them",
    UNBOUND_LETTER: "it asks for the value of a formula, and says nothing of a letter in it",
}
"""Every one of these reasons and what it says of a question."""
