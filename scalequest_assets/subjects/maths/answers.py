r"""Final answers in solutions: finding them, and the exact number they stand for.

What is not a number is compared elsewhere (`answer_check`). Nothing here can be slow or explode on hostile text: every
pattern is bounded, and no power is computed beyond `10**30`.
"""

import re
from fractions import Fraction

import polars as pl

MAX_ANSWER_CHARS = 300
"""Longer answers are neither numbers nor given to math-verify."""

_MAX_BOXES, _MAX_BOX_CHARS = 50, 2000
_BOX = re.compile(r"\\(?:boxed|fbox)(?![a-zA-Z])\s{0,3}")
_HASHES = re.compile(r"(?<!#)####[ \t]{0,4}([^\n#]{1,300})\Z")
_PHRASE = re.compile(r"(?:the|final)[ \t]{1,4}answer[ \t]{1,4}is\b[ \t]{0,4}:?\s{0,8}", re.IGNORECASE)
_BARE = re.compile(r"[-+]?[\w.,/]{1,40}")
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)")


def extract(text: str | None) -> str | None:
    r"""Return the final answer of a solution, or None.

    The last complete, non-empty `\boxed{…}`, else `#### …` on the last line (GSM8K), else what follows the last "the
    answer is" or "final answer is", up to the end of its sentence. At most 2,000 characters.

    Source: the authors keep a response where "boxed", "he answer is" or "final answer is" occurs.
    """
    if not text:
        return None
    boxed = _last_boxed(text)
    if boxed is not None:
        return boxed
    hashes = _HASHES.search(text.rstrip().rsplit("\n", 1)[-1][-_MAX_BOX_CHARS:])
    if hashes:
        return hashes[1].strip()
    phrase = None
    for phrase in _PHRASE.finditer(text):  # noqa: B007  (only the last one counts)
        pass
    if phrase is None:
        return None
    line = text[phrase.end() : phrase.end() + _MAX_BOX_CHARS].split("\n", 1)[0]
    answer = _SENTENCE_END.split(line, maxsplit=1)[0]
    return answer.strip(' \t\n*_`"') or None


def _last_boxed(text: str) -> str | None:
    if "\\boxed" not in text and "\\fbox" not in text:
        return None
    for match in list(_BOX.finditer(text))[: -_MAX_BOXES - 1 : -1]:
        content = _braced(text, match.end())
        if content is not None and content.strip():
            return content.strip()
    return None


def _braced(text: str, start: int) -> str | None:
    """Return what the braces at `start` hold (a bare token where there are none); None where they do not close."""
    if text[start : start + 1] != "{":
        bare = _BARE.match(text, start)
        return bare[0].rstrip(".,") if bare else None
    depth, position, end = 0, start, min(len(text), start + _MAX_BOX_CHARS)
    while position < end:
        char = text[position]
        if char == "\\":
            position += 2
            continue
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return text[start + 1 : position]
        position += 1
    return None


_WHOLE = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_DECIMAL = rf"(?:{_WHOLE}(?:\.[0-9]*)?|\.[0-9]+)"
_PLAIN = re.compile(r"(-?)\\?\$?([0-9]{1,3}(?:,[0-9]{3}){1,12}|[0-9]{1,40})(\.[0-9]{1,40})?")
_NUMBER = re.compile(
    rf"([-+]?) ?({_DECIMAL})(?: ?(?:\\times|\\cdot|[*x\u00d7]) ?10\^\{{?(-?[0-9]{{1,2}})\}}?|[eE]([-+]?[0-9]{{1,2}}))?"
)
_SLASHED = re.compile(rf"([-+]?) ?(?:({_WHOLE}) )?({_DECIMAL}) ?/ ?({_DECIMAL})")
_BRACED = rf"(?:\{{ ?(-?{_DECIMAL}) ?\}}|([0-9]))"
_LATEX_FRACTION = re.compile(rf"([-+]?) ?(?:({_WHOLE}) ?)?\\[dtc]?frac ?{_BRACED} ?{_BRACED}")
_THOUSANDS = re.compile(r"(?<=[0-9])(?:\{,\}|,\\!|\\[,!;: ])(?=[0-9]{3}(?![0-9]))")
_NOISE = re.compile(
    r"\\(?:left|right|displaystyle|bigl?|bigr?|degrees?)(?![a-zA-Z])|\^ ?\{? ?(?:\\circ|∘) ?\}?|°"
    r"|\\[()\[\],!;: ]|\\?[$€£¥₹]|[`~\s]+"
)
_TEXT = re.compile(
    r"\\(?:text|textrm|textbf|textit|mathrm|mathbf|mbox|operatorname)\s?\{([^{}]{0,80})\}( ?\^ ?\{?[23]\}?)?"
)
_ASSIGNED = re.compile(r"\\?[a-zA-Z]{1,2}(?:_\{?\w{1,3}\}?)? ?= ?|= ?")
_UNIT = re.compile(
    r"([^a-zA-Z]{0,200}?[0-9.}])( ?)([a-zA-Z]{2,20}(?:[ /.-]{1,3}[a-zA-Z]{1,20}){0,3})\.?(?: ?\^ ?\{?[23]\}?|[²³])?"
)
_PERCENT = re.compile(r" ?(?:\\?%|per ?cent(?:age)?)\.?$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GLUED_UNITS = _words("cm mm km kg mg ml ft in lb lbs oz mph kmh hr hrs min sec mi yd")
_NOT_UNITS = _words(
    "or and to pi plus minus times sqrt over than if when mod modulo is by half halves third thirds quarter quarters "
    "fourths fifths sixths eighths tenths hundredths squared cubed factorial root roots am pm not base with remainder "
    "hundred thousand million billion trillion dozen sin cos tan log ln exp choose divided multiplied less more point"
)
_SMALL_NUMBERS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
]
_NUMBER_WORDS = {word: value for value, word in enumerate(_SMALL_NUMBERS)}
_QUANTITIES = frozenset(_SMALL_NUMBERS) | _words(
    "thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen half third quarter "
    "infinity infinite pi none nothing"
)
_WORDS = re.compile(r"[a-z][a-z' ,.-]+")


def number(answer: str) -> Fraction | None:
    r"""Return the exact number that an answer stands for, or None where it is not plainly one.

    Understands signs, thousands separators, currency, degrees, percent (`50\%` is 50: see `same`), decimals, powers of
    ten, `a/b`, `\frac`, mixed numbers, `x = 5`, and units behind the number, which are not compared.
    """
    return _parsed(answer)[0]


def key(answer: str) -> str:
    """Return a string that equal answers share: `#3/4` for numbers (`#50%` with percent), else the tidied text."""
    value, is_percent, text = _parsed(answer)
    return text.lstrip("# ") if value is None else f"#{value}%" if is_percent else f"#{value}"


def keys(answers: pl.Series) -> pl.Series:
    """Return `key` of each answer; null stays null. Each distinct string is read once."""
    distinct = answers.cast(pl.String).drop_nulls().unique()
    found = pl.Series("key", [key(answer) for answer in distinct.to_list()], dtype=pl.String)
    frame = answers.cast(pl.String).alias("answer").to_frame()
    known = pl.DataFrame([distinct.alias("answer"), found])
    return frame.join(known, on="answer", how="left", maintain_order="left")["key"].alias(answers.name)


def extract_all(texts: pl.Series) -> pl.Series:
    """Return `extract` of each text as a String series of the same name."""
    return pl.Series(texts.name, [extract(text) for text in texts.to_list()], dtype=pl.String)


def same(left_key: str, right_key: str) -> bool | None:
    """Return whether two keys stand for equal answers; None where that takes algebra.

    Numbers are equal exactly, not nearly (0.333 is not 1/3). A percentage equals both readings: 50% is 50 and 1/2. A
    word is not a number, nor another single word. Symmetric.
    """
    if left_key == right_key:
        return True
    left, right = _key_value(left_key), _key_value(right_key)
    if left is not None and right is not None:
        readings = [(left, right)]
        if left_key.endswith("%") != right_key.endswith("%"):
            readings.append((left / 100, right) if left_key.endswith("%") else (left, right / 100))
        return any(a == b for a, b in readings)
    words = [text for text in (left_key, right_key) if is_words(text)]
    if left is None and right is None:
        return False if len(words) == 2 and all(text.isalpha() for text in words) else None
    return False if words and not _QUANTITIES.intersection(re.split(r"[^a-z]+", words[0])) else None


def is_words(answer_key: str) -> bool:
    """Return whether a key consists of words alone, on which algebra has nothing to say."""
    return _WORDS.fullmatch(answer_key) is not None


def _key_value(answer_key: str) -> Fraction | None:
    return Fraction(answer_key[1:].rstrip("%")) if answer_key.startswith("#") else None


def _parsed(answer: str) -> tuple[Fraction | None, bool, str]:
    """Return the number, whether it is a percentage, and the tidied text."""
    plain = _PLAIN.fullmatch(answer)
    if plain:
        return Fraction(plain[1] + plain[2].replace(",", "") + (plain[3] or "")), False, answer
    if len(answer) > MAX_ANSWER_CHARS:
        return None, False, answer.strip()
    text = _tidied(answer)
    if text.lower() in _NUMBER_WORDS:
        return Fraction(_NUMBER_WORDS[text.lower()]), False, text
    bare = _PERCENT.sub("", text)
    return _value(_without_unit(bare)), bare != text, _text_key(text)


def _tidied(answer: str) -> str:
    text = _THOUSANDS.sub(",", answer.replace("\u2212", "-"))
    text = _NOISE.sub(" ", _TEXT.sub(_unwrapped, text))
    text = re.sub(r" {2,}", " ", text).strip(" *_#").rstrip(" .,;:/")
    assigned = _ASSIGNED.match(text)
    return text[assigned.end() :] if assigned else text


def _unwrapped(match: re.Match[str]) -> str:
    r"""Return a `\text{…}` without its dress, or nothing where it is the unit of the number before it."""
    before = match.string[max(0, match.start() - 12) : match.start()].rstrip(" ~\\,$")[-1:]
    words = set(re.split(r"[^a-z]+", match[1].lower())) - {""}
    is_unit = before and before in "0123456789}/" and words and not words & (_NOT_UNITS | {"percent"})
    if is_unit and not any(char.isdigit() or char == "%" for char in match[1]):
        return " "
    return f" {match[1]}{match[2] or ''} "


def _without_unit(text: str) -> str:
    unit = _UNIT.fullmatch(text)
    if not unit:
        return text
    words = re.split(r"[ /.-]+", unit[3].lower())
    if _NOT_UNITS.intersection(words) or (not unit[2] and words[0] not in _GLUED_UNITS):
        return text
    return unit[1].strip()


def _value(text: str) -> Fraction | None:
    plain = _NUMBER.fullmatch(text)
    if plain:
        power = int(plain[3] or plain[4] or 0)
        if abs(power) > 30:
            return None
        return _signed(plain[1], _fraction(plain[2]) * Fraction(10) ** power)
    slashed, latex = _SLASHED.fullmatch(text), _LATEX_FRACTION.fullmatch(text)
    if slashed:
        sign, whole, above, below = slashed.groups()
    elif latex:
        sign, whole, above, below = latex[1], latex[2], latex[3] or latex[4], latex[5] or latex[6]
    else:
        return None
    divisor = _fraction(below)
    if divisor == 0 or (whole and (above.startswith("-") or below.startswith("-"))):
        return None
    return _signed(sign, _fraction(whole or "0") + _fraction(above) / divisor)


def _fraction(digits: str) -> Fraction:
    return Fraction(digits.replace(",", "").rstrip("."))


def _signed(sign: str, value: Fraction) -> Fraction:
    return -value if sign == "-" else value


def _text_key(text: str) -> str:
    if _WORDS.fullmatch(text.lower()):
        return text.lower()
    squeezed = re.sub(r"\\[dtc]frac", r"\\frac", text)
    squeezed = re.sub(r" ?([^a-zA-Z0-9 ]) ?", r"\1", squeezed)
    choice = re.fullmatch(r"\(?([A-Za-z])\)?", squeezed)
    return choice[1] if choice else squeezed
