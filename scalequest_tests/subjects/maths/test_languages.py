"""Mathematics in German and Spanish: numbers, answers, sums, rewrites and questions, also of hostile text."""

import json
import math
import re
import unicodedata
from fractions import Fraction
from importlib import resources

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalequest_assets.errors import ProfileError
from scalequest_assets.recipe.contamination import ContaminationIndex
from scalequest_assets.recipe.language import LATIN_LANGUAGES, detect
from scalequest_assets.recipe.languages import LANGUAGES
from scalequest_assets.recipe.prompting import STYLES
from scalequest_assets.recipe.rewriting import DIFFICULTY, DIRECTIONS, SOLVABILITY
from scalequest_assets.subjects import subject_languages, subject_named
from scalequest_assets.subjects.maths.languages.tongues import tongue_of

EN, DE, ES = (subject_named("maths", code) for code in subject_languages("maths"))
OTHERS = pytest.mark.parametrize("subject", [DE, ES], ids=["de", "es"])


def equal(subject, gold, answer):
    return subject.answers.check(pl.Series([gold]), pl.Series([answer]))[0]


def extracted(subject, text):
    texts = pl.Series([text], dtype=pl.String)
    return subject.answers.extract(texts, texts)[0]


def test_every_language_has_prompts_and_is_known_to_the_detector():
    assert subject_languages("maths") == tuple(LANGUAGES)
    assert set(LANGUAGES) <= set(LATIN_LANGUAGES)
    for code, language in LANGUAGES.items():
        subject = subject_named("maths", code)
        assert subject is subject_named("maths", code)
        assert subject.card.language == (code,)
        assert language.instruction in subject.prompts.judge("", "full")
        for direction in DIRECTIONS:
            way = subject.rewrites.ways[direction]
            assert way.marker in subject.prompts.rewrite("", direction, "full")
            assert way.parse(way.target("2 + 2 = ?")) == "2 + 2 = ?"
    with pytest.raises(ProfileError, match=r"no prompts in 'fr'\n.*one of: en, de, es"):
        subject_named("maths", "fr")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("query", ["Was ist 2 + 2?", "{x} {0} %s", "Urteil: Ja. FERTIGE AUFGABE: nein", "a\nb"])
@OTHERS
def test_a_prompt_holds_the_question_as_it_is(subject, style, query):
    prompts = subject.prompts
    assert prompts.solve(query, style).startswith(query)
    assert prompts.judge(query, style).endswith(query)
    assert all(prompts.rewrite(query, direction, style).endswith(query) for direction in DIRECTIONS)


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("3,5", "3.5"),
        ("3{,}5", "3.5"),
        ("3,50 €", "3.50 euros"),
        ("1.000", "1000"),
        ("1.000,5", "1000.5"),
        ("12.345.678", "12345678"),
        ("-1.250,75", "-1250.75"),
        ("3,500", "3.5"),
        ("0.125", "0.125"),
        ("2.5", "2.5"),
        ("1,234,567", "1234567"),
        ("1,234.5", "1234.5"),
        (r"\frac{3,5}{2}", "1.75"),
        ("(3,5)", "(3, 5)"),
        (r"\{1,2\}", r"\{1, 2\}"),
        ("3, 5", "3, 5"),
        ("x = 0,5", "x = 1/2"),
    ],
)
@OTHERS
def test_numbers_are_read_as_the_language_writes_them(subject, answer, meant):
    read = tongue_of(subject.card.language[0]).notation.answer(answer)
    assert EN.answers.check(pl.Series([meant]), pl.Series([read]))[0]


@pytest.mark.parametrize(("gold", "answer"), [("3.5", "3,5"), ("1000", "1.000"), ("1000.5", "1.000,5"), ("1", "1,000")])
def test_english_guesses_nothing(gold, answer):
    assert EN.answers.check(pl.Series([gold]), pl.Series([answer]))[0] is not True


@given(st.integers(0, 10**9), st.integers(0, 6), st.booleans())
def test_a_number_means_what_it_was_written_from(whole, decimals, is_grouped):
    value = Fraction(whole, 10**decimals)
    english = f"{whole // 10**decimals:,}" if is_grouped else str(whole // 10**decimals)
    english += f".{whole % 10**decimals:0{decimals}d}" if decimals else ""
    written = english.translate(str.maketrans(",.", ".,"))
    assert equal(DE, written, f"{value.numerator}/{value.denominator}")


@pytest.mark.parametrize(
    ("subject", "gold", "answer", "is_equal"),
    [
        (DE, "25", "fünfundzwanzig", True),
        (DE, "2 Stunden", "120 Minuten", True),
        (DE, "16", "16 Äpfel", True),
        (DE, "25 %", "25 Prozent", True),
        (DE, "1/2", "die Hälfte", None),
        (DE, "ja", "Ja", True),
        (DE, "1.000", "1", False),
        (DE, "2 und 3", "3; 2", True),
        (ES, "25", "veinticinco", True),
        (ES, "2 horas", "120 minutos", True),
        (ES, "4 niños", "4", True),
        (ES, "sí", "Sí", True),
        (ES, "1,5", "1.5", True),
        (DE, "300", "dreihundert", True),
        (DE, "250", "zweihundertfünfzig", True),
        (DE, "251", "zweihundertfünfzig", False),
        (DE, "1000", "eintausend", True),
        (DE, "1.000", "Tausend", True),
        (DE, "100", "hundert", True),
        (DE, "2 Tausend", "zweitausend", True),
        (DE, "12.345", "zwölftausenddreihundertfünfundvierzig", True),
        (DE, "101 Euro", "hunderteins Euro", True),
        (DE, "2,5", "zweieinhalb", True),
        (DE, "2,5", "dreieinhalb", False),
        (DE, "90 Minuten", "anderthalb Stunden", True),
        (DE, "1,5", "anderthalb", True),
        (DE, "300", "dreihundertste", False),
        (DE, "1000", "Jahrtausend", False),
        (DE, "7,50 €", "750 Cent", True),
        (DE, "7,50 €", "75 Cent", False),
        (DE, "7,50 Dollar", "750 Cent", True),
        (DE, "5 €", "5 Dollar", None),
        (ES, "x = 3 o x = -2", "x = -2 o x = 3", True),
        (ES, "x = 3 y x = 5", "x = 5 y x = 3", True),
        (ES, "x = 3 y x = 5", "x = 3 y x = 6", False),
        (ES, "$x=3$ y $x=5$", "x = 5, x = 3", True),
        (ES, r"x=3 \text{ y } x=5", "x = 5 y x = 3", True),
        (ES, "x = 2 y y = 3", "y = 3 y x = 2", True),
        (ES, "x = 2 y y = 3", "x = 3 y y = 2", False),
        (ES, "x = 3 y -2", "-2, 3", True),
        (ES, "3 y 5", "3, 5", True),
        (ES, "3 o 5", "3, 6", False),
        (ES, "(2, 3) y (4, 5)", "(4, 5), (2, 3)", True),
        (ES, "x + y = 5", "y + x = 5", True),
        (ES, "2 y + 3", "2y + 3", True),
        (ES, "2 x + 3 y -5", "2x + 3y - 5", True),
        (ES, "3 y (x+1)", "3y(x+1)", True),
        (ES, "3 y", "3y", True),
        (ES, "y = 3", "3", True),
        (ES, "30%", "30 por ciento", True),
        (ES, "130", "30 por ciento", False),
        (ES, "1 hora y 30 minutos", "90 minutos", True),
        (ES, "1 hora y 30 minutos", "80 minutos", False),
        (ES, "35", "treinta y cinco", True),
        (ES, "31 días", "treinta y un días", True),
        (ES, "36", "treinta y cinco", False),
        (ES, "200", "doscientos", True),
        (ES, "200", "trescientos", False),
        (ES, "1.234", "mil doscientos treinta y cuatro", True),
        (ES, "100.000", "cien mil", True),
        (ES, "21 días", "veintiún días", True),
        (ES, "1", "un triángulo", False),
        (ES, "7,50 €", "750 céntimos", True),
        (EN, "7.50 €", "750 cents", True),
        (EN, "5 €", "5 cents", False),
        (EN, "$5", "5 euros", None),
    ],
)
def test_answers_with_words_and_units(subject, gold, answer, is_equal):
    assert equal(subject, gold, answer) is is_equal


@pytest.mark.parametrize(
    ("subject", "text", "answer"),
    [
        (DE, "Anna hat 3,5 Liter. Die Antwort ist 3,5 Liter.", "3,5 Liter"),
        (DE, "Das Ergebnis lautet: **1.250 €**", "1.250 €"),
        (DE, "**Antwort:** Es sind 25 Äpfel.", "25 Äpfel"),
        (DE, "Also \\boxed{12,50}.", "12,50"),
        (DE, "Die Lösung ist x = 4, weil 2x = 8 ist.", "x = 4"),
        (DE, "**Endergebnis**\n\n$$\\frac{1}{2}$$", "\\frac{1}{2}"),
        (DE, "\\boxed{5}\n\n### Aufgabe 2\nWie viel ist 2 + 2? \\boxed{4}", "5"),
        (DE, "Wenn die Antwort ist 5, dann passt es nicht", None),
        (DE, "**Lösung:**\nZuerst rechnet man 2 + 2.", None),
        (ES, "La respuesta es 12 manzanas.", "12 manzanas"),
        (ES, "**Respuesta final:** 3,5 kg", "3,5 kg"),
        (ES, "El resultado es igual a 20, porque 4 · 5 = 20.", "20"),
        (ES, "Por lo tanto, la respuesta correcta es: \\(7\\)", None),
    ],
)
def test_answers_are_found_by_the_languages_phrases(subject, text, answer):
    found = extracted(subject, text)
    assert found == answer or (answer is None and found in (None, "7", "\\(7\\)"))


@pytest.mark.parametrize(
    ("subject", "text", "num", "false"),
    [
        (DE, "3,5 · 2 = 7 und 1.000 + 500 = 1.500 Äpfel", 2, []),
        (DE, "2,50 € + 1 € = 4,00 €", 1, ["2.50 + 1 = 4.00"]),
        (DE, "3 mal 5 = 16 Äpfel", 1, ["3 * 5 = 16"]),
        (DE, "Man rechnet 12 : 4 + 2 = 5.", 1, []),
        (DE, "24 geteilt durch 4 = 6", 1, []),
        (DE, "20 : 3 = 6 Rest 2", 1, []),
        (DE, "1,5 Stunden + 30 Minuten = 2 Stunden", 0, []),
        (DE, "Um 8:30 + 2 = 11 Uhr", 0, []),
        (DE, "10 / 3 = 3,33, gerundet", 1, []),
        (ES, "3 por 5 = 16 manzanas", 1, ["3 * 5 = 16"]),
        (ES, "1.000 + 500 = 1.500", 1, []),
        (ES, "20 dividido entre 4 = 5", 1, []),
    ],
)
def test_sums_are_recomputed(subject, text, num, false):
    texts = pl.Series([text])
    found = subject.answers.recompute(texts, texts, texts)[0]
    assert found == {"num_equalities": num, "false_equalities": false}


@pytest.mark.parametrize(
    ("subject", "one", "other", "is_one"),
    [
        (
            DE,
            "Jürgen hat fünf Äpfel. Wie groß ist sein Korb?",
            "**Aufgabe 3:** Juergen hat 5 Äpfel. Wie gross ist sein Korb?",
            True,
        ),
        (DE, "Anna hat 3 Äpfel. Wie viele sind es?", "Anna hat 3 Birnen. Wie viele sind es?", False),
        (DE, "Es kostet 1.000,50 Euro. Wie viel?", "Es kostet 1000,5 Euro. Wie viel?", True),
        (DE, "Es kostet 1.000 Euro. Wie viel?", "Es kostet 1,000 Euro. Wie viel?", False),
        (DE, "Das Gewicht ist größer als 5.", "Das Gewicht ist kleiner als 5.", False),
        (ES, "¿Cuántos años tiene Ana? Treinta y cinco.", "¿Cuantos anos tiene Ana? 35.", True),
        (ES, "Ana tiene 3 peras. ¿Cuántas son?", "Ana tiene 4 peras. ¿Cuántas son?", False),
    ],
)
def test_which_questions_are_one(subject, one, other, is_one):
    texts = pl.Series([one, other])
    normal, marks = subject.likeness.normalise(texts), subject.likeness.marks(texts)
    assert normal.str.contains(r"^[\x00-\x7f]*$").all(), "a word is one token where benchmarks are compared"
    assert (marks[0] == marks[1]) is is_one
    pair = pl.Series([0]).to_numpy(), pl.Series([1]).to_numpy()
    assert subject.likeness.are_one(*pair, texts)[0] == is_one


@pytest.mark.parametrize(
    ("subject", "text", "reasons"),
    [
        (DE, "Tom hat 3 Äpfel. Die Antwort ist 3.", {"leaked_answer"}),
        (DE, "Tom hat 3 Äpfel. Wie viele? Lösung: 3", {"leaked_answer"}),
        (DE, "Wie alt ist Tom mit 3 Jahren mehr? Und wie alt ist Eva dann?", {"asks_several"}),
        (DE, "Bestimme den Winkel in der Abbildung unten.", {"undefined_figure"}),
        (DE, "Löse die vorherige Aufgabe mit 5 statt 3.", {"missing_text"}),
        (DE, "Es sind 6 Säcke. Es sind 7 Säcke. Wie viele Säcke?", {"contradiction"}),
        (DE, "Es sind 6 Säcke. Es sind 6 Säcke. Wie viele Säcke?", {"repeated_statement"}),
        (DE, "Anna hat 4 Murmeln mehr als Anna. Wie viele hat sie?", {"self_comparison"}),
        (DE, "Anna hat 4 Murmeln mehr als Ben. Ben hat 3. Wie viele hat Anna?", set()),
        (ES, "Tom tiene 3 peras. La respuesta es 3.", {"leaked_answer"}),
        (ES, "¿Cuántas peras tiene Ana? ¿Y cuántas tiene Luis después de comer 2?", {"asks_several"}),
        (ES, "Calcula el ángulo en la figura siguiente.", {"undefined_figure"}),
        (DE, "Bestimme den Wert von $6x + 6$.", {"unbound_letter"}),
        (DE, "Bestimme den kleinsten Wert von $x^2 + 5$.", set()),
        (ES, "Ana tiene 6 peras. Ana tiene 6 peras. ¿Cuántas peras son?", {"repeated_statement"}),
        (ES, "Ana tiene 4 peras más que Ana. ¿Cuántas tiene?", {"self_comparison"}),
        (ES, "¿Cuál es el valor de $6x + 6$?", {"unbound_letter"}),
        (ES, "¿Cuál es el mínimo valor de $x^2 + 5$?", set()),
    ],
)
def test_questions_without_one_answer(subject, text, reasons):
    rows = pl.DataFrame({"query": [text]}).select(**subject.wording.rules)
    assert {name for name, holds in rows.row(0, named=True).items() if holds} == reasons


def test_rewrites_lose_what_is_said_about_them():
    parse = DE.rewrites.parse
    told = "**FERTIGE AUFGABE:** Wie viel ist 3 + 4?\n\n**Lösung:** 7"
    assert parse(told, SOLVABILITY) == "Wie viel ist 3 + 4?"
    assert (
        parse("SCHWIERIGERE AUFGABE: Wie viel ist 5?\n\nHinweis: Ich habe eine Zahl geändert.", DIFFICULTY)
        == "Wie viel ist 5?"
    )
    assert parse("PROBLEMA FINAL: ¿Cuánto es 2 + 2?", SOLVABILITY) is None
    assert ES.rewrites.parse("PROBLEMA FINAL: ¿Cuánto es 2?\n\nEspero que sirva.", SOLVABILITY) == "¿Cuánto es 2?"
    assert DE.rewrites.leaks_answer("Wie viel? Das Ergebnis ist 5.")
    assert DE.rewrites.leaks_answer("Tom hat 3 und 4, also zusammen 3 + 4 = 7.")
    assert not DE.rewrites.leaks_answer("Löse 2x + 3 = 12.")
    assert DE.rewrites.are_same(pl.Series(["Fünf Äpfel?"]), pl.Series(["5 Aepfel?"]))[0]


HOSTILE = (
    "",
    "{query} {0} %s \\",
    "1.000," * 20_000,
    "3,5" * 30_000,
    "Urteil: " * 12_000,
    "FERTIGE AUFGABE:" * 7000,
    "die Antwort ist " * 7000,
    "la respuesta es " * 7000,
    "ä" * 100_000,
    "u\u0308" * 50_000,
    "fünfundzwanzig " * 7000,
    "treinta y " * 9000,
    "3 y -" * 9000,
    "dreihunderttausend" * 5000,
    "\x00 \u202e\u200b",
    "Frage: " * 9000,
)


@pytest.mark.parametrize("text", [*HOSTILE, None], ids=lambda text: repr(text)[:20])
@OTHERS
def test_hostile_text_is_read_without_error(subject, text):
    texts = pl.Series([text], dtype=pl.String)
    found = extracted(subject, text)
    assert found is None or isinstance(found, str)
    subject.answers.check(texts, texts)
    subject.answers.groups(pl.Series(["q"]), texts)
    subject.answers.recompute(texts, texts, texts)
    subject.likeness.normalise(texts)
    subject.likeness.marks(texts)
    texts.to_frame("query").select(**subject.wording.rules)
    detect(texts, subject.wording.prose, subject.card.language[0])
    subject.soundness.broken(texts, texts)
    if text:
        assert all(subject.rewrites.parse(text, direction) != text for direction in DIRECTIONS)
        subject.rewrites.leaks_answer(text)


@given(st.integers(1, 999_999), st.booleans())
def test_a_long_number_word_is_its_number(value, is_half):
    def word(number):
        for scale, name in ((1000, "tausend"), (100, "hundert")):
            if number >= scale:
                rest = word(number % scale) if number % scale else ""
                return f"{'ein' if number // scale == 1 else word(number // scale)}{name}{rest}"
        return {value: name for name, value in tongue_of("de").spelling.numbers.items()}[number]

    written = word(value)
    if is_half and value < 100 and value != 1:
        assert equal(DE, f"{value},5", f"{written}einhalb") is True
    assert equal(DE, str(value), written) is True
    assert equal(DE, str(value + 1), written) is False


@settings(max_examples=60)
@given(st.text(st.sampled_from("0123456789.,{}()\\ äßUrteil:Ja€xAntwort ist\n"), max_size=60))
def test_any_text_equals_itself_and_is_read_the_same_twice(text):
    assert equal(DE, text, text) is not False
    notation = tongue_of("de").notation
    assert notation.answers(pl.Series([text, None]))[1] is None
    assert DE.likeness.normalise(pl.Series([text])).str.contains(r"^[\x00-\x7f]*$")[0]


FORMULAS = """4*1.25+7.5;37-12+19;240-240*3/4
(65-23)/6;8*15-9;12.4+12.4+3.8;19.2/24;312-48-2*48;1200-1200/3;350*5*4;4*9+5
(2.5+1.75)/0.25;36*25+14*40;7*2.5+3*4.5-8;285/3*5;(58-10)/3;18*2+6*4;14*22-267;48-48*25/100;160-160*40/100;2400*1.5/100
12*5/(3+5);-4+11-5;18/3*2+18;650+650*12/100;7.2-3*1.4;(46-8)/2;(71-15)/2;(33+12)/5;(25.2-4.2)/2.1;24/4*3;2*(18+11)
9*6.4/2;12*5*4;180-47-68;34/4;6*5/2;3/(4+3+5);8*8*8;lcm(12,18);gcd(84,60);100-14*7"""
"""What each of the shipped problems comes to, in their order, worked out apart from their solutions."""


def test_the_shipped_problems_are_right_and_no_rule_drops_one():
    file = resources.files("scalequest_assets") / "profiles" / "german_school.jsonl"
    rows = pl.DataFrame(list(map(json.loads, file.read_text(encoding="utf-8").splitlines())))
    known = {
        "Fraction": Fraction,
        "lcm": lambda *args: math.lcm(*map(int, args)),
        "gcd": lambda *args: math.gcd(*map(int, args)),
    }
    exact = [str(Fraction(eval(_exactly(formula), known))) for formula in FORMULAS.replace("\n", ";").split(";")]
    assert len(exact) == rows.height == rows["question"].n_unique()
    queries, solutions = rows["question"].alias("query"), rows["solution"]
    gold = DE.answers.gold(rows["answer"], queries)["answer"]
    assert DE.answers.check(pl.Series(exact), gold).all()
    worked = DE.answers.recompute(solutions, solutions, solutions).struct.unnest()
    assert worked["num_equalities"].min() >= 1
    assert worked["false_equalities"].list.len().sum() == 0
    assert extracted(DE, DE.answers.solution(solutions[0], gold[0])) == gold[0]
    frame = queries.to_frame()
    assert not frame.select(pl.any_horizontal(*DE.wording.rules.values())).to_series().any()
    assert (
        frame.select(pl.col("query").str.contains(DE.wording.asks) | pl.col("query").str.contains("[?]"))
        .to_series()
        .all()
    )
    assert set(detect(queries, DE.wording.prose, "de")["language"]) == {"de"}
    assert DE.soundness.broken(queries, solutions).null_count() <= 30, "a judge is measured on a dozen at least"
    seeds = rows.select(query="question", subject="subject")
    assert DE.topics.classify(seeds, queries).eq(rows["subject"]).mean() > 0.9
    assert DE.topics.classify(seeds.clear(), queries).null_count() > 35, "English words say nothing of German questions"


def _exactly(formula: str) -> str:
    return re.sub(r"\d+(?:\.\d+)?", lambda number: f"Fraction('{number[0]}')", formula)


def test_a_copy_of_a_benchmark_is_found_however_its_umlauts_are_written():
    query = (
        "Jürgen fährt mit dem Fahrrad 12,5 km zur Schule und später 7,5 km zu seiner Großmutter. Für das Frühstück "
        "braucht er zwölf Brötchen. Wie viele Kilometer fährt er insgesamt?"
    )
    benchmarks = pl.DataFrame({"query_id": ["b/0"], "query": [query]})
    index = ContaminationIndex.build(benchmarks, DE.likeness.normalise)
    spelled = query.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})).replace("zwölf", "12")
    other = "Ute fährt mit dem Bus 12,5 km zur Arbeit. Für das Frühstück braucht sie 3 Eier. Wie weit fährt sie?"
    found = index.match(pl.Series([query, spelled, unicodedata.normalize("NFD", query), other, None]))
    assert found["is_contaminated"].to_list() == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ana compra 4 camisas. Cada una cuesta 20 euros. ¿Cuánto paga en total?", "es"),
        ("Un tren recorre 285 km en 3 horas. ¿Cuántos kilómetros recorre en 5 horas a la misma velocidad?", "es"),
        ("Halla el perímetro de un rectángulo de 18 m de largo y 11 m de ancho.", "es"),
        ("In Kraków kauft Eva 12 Brötchen für je 1,20 Euro. Wie viel bezahlt sie?", "de"),
        ("Löse die Gleichung $5x - 12 = 33$ nach $x$ auf.", "de"),
        ("Tom has 3 apples and buys 5 more. How many apples does he have?", "en"),
    ],
)
def test_the_language_of_questions(text, language):
    found = detect(pl.Series([text]), DE.wording.prose, "de" if language == "de" else "es")
    assert found["language"][0] == language
