"""Mathematics in German: `3,5` and `1.000`, umlauts, and the words of questions, sums and answers."""

import re
from typing import Final

from scalequest_assets.subjects.ill_posed import Faults
from scalequest_assets.subjects.maths.ill_posed import Stories
from scalequest_assets.subjects.maths.languages.notation import Notation, words_below_hundred
from scalequest_assets.subjects.maths.languages.spelling import Spelling
from scalequest_assets.subjects.maths.languages.tongue import Tongue
from scalequest_assets.subjects.maths.prompts.german import GERMAN as TEXTS
from scalequest_assets.subjects.number_words import in_words
from scalequest_assets.subjects.stated_answers.phrases import GERMAN as PHRASES

_SMALL: Final = words_below_hundred(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn",
    "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    lambda ten, one: f"{'ein' if one == 'eins' else one}und{ten}",
)
_SCALES: Final = {"hundert": 100, "tausend": 1000, "million": 10**6, "millionen": 10**6}
_UNITS: Final = {
    "meter metern": "meters",
    "zentimeter zentimetern": "centimeters",
    "millimeter millimetern": "millimeters",
    "kilometer kilometern": "kilometers",
    "gramm": "grams",
    "kilogramm kilo": "kilograms",
    "tonne tonnen": "tonnes",
    "sekunde sekunden": "seconds",
    "minute minuten": "minutes",
    "stunde stunden": "hours",
    "tag tage tagen": "days",
    "woche wochen": "weeks",
    "monat monate monaten": "months",
    "jahr jahre jahren": "years",
    "liter litern": "liters",
    "milliliter millilitern": "milliliters",
    "cent": "cents",
    "prozent": "percent",
    "grad": "degrees",
    "quadratmeter quadratmetern": "square meters",
    "quadratzentimeter": "square centimeters",
    "kubikmeter": "cubic meters",
    "kubikzentimeter": "cubic centimeters",
    "dutzend": "dozen",
    "hälfte": "half",
    "halb halbe halber halbes halben": "half",
    "viertel": "quarter",
    "drittel": "third",
    "doppelt doppelte doppelten": "double",
    "dreifache dreifachen": "triple",
    "kiste kisten karton kartons schachtel schachteln": "boxes",
    "packung packungen": "packs",
    "tüte tüten": "bags",
    "paar paare": "pair",
    "gruppe gruppen": "group",
    "reihe reihen": "row",
    "milliarde milliarden": "billion",
}
_WORDS: Final = {
    **{word: in_words(value) for word, value in _SMALL.items()},
    **{"hundert": "hundred", "tausend": "thousand", "million": "million", "millionen": "million"},
    **{word: english for words, english in _UNITS.items() for word in words.split()},
    **{"und": "and", "oder": "or", "ja": "yes", "nein": "no", "wahr": "true", "falsch": "false", "richtig": "correct"},
    **{"etwa": "about", "ungefähr": "about", "rund": "about", "circa": "about", "unendlich": "infinity"},
    **{"von": "of", "mit": "with", "zu": "to", "bis": "to", "aus": "from", "als": "than", "mittag": "noon"},
    **{"rest": "remainder", "übrig": "remain", "mitternacht": "midnight", "pro": "per"},
    **dict.fromkeys(("gerundet", "aufgerundet", "abgerundet", "runden", "rundet", "gerundete"), "round"),
}
_ONE: Final = ((r"(?i)\A\s*(?=(?:hundert|tausend)\b)", "one "),)
_JOINTS: Final = {"hundert": _ONE, "tausend": _ONE}
_HALVES: Final = {f"anderthalb{ending}": "1.5" for ending in ("", "e", "er", "en", "em", "es")}


def _numeral(word: str) -> str | None:
    """Return the number of a word that is made of several: `zweihundertfünfzig` is 250, `zweieinhalb` 2.5."""
    if word.endswith("einhalb"):
        whole = _whole(word.removesuffix("einhalb"))
        return f"{whole}.5" if whole else None
    value = _whole(word) if "hundert" in word or "tausend" in word else None
    return _HALVES.get(word) if value is None else str(value)


def _whole(word: str) -> int | None:
    for scale, highest in (("tausend", 999), ("hundert", 19)):
        before, found, behind = word.partition(scale)
        if found:
            num = _whole(before) if before else 1
            rest = _whole(behind.removeprefix("und")) if behind else 0
            if num is None or rest is None or not 0 < num <= highest or rest >= _SCALES[scale]:
                return None
            return num * _SCALES[scale] + rest
    return 1 if word == "ein" else _SMALL.get(word)


_SUMS: Final = (
    (r"€", " Euro "),
    (r"(?<=[\d)])\s{0,3}\bmal\b", " times"),
    (r"\b(?:multipliziert\s{1,3}mit)\b", "multiplied by"),
    (r"\b(?:geteilt\s{1,3}durch|dividiert\s{1,3}durch)\b", "divided by"),
    (r"(?<=[\d)])\s{1,3}:\s{1,3}(?=[\d(])", " / "),
    (r"\b\d{1,2}(?:[.:]\d{2})?\s?uhr\b", " 1:00 "),  # a time of day: what is calculated beside it is left open
)
_NUMBER: Final = r"\d+(?:[.,]\d+)*"
_ANSWER: Final = (
    r"(?:die|das)\s{1,3}(?:(?:endgültige|richtige|korrekte)\s{1,3})?(?:antwort|ergebnis|endergebnis|lösung)"
)
_ASKING: Final = (
    "was|wie|wann|wo|wer|welche[nrs]?|finde|bestimme|berechne|ermittle|zeige|beweise|löse|schreibe|zeichne|skizziere|"
    "schätze|nenne|gib|erkläre|ist|sind|hat|haben|kann|können"
)
_QUESTIONS: Final = (
    "wie|was|wann|wo|wer|wen|wem|wessen|warum|welche[mnrs]?|ist|sind|hat|haben|kann|können|muss|müssen|wird|werden|"
    "reicht"
)
_PART: Final = rf"[).]\s{{0,4}}(?i:{_ASKING})\b"
_PICTURE: Final = r"(?:abbildung|zeichnung|skizze|figur|grafik|bild|illustration)"
_DATA: Final = r"(?:tabelle|diagramm|schaubild|karte|zahlenstrahl|graph|säulendiagramm|kreisdiagramm)"


def _shown(what: str) -> str:
    return (
        rf"(?i)\b{what}\s{{1,3}}(?:unten|oben|rechts|links)\b"
        rf"|\b(?:in|aus|siehe|auf|mit)\s{{1,3}}(?:der|dem|die|das)\s{{1,3}}(?:folgenden|nebenstehenden|obigen|unteren)?"
        rf"\s{{0,3}}{what}\b|\b(?:siehe|vgl\.)\s{{1,3}}{what}\b"
        rf"|\b(?:folgende|nebenstehende|obige|abgebildete)[nmrs]?\s{{1,3}}{what}\b"
    )


GERMAN: Final = Tongue(
    texts=TEXTS,
    phrases=PHRASES,
    notation=(_NOTATION := Notation(words=_WORDS, sums=_SUMS, joints=_JOINTS, numeral=_numeral)),
    spelling=Spelling(
        letters={"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "à": "a"},
        numbers={**_SMALL, **_SCALES},
        joined=None,
        heading="aufgabe|frage|uebung|beispiel|problem",
        silent=(
            "der die das den dem des ein eine einen einem einer eines ist sind war waren wird werden hat haben hatte "
            "hatten und auch dann bitte insgesamt zusammen"
        ),
        same=(
            *("berechne bestimme ermittle finde", "kauft kaufte gekauft kaufen", "verkauft verkaufte verkaufen"),
            *("gibt gab gegeben", "bekommt bekam erhält erhielt", "euro euros", "zentimeter cm", "kilometer km"),
            *("kilogramm kg kilo", "milliliter ml", "stunde stunden", "minute minuten", "tag tage tagen"),
            *("woche wochen", "monat monate monaten", "jahr jahre jahren", "apfel äpfel äpfeln", "kind kinder kindern"),
            *("jede jeder jedes jeden jedem", "größte größten", "kleinste kleinsten", "übrig übrigen"),
        ),
        notation=_NOTATION,
    ),
    asks=(
        r"(?i)\b(?:addiere|begründe|berechne|bestimme|beweise|bilde|entscheide|ergänze|erkläre|ermittle|faktorisiere|"
        r"finde|forme|gib|kürze|löse|multipliziere|nenne|ordne|prüfe|rechne|runde|schätze|schreibe|skizziere|stelle|"
        r"subtrahiere|teile|überprüfe|untersuche|vereinfache|vergleiche|verwandle|wandle|zeichne|zeige|zerlege|"
        r"wie viele?|wie|was|wann|wo|wer|welche[mnrs]?|warum)\b"
    ),
    faults=Faults(
        answer_sentence=rf"(?i)(?:^|[.?!:)$*]\s{{1,4}}|\n)\s{{0,4}}[*_]{{0,3}}{_ANSWER}\s{{1,3}}"
        r"(?:ist|lautet|beträgt|wäre)\b[^?]{1,80}\z",
        answer_part=r"(?i)(?:^|\n|[.?!)$*]\s{1,4})[ \t]{0,4}[*_#]{0,6}[ \t]{0,3}"
        r"(?:antwort|endergebnis|ergebnis|lösung|lösungsweg)[*_]{0,3}[ \t]?:[*_]{0,3}\s{0,4}\S",
        two_questions=rf"(?i)\?[$*)\\}}\]]{{0,4}}\s[^?]{{0,400}}\b(?:{_QUESTIONS})\b[^?]{{3,400}}\?"
        r"(?:[^\"'\u201c\u201d\u2019]|\z)",
        parts=rf"(?s)(?:^|[\s(*])(?:a{_PART}.*[\s(*]b{_PART}|i{_PART}.*[\s(*]ii{_PART}|1{_PART}.*[\s(*]2{_PART})",
        figure=rf"{_shown(_PICTURE)}|\bwie\s{{1,3}}(?:abgebildet|dargestellt|gezeigt)\b",
        table=_shown(_DATA),
        elsewhere=(
            r"(?i)\b(?:vorherige|vorige|vorangegangene|obige|letzte)[nrsm]?\s{1,3}"
            r"(?:aufgabe|frage|übung|teilaufgabe|abschnitt|beispiel|text)\b"
            r"|\b(?:aufgabe|übung|beispiel|satz|formel|abbildung|kapitel|abschnitt|gleichung)\s{1,3}\(?\d{1,3}\.\d"
            r"|\b(?:aus|in|siehe|von)\s{1,3}(?:aufgabe|übung|beispiel|satz)\s{1,3}\(?\d"
        ),
        named_part=r"(?i)\bteil(?:aufgabe)?\s{1,3}\(?[a-e]\)",
    ),
    stories=Stories(
        states=r"\b(?:hat|haben|hatte|ist|sind|war|waren|gibt|kostet|kosten|enthält|wiegt|misst)\b",
        compares=(
            r"\b([A-ZÄÖÜ][a-zäöüß]+)\s(?:hat|hatte|ist|war|bekommt|kauft|verkauft|sammelt|isst|läuft|spart)\b"
            r"[^.?!;]{1,80}\b(?:mehr|weniger|[a-zäöü]{2,12}er)\sals\s([A-ZÄÖÜ][a-zäöüß]+)(?:[.?!,;]|$)"
        ),
        value_of=r"(?:der|den)\s{1,3}wert\s{1,3}von",
    ),
    leak=re.compile(
        rf"\\boxed|\\fbox|^####|\b{_ANSWER}\s{{1,3}}(?:ist|lautet|beträgt|wäre)\b"
        rf"|\b(?:antwort|ergebnis|lösung)[*_]{{0,3}}\s{{0,3}}[:=][*_]{{0,3}}\s{{0,3}}(?:\S{{0,3}}\s{{0,3}}=\s{{0,3}})?"
        rf"{_NUMBER}|^[\s*_]{{0,8}}(?:lösung|lösungsweg|rechnung)[*_]{{0,3}}\s{{0,3}}:",
        re.IGNORECASE | re.MULTILINE,
    ),
    concludes=re.compile(r"\b(?:also|daher|somit|folglich|deshalb)\b[^.?!\n]{0,80}\Z", re.IGNORECASE),
    sentence_end=re.compile(
        r"(?<!\b\d)(?<!\d\d)(?<!\b[A-Za-z])(?<!\b(?:Dr|Nr|ca|Fr|Hr|St))(?<!\b(?:bzw|usw|vgl))[.?!][\"')\u201c\u201d\u2019]{0,2}"
        r"\s{1,9}(?=[\"'(\u201e$A-ZÄÖÜ\d])"
    ),
)
"""German."""
