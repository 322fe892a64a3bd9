# ruff: noqa: RUF001  (other scripts are what is tested)

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from scalequest_assets.recipe.language import LATIN_LANGUAGES, is_foreign, is_not_ascii
from scalequest_tests.maths import detect
from scalequest_tests.real_data import questions_or_skip


@pytest.fixture(scope="module")
def identifier():
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(LATIN_LANGUAGES)
    return model


def found(text):
    return detect(pl.Series([text], dtype=pl.String)).row(0)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Tom has 3 apples and buys 5 more. How many apples does he have?", "en"),
        ("HOW MANY APPLES DOES TOM HAVE NOW?", "en"),
        ("It is 30\u00b0 outside; Tom\u2019s pool has radius \u03c0. What is its area?", "en"),
        (r"Find the area if $\text{area} = \pi r^2$ and the radius doubles.", "en"),
        (
            "In Reykjavík, Björk Guðmundsdóttir buys 4 lopapeysur. Each costs 200 krónur. What is the total?",
            "en",
        ),
        ("Łukasz and Małgorzata Wójcik share 12 pączki in Kraków. How many does each of them get?", "en"),
        ("Nguyễn Thị Hương sells 5 bánh mì for 20000 đồng each in Đà Nẵng. How much does she earn?", "en"),
        ("In Kopenhagen kauft Anna drei Äpfel. Wie viele Äpfel hat sie jetzt?", "de"),
        ("En París, Ana García compra 4 camisas. Cada una cuesta 20 euros. ¿Cuál es el total?", "es"),
        ("Í Reykjavík kaupir Björk 4 peysur. Hver kostar 200 krónur. Hvað kostar þetta samtals?", "is"),
        ("Anh Nam có 5 quả táo và mua thêm 3 quả. Hỏi anh Nam có bao nhiêu quả táo?", "vi"),
        ("¿Cuántas manzanas tiene Juan si compra tres y come una?", "es"),
        ("Quel est le nombre de pommes que Jean possède ?", "fr"),
        ("Wie viele Äpfel hat Anna, wenn sie drei kauft?", "de"),
        ("小明有3个苹果，小红有5个", "und-Hani"),
        ("How many 苹果苹果苹果 does Tom have?", "und-Hani"),
        ("Сколько яблок у Ивана?", "und-Cyrl"),
        ("كم تفاحة؟", "und-Arab"),
        ("πόσα μήλα έχει ο Γιάννης", "und-Grek"),
        ("ᚠᚢᚦᚨᚱᚲ ᚠᚢᚦ", "und-Zyyy"),
        ("", None),
        (None, None),
        ("$x^2$ 3 + 4", None),
        ("🙂\u200b\x00", None),
    ],
)
def test_language(text, language):
    assert found(text)[0] == language
    assert (found(text)[1] is None) == (language is None)


def test_the_rules():
    rows = pl.DataFrame(
        {
            "query": ["caf\u00e9 in \u03c0", "plain", None],
            "language": ["en", "de", None],
            "language_probability": [1.0, 0.49, None],
        }
    )
    assert rows.select(is_foreign()).to_series().to_list() == [False, False, False]
    assert rows.select(is_not_ascii()).to_series().to_list() == [True, False, False]
    sure = rows.with_columns(language_probability=0.5)
    assert sure.select(is_foreign()).to_series().to_list() == [False, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "how many apples are in the basket",
        "berapa banyak apel yang dimiliki budi",
        "quanto fa due pi\u00f9 due",
        "qz",
        "the",
        "hvor mange \u00e6bler har anna nu",
    ],
)
def test_probability_is_py3langids(identifier, text):
    language, probability = identifier.classify(text)
    assert found(text) == (language, pytest.approx(probability, abs=1e-3))


@settings(deadline=None)  # the first call compiles a kernel
@given(st.lists(st.one_of(st.none(), st.text(max_size=50)), max_size=5))
def test_any_text_has_an_answer(texts):
    rows = detect(pl.Series(texts, dtype=pl.String))
    assert rows.height == len(texts)
    assert rows["language_probability"].drop_nulls().is_between(0, 1).all()
    assert rows.rows() == [found(text) for text in texts]


def test_a_long_row_is_bounded():
    assert found("the apple is red and the pear is green " * 2000)[0] == "en"


@pytest.mark.parametrize("name", ["gsm8k", "math500", "college_math"])
def test_real_english_is_kept(name):
    rows = detect(pl.Series(questions_or_skip(f"{name}/test")))
    assert rows.select(is_foreign()).to_series().mean() < 0.005
