r"""The words by which a text states its answer ("the answer is", "so x = 5 because …"), one table a language.

Every pattern is bounded, so that no text is slow to read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_LEAD: Final = r"[ \t]{0,8}(?:(?:[#>*_-]{1,8}|\d{1,2}[.)]|[^\x00-\x7f]{1,3})[ \t]{0,4}){0,3}(?:\\text(?:bf|rm)?\{)?"
_DRESS: Final = r"(?:[*_`\"'}\])]{1,6}|[ \t]\})?"
_GAP: Final = r"[ \t]{0,4}"


def _phrase(named: str, headings: str, is_: str, about: str) -> re.Pattern[str]:
    """Return the pattern of what an answer follows: a heading, or a phrase in a sentence."""
    return re.compile(
        rf"(?P<heading>^{_LEAD}(?:{named}|{headings}){_DRESS}{_GAP}"
        rf"(?:\([^()\n]{{0,40}}\){_DRESS}{_GAP})?(?:[:=\uff1a\u2013\u2014\u2192]|-(?=[ \t])|{is_}{_GAP}:?|$)){_DRESS}"
        rf"|(?<![a-z]){named}(?:{about})?{_DRESS}{_GAP}(?:[:=\uff1a]|{is_}){_GAP}:?{_DRESS}",
        re.IGNORECASE | re.MULTILINE,
    )


def _next(words: str) -> re.Pattern[str]:
    """Return the pattern of a line that begins another question (`Question:`, `### Problem 2`)."""
    return re.compile(
        rf"^[ \t]{{0,8}}[#*_>]{{0,8}}[ \t]{{0,4}}(?:{words}|q|instruction|user|human)"
        r"(?:[ \t]{1,2}\d{1,4})?[*_]{0,4}[ \t]{0,4}[:\uff1a]"
        rf"|^[ \t]{{0,8}}#{{1,6}}[ \t]{{1,4}}(?:{words}|instruction|user|human)"
        r"(?:[ \t]{1,2}\d{1,4})?[ \t]{0,4}$",
        re.IGNORECASE | re.MULTILINE,
    )


def _clause(reasons: str, spoken: str, rough: str) -> re.Pattern[str]:
    """Return the pattern of what is said about an answer behind it."""
    return re.compile(
        rf"[,(\u2013\u2014][ \t]{{0,3}}(?:{reasons})\b|[ \t](?:{spoken})\b"
        rf"|,?[ \t](?:i\.e\.|that is,)|,[ \t](?:{rough})\b"
    )


def _words(*words: str) -> re.Pattern[str]:
    """Return the pattern of words in any case, behind no letter.

    It says in which cases they begin: a search that ignores case tries each place of a text.
    """
    cases = {word: "[sS\u017f]" if word[0] == "s" else f"[{word[0]}{word[0].upper()}]" for word in words}
    rests = "|".join(f"(?<={cases[word]})(?i:{word[1:]})" for word in words)
    return re.compile(f"[{''.join(case[1:-1] for case in cases.values())}](?<![A-Za-z].)(?:{rests})")


@dataclass(frozen=True, kw_only=True, eq=False)
class Phrases:
    """How a language states answers.

    Attributes:
        phrase: What an answer follows; `heading` where that is one.
        word: What every phrase has in it: lines without are not searched for one.
        condition: What makes a phrase none, where it stands before it: "if the answer is".
        next: A line that begins another question.
        adverb: What may stand between the phrase and the answer.
        clause: What is said about the answer behind it.
        equals: Verbs and signs behind which the value of a closing sentence is.
        bounds: Words beside a number that make it no answer by itself.
    """

    phrase: re.Pattern[str]
    word: re.Pattern[str]
    condition: re.Pattern[str]
    next: re.Pattern[str]
    adverb: re.Pattern[str]
    clause: re.Pattern[str]
    equals: re.Pattern[str]
    bounds: re.Pattern[str]


ENGLISH: Final = Phrases(
    phrase=_phrase(
        named=(
            r"(?:(?:the|my|our|your|final|correct|right|exact|numerical|numeric)[ \t_]{1,4}){1,3}"
            r"(?:answers?|(?<=correct[ \t])(?:option|choice))"
        ),
        headings="answers?|ans",
        is_=(
            r"(?:is|are|was|equals|(?:should|would|must|will|can[ \t]only)[ \t]be|comes[ \t](?:out[ \t])?to"
            r"|is[ \t]given[ \t]by)\b"
        ),
        about=r"(?:,|[ \t]\(|[ \t](?:to|for|of|in|as|rounded|expressed|written|we)\b)[^.:\n]{0,80}?",
    ),
    word=_words("ans", "option", "choice"),
    condition=re.compile(
        r"\b(?:if|whether|unless|hope|sure|ensure|verify|check|suppose|assum(?:e|ing))\b[^.,;\n]*\Z", re.I
    ),
    next=_next("question|problem|exercise|example"),
    adverb=re.compile(
        r"(?:therefore|thus|hence|then|simply|just|now|indeed|clearly|equal to)[, \t:]{1,4}", re.IGNORECASE
    ),
    clause=_clause(
        "because|since|as|so|which|but|given|meaning|giving|making",
        "because|since",
        r"(?:or[ \t])?(?:about|approximately|roughly)",
    ),
    equals=re.compile(r"(?:\b(?:is|are|equals|be)\b|=)[ \t:]{1,3}"),
    bounds=re.compile(
        r"\b(?:all|any|each|every|no|not|except|than|least|most|between|or|and|about|approximately)\b", re.I
    ),
)
GERMAN: Final = Phrases(
    phrase=_phrase(
        named=(
            r"(?:(?:die|das|unsere|meine|endgültige|abschließende|finale|richtige|korrekte|gesuchte|genaue)[ \t_]{1,4})"
            r"{1,3}(?:antwort|endergebnis|ergebnis|lösung)"
        ),
        headings="(?:antwort|endergebnis|ergebnis)(?:satz)?",
        is_=r"(?:ist|sind|lautet|lauten|beträgt|wäre|muss[ \t]sein)\b",
        about=r"(?:,|[ \t]\(|[ \t](?:auf|für|der|des|in|als|gerundet|also|somit)\b)[^.:\n]{0,80}?",
    ),
    word=re.compile("antwort|ergebnis|lösung", re.IGNORECASE),  # also in a compound: Endergebnis
    condition=re.compile(r"\b(?:wenn|falls|ob|hoffe|sicher|prüfe|überprüfe|angenommen)\b[^.;\n]*\Z", re.I),
    next=_next("frage|aufgabe|übung|beispiel|problem|question"),
    adverb=re.compile(r"(?:also|somit|daher|folglich|dann|einfach|nun|genau|gleich)[, \t:]{1,4}", re.IGNORECASE),
    clause=_clause(
        "weil|da|denn|also|sodass|so dass|was|aber|wobei", "weil|denn", r"(?:also[ \t])?(?:etwa|ungefähr|rund)"
    ),
    equals=re.compile(r"(?:\b(?:ist|sind|beträgt|betragen|gleich|lautet|kostet|hat|haben)\b|=)[ \t:]{1,3}"),
    bounds=re.compile(
        r"\b(?:alle[nrs]?|jede[nrs]?|kein\w*|nicht|außer|als|mindestens|höchstens|zwischen|oder|und|etwa|ungefähr|rund"
        r"|circa)\b",
        re.I,
    ),
)
SPANISH: Final = Phrases(
    phrase=_phrase(
        named=(
            r"(?:(?:la|el|nuestra|mi|su)[ \t_]{1,4}){1,2}(?:respuesta|resultado|solución)"
            r"(?:[ \t](?:final|definitiv[ao]|correct[ao]|exact[ao]|buscad[ao]))?"
        ),
        headings=r"(?:respuesta|resultado)s?(?:[ \t](?:final|definitiv[ao]|correct[ao]))?",
        is_=r"(?:es|son|sería|fue|será|debe[ \t]ser|es[ \t]igual[ \t]a)\b",
        about=r"(?:,|[ \t]\(|[ \t](?:a|para|de|del|en|como|redondead[ao])\b)[^.:\n]{0,80}?",
    ),
    word=_words("respuesta", "resultado", "solución"),
    condition=re.compile(r"\b(?:si|espero|seguro|segura|verifica|comprueba|supongamos)\b[^.,;\n]*\Z", re.I),
    next=_next("pregunta|problema|ejercicio|ejemplo|question|problem"),
    adverb=re.compile(
        r"(?:por (?:lo )?tanto|entonces|así|luego|simplemente|exactamente|igual a)[, \t:]{1,4}", re.IGNORECASE
    ),
    clause=_clause(
        "porque|ya que|pues|puesto que|así que|lo que|pero|dado que",
        "porque|ya que",
        r"(?:o[ \t])?(?:aproximadamente|unos|unas)",
    ),
    equals=re.compile(r"(?:\b(?:es|son|cuesta|cuestan|tiene|tienen|igual a)\b|=)[ \t:]{1,3}"),
    bounds=re.compile(
        r"\b(?:tod[oa]s?|cada|ningun\w*|no|salvo|excepto|que|menos|máximo|mínimo|entre|o|y|aproximadamente|unos|unas)\b",
        re.I,
    ),
)
PHRASES: Final[Mapping[str, Phrases]] = {"en": ENGLISH, "de": GERMAN, "es": SPANISH}
"""By code of the language."""
