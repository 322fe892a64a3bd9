"""The normal form of answers to puzzles, when two are equal, and which form a question asks for.

| form | as it is written | read, too, from |
|---|---|---|
| truth | `yes`, `no` | `Yes, it follows`, `true`, `invalid`; `Ann is a knight`, where that is asked |
| count | `3` | `three people`, `the third house`; `none` where a number is asked for |
| choice | `(B)` | `B`, `Option B`, `B. Ann is first` |
| order | `Ann, Bob, Cleo` | `(Ann, Bob, Cleo)`, `Ann < Bob < Cleo`, `1. Ann 2. Bob`, `Ann, then Bob, finally Cleo` |
| set | `{Ann, Bob}`, of one `Ann` | `Ann and Bob`, `both Bob and Ann`, `none` |
| knights | `knights: Ann, Bob` | `Ann and Bob are knights`, `Ann: knight, Bob: knight, Cleo: knave` |
| knaves | `knaves: Cleo` | where nobody says who the others are |

Names are written with one capital. All of a text is read, or none of it. A bare list is an order, unless the question
asks for a set. `Ann > Bob` is not read: which end comes first depends on what was asked.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from scalequest_assets.subjects.number_words import SMALL_NUMBERS

MAX_CHARS: Final = 300
_MAX_NAMES: Final = 12
_MAX_QUERY, _MAX_ASK = 4000, 400
_DRESS: Final = re.compile(r"\\(?:text|textbf|mathrm|mbox)\s?\{([^{}]*)\}")
_SPACED: Final = re.compile(r"\\[,;! ]|[$*_`\"\u201c\u201d\\]|\s+")
_ARROWS: Final = re.compile(
    r"\\(?:rightarrow|to|lt|prec)\b|\u2192|->|<|\s-\s|,?\s*\b(?:and )?(?:then|finally|lastly)\b", re.IGNORECASE
)
_FOLLOWS: Final = r"(?:it|this|the conclusion)\s"
_TRUTH: Final = re.compile(
    rf"(?:(?P<yes>yes|true|valid|{_FOLLOWS}(?:does\s)?follows?)"
    rf"|no(?!\sone)|false|invalid|not\svalid|{_FOLLOWS}does(?:\snot|n't)\sfollow)(?:\s?[,.;:(-].*)?",
    re.IGNORECASE,
)
_CHOICE: Final = re.compile(r"(?:(?i:option|choice|answer|statement)\s)?\(?([A-E])\)?(?:[.:)]?(?<=\W)\s.*)?")
_COUNT: Final = re.compile(
    r"(?:exactly |only |just |there (?:is|are) )?([0-9]{1,9}|[a-z-]+)(?: [a-z-]+){0,3}", re.IGNORECASE
)
_ORDINALS: Final = "first second third fourth fifth sixth seventh eighth ninth tenth"
_PLACES: Final = {
    **{word: at for at, word in enumerate(_ORDINALS.split(), start=1)},
    **{"1st": 1, "2nd": 2, "3rd": 3},
    **{f"{at}th": at for at in range(4, 11)},
}
_PLACE: Final = re.compile(
    rf"(?:(?:in|at) )?(?:the )?(?P<place>{'|'.join(_PLACES)})"
    r"(?: (?:one|house|place|position|spot|seat|box|door|room|row|floor|day))?",
    re.IGNORECASE,
)
_NOBODY: Final = re.compile(
    r"none(?: of them)?|nobody|no[ -]one|nothing|\{\s*\}|\u2205|emptyset|(?:the )?empty set", re.IGNORECASE
)
_ALL: Final = re.compile(r"all(?: of them)?|both(?: of them)?|every(?:one|body)", re.IGNORECASE)
_ROLE: Final = {"knight": "knights", "truth-teller": "knights", "knave": "knaves", "liar": "knaves"}
OTHERS: Final = {"knights": "knaves", "knaves": "knights"}
"""Who all are that are not of a role."""
_ROLES: Final = rf"(?P<role>{'|'.join(_ROLE)})s?"
_NAME: Final = (
    rf"(?!(?i:{'|'.join(_ROLE)})s?\b)"
    r"(?:(?i:none|all|both)\b(?: of them)?|(?i:nobody|no one|everyone)\b|[A-Z][\w'-]{0,30})"
)
_LIST: Final = rf"{_NAME}(?:(?:\s?,\s?(?:and\s)?|\sand\s|\s?&\s?){_NAME}){{0,{_MAX_NAMES - 1}}}"
_NAMED: Final = (
    re.compile(rf"(?:[Tt]he\s)?(?i:{_ROLES})(?:\s?[:=]|\sis|\sare)\s?(?P<names>{_LIST})"),
    re.compile(
        rf"(?P<names>{_LIST})(?:\s(?:is|are)(?:\s(?:all|both|each))?|\s?[:=]|\s<)\s?(?:(?:an?|the)\s)?(?i:{_ROLES})\b"
    ),
)
_IS_ROLE: Final = re.compile(rf"\b[Ii]s ([A-Z][\w'-]{{0,30}}) (?:an? |the )?(?i:{_ROLES})\?")
_BARE_ROLE: Final = re.compile(rf"(?:s?he is |it is )?(?:an? |the )?{_ROLES}", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"(?:[\s,;.]|\b(?:and|while|but)\b)*")
_ITEM: Final = re.compile(r"(?:\A|[,;\s]+)([0-9]{1,2})(?:[.):]+|st:?|nd:?|rd:?|th:?)\s+")
_JOINED: Final = re.compile(r"\s*(?:[,;&]|\band\b)\s*")
_ENCLOSED: Final = re.compile(r"\A[(\[]([^()\[\]]*,[^()\[\]]*)[)\]]\Z")
"""An order as the prompt shows it: `(Ann, Bob, Cleo)`."""
_LEAD: Final = re.compile(r"\A(?:only|just|both|the (?:order|answer) is|it is|it's|that is)\s", re.IGNORECASE)
_PREDICATE: Final = re.compile(r"(?P<names>.+?)\s(?:only|(?:is|are|was|were|has|have|likes?|comes?|did)\b(?P<rest>.*))")
_PLAIN: Final = re.compile(r"(?!.*(?:\b(?:not|neither|and|or|than)\b|n't))")
_WORD: Final = re.compile(r"(?:the |an? )?([^\W\d_][\w'-]{0,30})", re.IGNORECASE)
_NO_NAME: Final = re.compile(
    r"un(?:known|determined|decidable|clear)|impossible|cannot|it|they|this|that|not|neither|either|other|answer|or|none"
    r"|all|everyone|nobody|yes|no|true|false",
    re.IGNORECASE,
)
_OPTIONS: Final = re.compile(r"\(([A-E])\)\s?([^()]{1,200}?)[,.;]?(?=\s{0,4}\([A-E]\)|[.\s]{0,4}\Z|[.?]\s{1,4}[A-Z])")
_ASKED: Final = {
    "truth": r"\A(?:is|are|does|do|did|can|could|must|was|were|will|has|have)\b",
    "count": r"\bhow many\b|\bwhat number\b",
    "order": r"\b(?:what|which|the|their)\sorder\b|\brank\b|\b(?:list|name) them\b.*\bfrom\b",
    "knights": r"\b(?:who|which|name)\b.*\b(?:is|are) (?:a |the )?(?:knights?|truth-tellers?)\b",
    "knaves": r"\b(?:who|which|name)\b.*\b(?:is|are) (?:a |the )?(?:knaves?|liars?)\b",
    "set": r"\b(?:who|whose|which|name|what|where|list)\b",
}


class Form(NamedTuple):
    """What an answer says: its kind, and its value or names, in order."""

    kind: str
    said: tuple[str, ...]

    def __str__(self) -> str:
        names = ", ".join(self.said)
        if self.kind in OTHERS:
            return f"{self.kind}: {names or 'none'}"
        if self.kind == "set" and len(self.said) != 1:
            return f"{{{names}}}"
        return f"({names})" if self.kind == "choice" else names


@lru_cache(maxsize=1 << 14)
def read(text: str, asked: str | None = None, people: tuple[str, ...] = ()) -> Form | None:
    """Return what an answer says; None where it is not read whole.

    Args:
        text: The answer.
        asked: The kind of form that the question asks for, where it is known.
        people: Those of whom the question speaks: where knaves are named, the others are knights.
    """
    said = _ENCLOSED.sub(r"\1", plain(text)) if len(text) <= MAX_CHARS else ""
    if not said:
        return None
    return _roles(said, people) or _value(said, asked) or _order(said) or _names(said, asked, people)


def plain(text: str) -> str:
    """Return a text without LaTeX, Markdown and what stands around it; arrows of an order are ` < `."""
    said = _SPACED.sub(" ", _ARROWS.sub(" < ", _DRESS.sub(r"\1", text)))
    return " ".join(said.split()).strip(" .;:!,")


def same(left: str, right: str) -> bool | None:
    """Return whether two answers are equal; None where that cannot be decided: one is not read, or their kinds differ.

    An answer of yes or no, or a number, differs from every other kind; but none of a set may be the number 0, and who
    is a knight may be a yes or no.
    """
    one, other = read(left), read(right)
    if one is None or other is None:
        return True if left.split() == right.split() else None
    if one.kind == other.kind:
        return one.said == other.said
    kinds = {one.kind, other.kind}
    is_plain = kinds & {"truth", "count"} and () not in (one.said, other.said)
    return False if is_plain and not ("truth" in kinds and kinds & {*OTHERS}) else None


def verdict(said: str, query: str) -> Form | None:
    """Return what an answer says of one who is asked for a role: `Ann is a knave` is no to "Is Ann a knight?"."""
    asked = list(_IS_ROLE.finditer(query[-_MAX_QUERY:]))
    if not asked or len(said) > MAX_CHARS:
        return None
    said, name, role = plain(said), _capitalised(asked[-1][1]), _ROLE[asked[-1]["role"].lower()]
    bare = _BARE_ROLE.fullmatch(said)
    found = {_ROLE[bare["role"].lower()]: {name}} if bare else _named_roles(said)
    of_them = [one for one, names in (found or {}).items() if name in names]
    return Form("truth", ("yes" if of_them == [role] else "no",)) if len(of_them) == 1 else None


def asked_by(query: str) -> str | None:
    """Return the kind of form that a question asks for; None where its words do not tell."""
    sentences = re.split(r"(?<=[.?!:])[\"\u201d]?\s+", _OPTIONS.sub("", query[-_MAX_QUERY:]).strip())
    last = next((part for part in reversed(sentences) if "?" in part), sentences[-1])[:_MAX_ASK].lower()
    if len(options(query)) > 1 and not re.search(r"\bhow many\b|\bwhat is\b", last):
        return "choice"
    return next((kind for kind, pattern in _ASKED.items() if re.search(pattern, last)), None)


def options(query: str) -> dict[str, str]:
    """Return the options that a question offers, by letter."""
    return {letter: text.strip() for letter, text in _OPTIONS.findall(query[-_MAX_QUERY:])}


def _value(said: str, asked: str | None) -> Form | None:
    """Read yes or no, a letter or a number."""
    if match := _TRUTH.fullmatch(said):
        return Form("truth", ("yes" if match["yes"] else "no",))
    if asked in (None, "choice") and (match := _CHOICE.fullmatch(said)):
        return Form("choice", (match[1],))
    if match := _PLACE.fullmatch(said):
        return Form("count", (str(_PLACES[match["place"].lower()]),))
    match = _COUNT.fullmatch("0" if asked == "count" and _NOBODY.fullmatch(said) else said)
    value = match and (match[1] if match[1].isdigit() else SMALL_NUMBERS.get(match[1].lower()))
    return None if value is None else Form("count", (str(int(value)),))


def _roles(said: str, people: tuple[str, ...]) -> Form | None:
    """Read who are knights, or knaves."""
    found = _named_roles(said)
    return _completed(found, people) if found else None


def _named_roles(said: str) -> dict[str, set[str]] | None:
    """Return who is named with each role; None where that is not all that is said."""
    found: dict[str, set[str]] = {}
    for pattern in _NAMED:
        for match in pattern.finditer(said):
            role, names = _ROLE[match["role"].lower()], _split(match["names"])
            if _ALL.fullmatch(match["names"]):
                found.setdefault(OTHERS[role], set())
            elif names or _NOBODY.fullmatch(match["names"]):
                found.setdefault(role, set()).update(names)
            else:
                return None
        said = pattern.sub(" ", said)
    return found if found and _BETWEEN.fullmatch(said) else None


def _completed(found: dict[str, set[str]], people: tuple[str, ...]) -> Form | None:
    """Return the form of who is named; None where someone is both, or where one of the people is neither."""
    everyone = {_capitalised(name) for name in people}
    named = set().union(*found.values())
    if len(found) > 1 and (set.intersection(*found.values()) or named < everyone):
        return None
    knights = found.get("knights", everyone - named if everyone and named <= everyone else None)
    return Form("knaves" if knights is None else "knights", tuple(sorted(named if knights is None else knights)))


def _order(said: str) -> Form | None:
    """Read an order that is written as one: by numbers, or by arrows."""
    items = _ITEM.split(said)[1:]
    parts = [part.strip(" ,;") for part in (items[1::2] or said.split(" < "))]
    names = tuple(name for part in parts for name in _split(part))
    is_order = 1 < len(parts) == len(names) == len(set(names)) <= _MAX_NAMES
    is_numbered = items[::2] == [str(number + 1) for number in range(len(items) // 2)]
    return Form("order", names) if is_order and is_numbered else None


def _names(said: str, asked: str | None, people: tuple[str, ...]) -> Form | None:
    """Read a list of names: who are meant, or an order."""
    found = () if _NOBODY.fullmatch(said) else _split(_bare(said.strip("{} "), people))
    if not (found or _NOBODY.fullmatch(said)) or len(found) > _MAX_NAMES:
        return None
    if len(found) == 1 and found[0].lower() in _PLACES:  # a third of it
        return None
    if asked in OTHERS:
        return _completed({asked: set(found)}, people)
    is_set = asked == "set" or said.startswith("{") or (asked is None and " and " in said)
    distinct = tuple(sorted(set(found)))
    if is_set or len(distinct) < 2:
        return Form("set", distinct)
    return Form("order", found) if len(distinct) == len(found) else None


def _bare(said: str, people: tuple[str, ...]) -> str:
    """Return names without what leads them in; of people, without a predicate that names no others (`Ann is first`)."""
    said = _LEAD.sub("", said)
    match = _PREDICATE.fullmatch(said)
    rest = (match["rest"] or "") if match else ""
    is_plain = match and {*_split(match["names"])} <= {*people} and not any(name in rest for name in people)
    return match["names"] if match and is_plain and _PLAIN.match(rest) else said


def _split(said: str) -> tuple[str, ...]:
    """Return a list's names, each one word; none where one is not."""
    parts = [_WORD.fullmatch(part) for part in _JOINED.split(said) if part]
    names = tuple(_capitalised(part[1]) for part in parts if part and not _NO_NAME.fullmatch(part[1]))
    return names if len(names) == len(parts) else ()


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:].lower()
