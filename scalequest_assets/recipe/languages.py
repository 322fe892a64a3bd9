r"""How models are asked and read in each language, whatever the subject: verdicts, chat openers, commentary.

A judge's text in another language is read by the parser of English: what of it speaks of a verdict is turned into
English first (`Language.in_english`), so that there is one parser, as hard as it is in English. Questions and answers
stay as they are written.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

ENGLISH: Final = "en"
"""The language of a profile that names none."""
_OPENER: Final = (
    r"(?i)^[\s\W]*(?:sure\b|certainly\b|of course\b|absolutely\b|great question\b|okay\b|hello\b|hi\b|"
    r"thank(?:s| you)\b|i'?m sorry\b|i am sorry\b|i apologi[sz]e\b|as an ai\b|i(?:'d| would) be (?:happy|glad)\b|"
    r"i'?m (?:happy|glad|here)\b|"
    r"i can(?:'t|not)? (?:help|assist)\b|how (?:can|may) i (?:help|assist)\b|"
    r"here(?:'s| is| are) (?:a|an|the|some|my|your)\b(?:\W+\w+){0,6}?\W+(?:problems?|questions?|answers?|solutions?|"
    r"explanations?|steps?|breakdown|examples?|ways?|rewritten|rewrite|version|response)\b|"
    r"let'?s (?:solve|start|break|begin|think|calculate|denote|first)\b|"
    r"to (?:solve|find|determine|answer) th(?:is|e) (?:problem|question|equation)\b|"
    r"step (?:1|one)\s*(?:[:.)*\n\u2013-]|$)|the (?:final )?answer is\b|(?:answer|solution|explanation)\s*:)"
)
_HEADED: Final = r"^[ \t]{{0,8}}[#*_>`]{{0,8}}[ \t]{{0,4}}(?:{})[*_#]{{0,4}}[ \t]{{0,4}}(?::|$)"
_SAID: Final = r"|^[ \t]{{0,8}}[*_>(]{{0,8}}(?:{})\b"


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language that questions may be in.

    Attributes:
        code: As `recipe.language` and the hub name it (ISO 639-1).
        name: In English, for messages and documents.
        marker: What stands before a judge's verdict.
        instruction: How a prompt asks for the verdict. A model that repeats it has said neither.
        yes: The verdict of a question that can be solved.
        no: The other one.
        openers: Regular expression of what begins a chat message or an answer, and no question.
        remarks: Regular expression of what follows a rewritten question and is none of it; empty for English, whose own
            is `prompting`'s.
        verdict_words: Patterns of words that speak of a verdict, each with its English, in the order of their use.
    """

    code: str
    name: str
    marker: str
    instruction: str
    yes: str
    no: str
    openers: str
    remarks: str = ""
    verdict_words: Sequence[tuple[str, str]] = ()

    @property
    def choices(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """How the word behind the marker may be spelled: of yes, and of no."""
        ways = [(word, word.lower()) for word in (self.yes, self.no)]
        found = [tuple(f"{gap}{word}" for word in words for gap in ("", " ")) for words in ways]
        return found[0], found[1]

    @cached_property
    def commentary(self) -> re.Pattern[str] | None:
        """Pattern of what follows a rewritten question."""
        return re.compile(self.remarks, re.IGNORECASE | re.MULTILINE) if self.remarks else None

    @cached_property
    def _in_english(self) -> Sequence[tuple[re.Pattern[str], str]]:
        return [(re.compile(pattern, re.IGNORECASE), english) for pattern, english in self.verdict_words]

    def in_english(self, judgement: str) -> str:
        """Return a judge's text in which all that speaks of a verdict is English; its other words stay."""
        if not self.verdict_words:
            return judgement
        text = unicodedata.normalize("NFC", judgement).replace(self.instruction, " ")
        for pattern, english in self._in_english:
            text = pattern.sub(english, text)
        return text


_EN: Final = Language(
    code=ENGLISH,
    name="English",
    marker="Verdict:",
    instruction='End with a line that is exactly "Verdict: Yes" if it can be solved, or "Verdict: No" if it cannot.',
    yes="Yes",
    no="No",
    openers=_OPENER,
)
_DE: Final = Language(
    code="de",
    name="German",
    marker="Urteil:",
    instruction='Schließe mit einer Zeile, die genau "Urteil: Ja" lautet, wenn sie lösbar ist, oder "Urteil: Nein", '
    "wenn nicht.",
    yes="Ja",
    no="Nein",
    openers=(
        r"(?i)^[\s\W]*(?:gern(?:e)?\b|klar\b|natürlich\b|selbstverständlich\b|sicher\b|okay\b|hallo\b|guten tag\b|"
        r"danke\b|vielen dank\b|es tut mir leid\b|tut mir leid\b|entschuldigung\b|als (?:eine? )?(?:ki|sprachmodell)\b|"
        r"ich (?:helfe|kann dir|kann ihnen|kann nicht|kann leider)\b|wie kann ich\b|"
        r"hier (?:ist|kommt) (?:eine?|die|deine|ihre)\b|"
        r"lass(?:en sie)? uns\b|um (?:diese|die) (?:aufgabe|frage|gleichung)\b|schritt (?:1|eins)\b|"
        r"die (?:endgültige )?antwort (?:ist|lautet)\b|(?:antwort|lösung|erklärung|lösungsweg)\s*:)"
    ),
    remarks=_HEADED.format(
        r"(?:(?:vollständige|ausführliche|endgültige)[ \t])?(?:lösung(?:sweg)?|antwort|erklärung|begründung|rechnung"
        r"|überprüfung|prüfung|änderungen|vorgenommene[ \t]änderungen|ergebnis|probe|schwierigkeit|thema)"
    )
    + r"|(?<=\n\n)[*_(\[]{0,3}(?:hinweis|anmerkung|bemerkung|kommentar)e?[*_]{0,3}[ \t]?:"
    + _SAID.format(
        r"diese[ \t](?:neue|überarbeitete|geänderte)[ \t](?:aufgabe|fassung|version)|die[ \t](?:änderung|änderungen|"
        r"überarbeitete|geänderte)|(?:hier[ \t])?(?:ich[ \t]habe|habe[ \t]ich|wir[ \t]haben)|ich[ \t]hoffe"
    ),
    verdict_words=(
        (r"\burteil\b", "verdict"),
        (r"\b(?:fazit|schlussfolgerung)\b", "conclusion"),
        (r"\b(?:endgültige|abschließende|finale)\s{1,3}antwort\b", "final answer"),
        (r"\bdie\s{1,3}antwort\b", "the answer"),
        (r"\bja\b", "yes"),
        (r"\bnein\b", "no"),
        (r"\b(?:ist|lautet|wäre)\b", "is"),
        (r"\boder\b", "or"),
        (r"\bund\b", "and"),
        (r"\bauch\b", "also"),
        (r"\b(?:weil|denn|da)\b", "because"),
        (r"\baber\b", "but"),
        (r"\b(?:aufgabe|frage)(?=[ \t]?\d{0,4}[*_]{0,4}[ \t]?:)", "problem"),
        (r"\blässt sich das lösen\b", "can this be solved"),
    ),
)
_ES: Final = Language(
    code="es",
    name="Spanish",
    marker="Veredicto:",
    instruction='Termina con una línea que sea exactamente "Veredicto: Sí" si se puede resolver, o "Veredicto: No" si '
    "no se puede.",
    yes="Sí",
    no="No",
    openers=(
        r"(?i)^[\s\W]*(?:claro\b|por supuesto\b|desde luego\b|con gusto\b|vale\b|hola\b|buenos días\b|gracias\b|"
        r"lo siento\b|disculpa\b|como (?:una ia|modelo de lenguaje)\b|(?:puedo|no puedo) (?:ayudar|asistir)\w*\b|"
        r"¿?(?:en qué|cómo) puedo ayudar|aquí (?:tienes|va)\b|"
        r"vamos a (?:resolver|empezar|calcular)\b|para (?:resolver|responder) "
        r"(?:este|el|esta|la) (?:problema|pregunta|ecuación)\b|paso (?:1|uno)\b|la respuesta (?:final )?es\b|"
        r"(?:respuesta|solución|explicación)\s*:)"
    ),
    remarks=_HEADED.format(
        r"(?:solución|respuesta|explicación|justificación|razonamiento|comprobación|verificación|cambios"
        r"(?:[ \t]realizados)?|resultado|dificultad|tema)(?:[ \t](?:final|detallada|completa))?"
    )
    + r"|(?<=\n\n)[*_(\[]{0,3}(?:nota|observación|comentario)s?[*_]{0,3}[ \t]?:"
    + _SAID.format(
        r"este[ \t](?:nuevo[ \t])?problema[ \t](?:reescrito|modificado|revisado|es[ \t]más)|(?:los|mis)[ \t]cambios|"
        r"(?:aquí[ \t])?he[ \t](?:cambiado|añadido|modificado|aclarado|reescrito)|espero[ \t]que"
    ),
    verdict_words=(
        (r"\bveredicto\b", "verdict"),
        (r"(\bverdict[*_`\"' \t]{0,6}[:=\uff1a][*_`\"' \t]{0,6})s[ií]\b", r"\1yes"),
        (r"\bconclusión\b", "conclusion"),
        (r"\brespuesta\s{1,3}(?:final|definitiva)\b", "final answer"),
        (r"\bla\s{1,3}respuesta\b", "the answer"),
        (r"\bsí\b", "yes"),
        (r"\b(?:es|sería)\b", "is"),
        (r"\bo\b", "or"),
        (r"\by\b", "and"),
        (r"\btambién\b", "also"),
        (r"\b(?:porque|ya\s{1,3}que|pues|puesto\s{1,3}que)\b", "because"),
        (r"\bpero\b", "but"),
        (r"\b(?:problema|pregunta|ejercicio)(?=[ \t]?\d{0,4}[*_]{0,4}[ \t]?:)", "problem"),
        (r"¿?se puede resolver\b", "can this be solved"),
    ),
)
LANGUAGES: Final[Mapping[str, Language]] = {language.code: language for language in (_EN, _DE, _ES)}
"""Every language by its code."""
EN: Final = _EN
"""English."""
