"""Maths problems that cannot have one definite answer, by their words.

To those of any subject (`subjects.ill_posed`) come

- `contradiction`: two statements are the same but for their number ("There are 6 bags. There are 7 bags.").
- `repeated_statement`: a statement of a number follows the same statement ("There are 7 bags. There are 7 bags. 4 are
  sold."): a text without sense, whatever its answer.
- `self_comparison`: someone has more or less than the same one ("Ann has 4 marbles more than Ann."), or it asks what
  someone and the same one have together.
- `unknown_partner`: it asks what two have together, and says nothing of one of them ("Ann has 4 pens. How many pens do
  Ann and Tom have together?").
- `unknown_person`: it asks about somebody, and says what others have or do ("Ann has 4 pens. How many pens does Tom
  have?").
- `unbound_letter`: it asks for the value of a formula, nothing else, and says nothing of a letter in it ("What is the
  value of $6x + 6$?").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import polars as pl

from scalequest_assets.subjects import ill_posed
from scalequest_assets.subjects.ill_posed import Faults

CONTRADICTION, REPEATED_STATEMENT = "contradiction", "repeated_statement"
SELF_COMPARISON, UNKNOWN_PARTNER, UNKNOWN_PERSON = "self_comparison", "unknown_partner", "unknown_person"
UNBOUND_LETTER = "unbound_letter"

_SENTENCE_END = r"[.?!;]\s+"
_NUMBER = r"\d+(?:[.,]\d+)*"
_STATES = r"\b(?:has|have|had|is|are|was|were|costs?|holds?|contains?|weighs?)\b"
_PRONOUNS = r"^(?:It|They|He|She|We|I|This|That)\b"
_OTHERS = r"^(?:One|Another)\b"
_DIGITS, _LETTERS = list("0123456789"), list("abcdefghij")
_COMPARES = (
    r"\b([A-Z][a-z]+)\s(?:has|had|is|was|gets?|got|owns|needs|sells|sold|buys|bought|makes|made|eats|ate|picks|picked|"
    r"finds|found|saves|saved|earns|earned|scores|scored|wins|won|reads|runs|ran)\b[^.?!,;A-Z]{1,80}\b(?:more|less|fewer|[a-z]{2,12}er)\b[^.?!,;A-Z]{0,40}\bthan\s([A-Z][a-z]+)"
    r"(?:[.?!,;]|$)"
)
_ASKS_TOGETHER = (
    r"[.!;]\s[^.?!;]*\b(?:do|did|will)\s([A-Z][a-z]+)\sand\s([A-Z][a-z]+)\s(?:now\s)?(?:have|own|get|earn|save|make|weigh|score|"
    r"collect|read|eat|sell|buy|need|pay|spend)\b(?:\s[a-z]+){0,3}\s(?:together|altogether|combined|in\s(?:all|total))\?"
)
_ASKS_OF_ONE = (
    r"[.!;]\s[^.?!;\d]*\b(?:does|did|will|has|can|(?:old|tall|heavy|fast)\sis)\s([A-Z][a-z]+)"
    r"(?:\s[^.?!;\dA-Z]*)?\?\s*\z"
)
_TELLS_OF_ONE = (
    r"(?:\A|[.!;,]\s(?:and\s|but\s|then\s)?)[A-Z][a-z]*[a-rt-z]\s(?:has|had|is\s\d+\syears|gets?|got|gives?|gave|buys?|"
    r"bought|saves?|saved|wins?|won|reads?|bakes?|baked|walks?|walked|wants?|wanted|picks?|picked|eats?|ate|makes?|made|"
    r"earns?|earned|sells?|sold|spends?|spent)\b"
)
_NO_PERSON = (
    r"\b(?:It|This|That|One|Another|The|An?|School|Lunch|Dinner|Water|White|Black|Red|Blue|(?:No|Any|Some)(?:body|one)?|"
    r"(?:No|Some|Any|Every)thing|Who|Which)\b"
)
_STAND_INS = (
    r"(?i)\b(?:each|every(?:one|body)?|all\sof|both|same|twins?|couple|family|(?:grand|step)?(?:mother|father|mom|mum|mama|dad|papa|"
    r"brother|sister|son|daughter|child|parent)s?|wife|husband|friends?|cousins?|uncle|aunt|neighbou?rs?|children|kids?|"
    r"others?|people|persons|players|candidates?|opponents?|teams?|guests?|members?|pets?|dogs?|cats?|pupp(?:y|ies)|"
    r"kittens?|horses?|he|she|they)\b"
)
_RATES = r"(?i)\b(?:for|in|on|of|at|per|with|from|to|into|after)\seach\b"
_ONE_FORMULA = r"(?i)\A([^.?!,:;$\\=\d]{0,60})\b%s\s{1,3}\$([^$]{1,80})\$\s{0,3}[?.]?\s{0,3}\z"
_PLAIN_FORMULA = r"\A(?:[-+*/^(){}\s.\da-z]|\\(?:cdot|times|left|right|[dt]?frac)\b)*\z"
_NO_LETTER = r"\d\s*x\s*\d|\^\s*\{?\s*0|(?:\A|[^.\d])0(?:[^.\d]|\z)"
"""What makes a number of a letter or a sign of it: 12 x 5, x^0, 0x."""
_LETTER = r"(?:\A|[^A-Za-z\\])([a-df-hj-z])(?:[^A-Za-z]|\z)"


class People(NamedTuple):
    """Regular expressions of one language about people in a story.

    Attributes:
        asks_of_two: A question behind a sentence, about what somebody (group 1) and somebody (group 2) have together.
        asks_of_one: A question behind a sentence and at the end, without a number, about somebody (group 1).
        tells_of_one: What somebody has or does, by the verbs that small models write.
        no_person: What looks like a name where a sentence begins, and is none.
        stand_ins: Words that may stand for one who is named in a question alone.
        rates: What looks like one of those words, and counts things ("for each").
    """

    asks_of_two: str
    asks_of_one: str
    tells_of_one: str
    no_person: str
    stand_ins: str
    rates: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Stories:
    """Regular expressions of one language, for the rules here.

    Attributes:
        states: Verbs of a state: what is stated twice with other numbers contradicts.
        pronouns: What begins a statement of the thing that was named last: `It costs $5.`
        others: What begins a statement that may be of another thing each time: `One holds 5 balls. One holds 7.`
        compares: A sentence that compares somebody (group 1) with somebody (group 2).
        value_of: What a formula follows whose value is asked for, with the article: "the least value" is another thing.
        people: Who is asked about; None leaves those rules out.
    """

    states: str
    compares: str
    value_of: str
    people: People | None = None
    pronouns: str = ill_posed.NOTHING
    others: str = ill_posed.NOTHING


ENGLISH: Final = Stories(
    states=_STATES,
    compares=_COMPARES,
    value_of=r"the\s{1,3}value\s{1,3}of",
    pronouns=_PRONOUNS,
    others=_OTHERS,
    people=People(
        asks_of_two=_ASKS_TOGETHER,
        asks_of_one=_ASKS_OF_ONE,
        tells_of_one=_TELLS_OF_ONE,
        no_person=_NO_PERSON,
        stand_ins=_STAND_INS,
        rates=_RATES,
    ),
)


def rules(faults: Faults = ill_posed.ENGLISH, stories: Stories = ENGLISH) -> dict[str, pl.Expr]:
    """Return drop reasons in the order in which they are asked, each with what is true of a `query` where it holds."""
    compares = _compares_with_itself(stories.compares)
    own = {
        CONTRADICTION: _contradicts(stories),
        REPEATED_STATEMENT: _repeats(stories.states),
        SELF_COMPARISON: compares,
    }
    if stories.people:
        own[SELF_COMPARISON] = compares | _counts_twice(stories.people)
        own[UNKNOWN_PARTNER] = _has_unknown_partner(stories.people)
        own[UNKNOWN_PERSON] = _asks_of_unknown(stories.people)
    return {**ill_posed.rules(faults), **own, UNBOUND_LETTER: _has_unbound_letter(stories.value_of)}


def _contradicts(stories: Stories) -> pl.Expr:
    """Whether two statements of one number each differ in it alone; what is done twice (`buys 3`) adds up.

    Where a pronoun begins them, no other sentence may stand between them: `It` may be another thing then.
    """
    one = pl.element().str
    is_said_of_last = one.contains(stories.pronouns) & _states_number(stories.states)
    last = (~is_said_of_last).cum_sum().cast(pl.String).str.replace_many(_DIGITS, _LETTERS)
    statement = pl.when(is_said_of_last).then(pl.format("{} {}", last, pl.element())).otherwise(pl.element())
    counts = _states_number(stories.states) & ~one.contains(stories.others)
    stated = _sentences().list.eval(statement.filter(counts))
    return stated.list.eval(one.replace(_NUMBER, "#")).list.n_unique() < stated.list.n_unique()


def _repeats(states: str) -> pl.Expr:
    """Whether a statement of one number follows the same one; what begins as `It is` may say it of another thing."""
    is_again = (pl.element() == pl.element().shift()) & (pl.element().str.count_matches(" ", literal=True) > 2)
    return _sentences().list.eval(is_again & _states_number(states)).list.any()


def _sentences() -> pl.Expr:
    """Return the sentences of a question, without what ends them."""
    sentences = pl.col("query").str.replace_all(_SENTENCE_END, "\n").str.split("\n")
    return sentences.list.eval(pl.element().str.strip_chars(" .?!"))


def _states_number(states: str) -> pl.Expr:
    one = pl.element().str
    return one.contains(states) & (one.count_matches(_NUMBER) == 1)


def _compares_with_itself(compares: str) -> pl.Expr:
    one = pl.element().str
    found = pl.col("query").str.extract_all(compares)
    return found.list.eval(one.extract(compares, 1) == one.extract(compares, 2)).list.any()


def _counts_twice(people: People) -> pl.Expr:
    one, other = _asked_together(people)
    return (one == other).fill_null(False)


def _has_unknown_partner(people: People) -> pl.Expr:
    only = [_is_named_once(name) for name in _asked_together(people)]
    return ((only[0] ^ only[1]) & ~_has_stand_in(people)).fill_null(False)


def _asks_of_unknown(people: People) -> pl.Expr:
    query = pl.col("query").str
    only = _is_named_once(query.extract(people.asks_of_one, 1))
    tells = query.replace_all(people.no_person, "").str.contains(people.tells_of_one)
    return (only & tells & ~_has_stand_in(people)).fill_null(False)


def _asked_together(people: People) -> tuple[pl.Expr, pl.Expr]:
    """Return the two names that it asks about; null where it asks of no two."""
    names = pl.col("query").str.extract_groups(people.asks_of_two).struct
    return names.field("1"), names.field("2")


def _is_named_once(name: pl.Expr) -> pl.Expr:
    """Whether a name is nowhere but where it was found, in any case or form; null where there is none."""
    return pl.col("query").str.count_matches(pl.format(r"(?i)(?:^|[^\pL]){}", name)) == 1


def _has_stand_in(people: People) -> pl.Expr:
    """Whether a word may stand for one who is named once."""
    return pl.col("query").str.replace_all(people.rates, "").str.contains(people.stand_ins)


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
    REPEATED_STATEMENT: "it gives one number of a thing twice, in the same words",
    SELF_COMPARISON: "it compares someone with the same one, or counts that one twice",
    UNKNOWN_PARTNER: "it asks what two have together, and says nothing of one of them",
    UNKNOWN_PERSON: "it asks about someone, and says what others have or do",
    UNBOUND_LETTER: "it asks for the value of a formula, and says nothing of a letter in it",
}
"""Every one of these reasons and what it says of a question."""
