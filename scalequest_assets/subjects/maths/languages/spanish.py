"""Mathematics in Spanish: `3,5` and `1.000`, as in Spain; accents, and the words of questions, sums and answers."""

import re
from typing import Final

from scalequest_assets.subjects.ill_posed import Faults
from scalequest_assets.subjects.maths.ill_posed import Stories
from scalequest_assets.subjects.maths.languages.notation import Notation
from scalequest_assets.subjects.maths.languages.spelling import Spelling
from scalequest_assets.subjects.maths.languages.tongue import Tongue
from scalequest_assets.subjects.maths.prompts.spanish import SPANISH as TEXTS
from scalequest_assets.subjects.number_words import in_words
from scalequest_assets.subjects.stated_answers.phrases import SPANISH as PHRASES

_ONES: Final = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
)
_TENS: Final = "treinta cuarenta cincuenta sesenta setenta ochenta noventa"
_SMALL: Final = {
    **dict(zip(_ONES.split(), range(30), strict=True)),
    **dict(zip(_TENS.split(), range(30, 100, 10), strict=True)),
}
_JOINED: Final = (
    rf"(?i)\b({_TENS.replace(' ', '|')}) y (uno|un|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)\b",
    "$1-$2",
)
_UNITS: Final = {
    "metro metros": "meters",
    "centímetro centímetros": "centimeters",
    "milímetro milímetros": "millimeters",
    "kilómetro kilómetros": "kilometers",
    "gramo gramos": "grams",
    "kilogramo kilogramos kilo kilos": "kilograms",
    "tonelada toneladas": "tonnes",
    "segundo segundos": "seconds",
    "minuto minutos": "minutes",
    "hora horas": "hours",
    "día días": "days",
    "semana semanas": "weeks",
    "mes meses": "months",
    "año años": "years",
    "litro litros": "liters",
    "mililitro mililitros": "milliliters",
    "euro euros": "euros",
    "céntimo céntimos centavo centavos": "cents",
    "dólar dólares": "dollars",
    "grado grados": "degrees",
    "docena docenas": "dozen",
    "mitad": "half",
    "medio media": "half",
    "doble": "double",
    "triple": "triple",
    "tercio tercios": "third",
    "cuarto cuartos": "quarter",
    "caja cajas": "boxes",
    "bolsa bolsas": "bags",
    "paquete paquetes": "packs",
    "par pares": "pair",
    "grupo grupos": "group",
    "fila filas": "row",
    "cien ciento": "hundred",
    "mil": "thousand",
    "millón millones": "million",
}
_WORDS: Final = {
    **{word: in_words(value) for word, value in _SMALL.items()},
    **{word: english for words, english in _UNITS.items() for word in words.split()},
    **{"sí": "yes", "verdadero": "true", "falso": "false", "correcto": "correct", "infinito": "infinity"},
    **{"aproximadamente": "about", "unos": "about", "unas": "about", "de": "of", "con": "with", "que": "than"},
    **{"resto": "remainder", "sobran": "remain", "quedan": "remain", "por": "by", "mediodía": "noon"},
    **dict.fromkeys(("redondeado", "redondeando", "redondeamos", "redondea"), "round"),
}
_SUMS: Final = (
    (r"€", " euros "),
    (r"\bpor\s{1,3}ciento\b", "percent"),
    (r"(?<=[\d)])\s{0,3}\bpor\b(?=\s{1,3}[\d(])", " times"),
    (r"\bmultiplicado\s{1,3}por\b", "multiplied by"),
    (r"\b(?:dividido|dividida)\s{1,3}(?:por|entre)\b", "divided by"),
    (r"(?<=[\d)])\s{0,3}\bmás\b(?=\s{1,3}[\d(])", " plus"),
    (r"(?<=[\d)])\s{0,3}\bmenos\b(?=\s{1,3}[\d(])", " minus"),
    (r"(?<=[\d)])\s{1,3}:\s{1,3}(?=[\d(])", " / "),
    (r"(?<=[\d)])\s{1,3}y\s{1,3}(?=\d)", " and "),
    (r"\blas\s{1,3}\d{1,2}\b(?![.,:]\d)", " 1:00 "),  # a time of day: what is calculated beside it is left open
)
_VALUE_ENDS: Final = r"(?<=[\w)\]}$%€])\s{1,3}"
_VALUE_BEGINS: Final = (
    r"\s{1,3}(?=\d|\$|\\(?:[dt]?frac|sqrt|pi)\b|[a-zA-Z](?:_\w)?\s?=|[(\[][^()\[\]]{1,60},|[^\W\d_]{2,40}(?!\w|\s?\())"
)
_NUMBERS: Final = r"[\s$]*(?:[a-z]\s?=\s?)?[-\d.,/\s]{0,80}"
_TEN: Final = rf"(?i)\b({_TENS.replace(' ', '|')})\s{{1,3}}y\s{{1,3}}"
_JOINTS: Final = {
    "ciento": ((r"(?i)\bpor\s{1,3}ciento\b", "percent"),),
    "cien": ((r"(?i)\bcien(?:to)?\b", "one hundred"),),
    "mil": ((r"(?i)\A\s*mil\b", "one thousand"),),
    "nta y": (
        (rf"{_TEN}un[oa]?\b", r"\1-uno"),
        (rf"{_TEN}(dos|tres|cuatro|cinco|seis|siete|ocho|nueve)\b", r"\1-\2"),
    ),
    " o": ((r"(\\text\{\s{1,3})o(\s{0,3}\})", r"\1or\2"), (rf"{_VALUE_ENDS}o\s{{1,3}}(?=\S)", " or ")),
    " y": (
        (r"(\\text\{\s{1,3})y(\s{0,3}\})", r"\1and\2"),
        (rf"{_VALUE_ENDS}y{_VALUE_BEGINS}", " and "),
        (rf"\A({_NUMBERS}\d[\s$]{{1,4}})y(?=[\s$]{{1,4}}-\d[\d.,/]{{0,40}}[\s$]*\Z)", r"\1and"),  # 3 y -5
    ),
}
"""Where `y` joins values; in `x + y`, `2 y + 3` and `3 y` it is a letter."""
_STEMS: Final = "doscient trescient cuatrocient quinient seiscient setecient ochocient novecient"
_HUNDREDS: Final = {
    f"{stem}{ending}": f"{in_words(value)} hundred"
    for value, stem in enumerate(_STEMS.split(), start=2)
    for ending in ("os", "as")
}
_NUMERALS: Final = {**_HUNDREDS, "veintiún": "twenty-one", "veintiuna": "twenty-one"}
_NUMBER: Final = r"\d+(?:[.,]\d+)*"
_ANSWER: Final = r"(?:la|el)\s{1,3}(?:respuesta|resultado|solución)(?:\s{1,3}(?:final|correct[ao]))?"
_ASKING: Final = (
    "qué|cuál|cuánt[oa]s?|cómo|cuándo|dónde|quién|halla|encuentra|determina|calcula|demuestra|expresa|resuelve|escribe|"
    "dibuja|estima|usa|describe|explica|indica|di|es|son|tiene|puede"
)
_QUESTIONS: Final = "qué|cuál(?:es)?|cuánt[oa]s?|cómo|cuándo|dónde|quién(?:es)?|es|son|tiene|puede|pueden"
_PART: Final = rf"[).]\s{{0,4}}¿?(?i:{_ASKING})\b"
_PICTURE: Final = r"(?:figura|ilustración|imagen|dibujo|esquema|croquis)"
_DATA: Final = r"(?:tabla|gráfic[oa]|diagrama|mapa|recta\s{1,3}numérica|histograma)"


def _shown(what: str) -> str:
    return (
        rf"(?i)\b{what}\s{{1,3}}(?:de\s{{1,3}}(?:abajo|arriba|la\s{{1,3}}(?:derecha|izquierda))|siguiente|anterior|"
        rf"adjunt[ao])\b|\b(?:en|de|ver|véase|según|observa|mira)\s{{1,3}}(?:la|el)\s{{1,3}}{what}\b"
        rf"|\b(?:la|el)\s{{1,3}}siguiente\s{{1,3}}{what}\b"
    )


SPANISH: Final = Tongue(
    texts=TEXTS,
    phrases=PHRASES,
    notation=(_NOTATION := Notation(words=_WORDS, sums=_SUMS, joints=_JOINTS, numeral=_NUMERALS.get)),
    spelling=Spelling(
        letters={"á": "a", "é": "e", "í": "i", "ó": "o", "ú": "u", "ü": "u", "ñ": "n", "ç": "c"},
        numbers={**_SMALL, "cien": 100},
        joined=_JOINED,
        heading="problema|pregunta|ejercicio|ejemplo",
        silent=(
            "el la los las un una unos unas de del al es son era eran fue fueron ha han había y también entonces por "
            "favor se su sus"
        ),
        same=(
            *("calcula halla encuentra determina", "compra compró comprado comprar", "vende vendió vendido vender"),
            *("da dio dado", "recibe recibió recibido", "come comió comido", "gasta gastó gastado", "euro euros eur"),
            *(
                "centímetro centímetros cm",
                "kilómetro kilómetros km",
                "metro metros",
                "kilogramo kilogramos kilo kilos kg",
            ),
            *("litro litros", "hora horas", "minuto minutos", "día días", "semana semanas", "año años", "mes meses"),
            *("manzana manzanas", "niño niños", "mayor mayores", "menor menores", "cada todo"),
        ),
        notation=_NOTATION,
    ),
    asks=(
        r"(?i)\b(?:calcula|compara|completa|comprueba|convierte|decide|demuestra|describe|despeja|determina|di|dibuja|"
        r"divide|encuentra|escribe|estima|evalúa|explica|expresa|factoriza|halla|indica|multiplica|obtén|ordena|prueba|"
        r"redondea|resta|resuelve|simplifica|suma|verifica|qué|cuál(?:es)?|cuánt[oa]s?|cómo|cuándo|dónde|quién(?:es)?)\b"
    ),
    faults=Faults(
        answer_sentence=rf"(?i)(?:^|[.?!:)$*]\s{{1,4}}|\n)\s{{0,4}}[*_]{{0,3}}(?:(?:por\s{{1,3}}(?:lo\s{{1,3}})?tanto|"
        rf"así|entonces),?\s{{1,3}})?{_ANSWER}\s{{1,3}}(?:es|son|sería)\b[^?]{{1,80}}\z",
        answer_part=r"(?i)(?:^|\n|[.?!)$*]\s{1,4})[ \t]{0,4}[*_#]{0,6}[ \t]{0,3}"
        r"(?:respuesta|resultado|solución)(?:[ \t]final)?[*_]{0,3}[ \t]?:[*_]{0,3}\s{0,4}\S",
        two_questions=rf"(?i)\?[$*)\\}}\]]{{0,4}}\s[^?]{{0,400}}(?:¿|\b(?:{_QUESTIONS})\b)[^?]{{3,400}}\?"
        r"(?:[^\"'\u201d\u2019]|\z)",
        parts=rf"(?s)(?:^|[\s(*])(?:a{_PART}.*[\s(*]b{_PART}|i{_PART}.*[\s(*]ii{_PART}|1{_PART}.*[\s(*]2{_PART})",
        figure=rf"{_shown(_PICTURE)}|\bcomo\s{{1,3}}se\s{{1,3}}(?:muestra|ve)\b",
        table=_shown(_DATA),
        elsewhere=(
            r"(?i)\b(?:problema|pregunta|ejercicio|apartado|ejemplo|texto|párrafo)\s{1,3}(?:anterior|previo)\b"
            r"|\b(?:ecuación|sección|capítulo|figura|tabla|teorema|ejemplo|ejercicio)\s{1,3}\(?\d{1,3}\.\d"
            r"|\b(?:en|del?|ver|según)\s{1,3}(?:el\s{1,3})?(?:ejercicio|problema|ejemplo|teorema)\s{1,3}\(?\d"
        ),
        named_part=r"(?i)\b(?:parte|apartado)s?\s{1,3}\(?[a-e]\)",
    ),
    stories=Stories(
        states=r"\b(?:tiene|tienen|tenía|es|son|era|hay|cuesta|cuestan|contiene|pesa|mide)\b",
        compares=(
            r"\b([A-ZÁÉÍÓÚÑ][a-záéíóúñ]+)\s(?:tiene|tenía|es|compra|vende|gana|come|recoge|ahorra)\b[^.?!;]{1,80}"
            r"\b(?:más|menos|mayor|menor)\b[^.?!;]{0,40}\bque\s([A-ZÁÉÍÓÚÑ][a-záéíóúñ]+)(?:[.?!,;]|$)"
        ),
        value_of=r"el\s{1,3}valor\s{1,3}de",
    ),
    leak=re.compile(
        rf"\\boxed|\\fbox|^####|\b{_ANSWER}\s{{1,3}}(?:es|son|sería)\b"
        rf"|\b(?:respuesta|resultado|solución)[*_]{{0,3}}\s{{0,3}}[:=][*_]{{0,3}}\s{{0,3}}(?:\S{{0,3}}\s{{0,3}}=\s{{0,3}})?"
        rf"{_NUMBER}|^[\s*_]{{0,8}}solución[*_]{{0,3}}\s{{0,3}}:",
        re.IGNORECASE | re.MULTILINE,
    ),
    concludes=re.compile(
        r"\b(?:por\s{1,3}(?:lo\s{1,3})?tanto|así que|luego|entonces)\b[^.?!\n]{0,80}\Z", re.IGNORECASE
    ),
    sentence_end=re.compile(
        r"(?<!\b(?:Sr|Dr|Ud|St))(?<!\b(?:Sra|pág|etc|núm))(?<!\b[A-Za-z])[.?!][\"')\u201d\u2019\u00bb]{0,2}\s{1,9}"
        r"(?=[\"'(\u201c\u00ab¿¡$A-ZÁÉÍÓÚÑ\d])"
    ),
)
"""Spanish."""
