"""Verdicts in German and Spanish, read by the parser of English; also from hostile text."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalequest_assets.recipe import judgements, solvability
from scalequest_assets.recipe.languages import EN, LANGUAGES

DE, ES = LANGUAGES["de"], LANGUAGES["es"]


@pytest.mark.parametrize(
    ("language", "text", "verdict"),
    [
        (DE, "Alles ist gegeben.\nUrteil: Ja", "yes"),
        (DE, "**Urteil:** Nein, es fehlt etwas.", "no"),
        (DE, "Ja, die Aufgabe ist lösbar.", "yes"),
        (DE, "Mein Fazit lautet: nein", "no"),
        (DE, "Urteil: Ja oder Nein?", None),
        (DE, "Urteil: Ja\nUrteil: Nein", "contradictory"),
        (DE, "Die Angaben reichen.\nVerdict: Yes", "yes"),
        (DE, "Im Jahr 2000 war es so.", None),
        (DE, DE.instruction, None),
        (DE, "Urteil: Ja\n\nAufgabe: Noch eine\nUrteil: Nein", "yes"),
        (ES, "Todo está.\nVeredicto: Sí", "yes"),
        (ES, "Veredicto: Si\u0301", "yes"),
        (ES, "Veredicto: Si", "yes"),
        (ES, "**Veredicto: No**", "no"),
        (ES, "La respuesta es no porque falta un dato.", "no"),
        (ES, "La respuesta es no más de 10.", None),
        (ES, "No se puede saber si es posible.", None),
        (ES, "Veredicto: Sí o No", None),
        (ES, ES.instruction, None),
        (EN, "Urteil: Ja", None),
        (EN, "Veredicto: Sí", None),
    ],
)
def test_verdicts(language, text, verdict):
    found = judgements.parse(text, language)
    assert (found.verdict or (found.reason if found.reason != "missing" else None)) == verdict


def test_tables_are_read_in_their_language_and_stay_as_they_are():
    rows = pl.DataFrame(
        {
            "query_id": ["a", "b", "c"],
            "sample_idx": [0, 0, 0],
            "query": ["Ist 7 prim? Urteil: Ja", "Wie viel?", None],
            "judgement": ["Ist 7 prim? Urteil: Ja\nUrteil: Nein", "Urteil: Ja", None],
            "finish_reason": ["stop", "stop", "error"],
        },
        schema_overrides={"sample_idx": pl.Int32},
    )
    found = solvability.tally(rows, "final", DE)
    assert found["verdict"].to_list() == ["no", "yes", None]
    assert found["judgement"].to_list() == rows["judgement"].to_list()
    assert found["text_reason"].to_list() == ["unsolvable", None, "engine_error"]
    lax = solvability.verdicts(rows, rule="lax", language=DE)
    assert lax["verdict"].to_list() == ["yes", "yes", None]
    assert set(solvability.tally(rows, "final")["verdict"]) == {None}, "in English it says nothing"


@pytest.mark.parametrize(
    "text", ["Urteil: " * 12_000, "ja oder nein / " * 9000, "sí" * 50_000, "\x00\u202e", "I\u0307a", None]
)
@pytest.mark.parametrize("language", [DE, ES], ids=["de", "es"])
def test_hostile_text_is_read_without_error(language, text):
    judgements.parse(text, language)
    judgements.lax_yes(text, language)


@given(st.text("UrteilVdcoJaNnSí:* \n.,", max_size=60))
def test_english_is_read_as_ever(text):
    assert EN.in_english(text) is text
    assert judgements.parse(text) == judgements.parse(text, EN)


@pytest.mark.parametrize(
    ("language", "text", "is_chat"),
    [
        (DE, "Gerne! Hier ist eine Aufgabe: Wie viel ist 2 + 2?", True),
        (DE, "**Lösung:** 2 + 2 = 4", True),
        (DE, "Hier sind 5 Äpfel und 3 Birnen. Wie viele Früchte sind es?", False),
        (DE, "Sicherlich hat Tom 5 Äpfel. Wie viele hat er mehr als Eva?", False),
        (ES, "¡Claro! Aquí tienes un problema: ¿cuánto es 2 + 2?", True),
        (ES, "Respuesta: 4", True),
        (ES, "Vamos a repartir 20 caramelos. ¿Cuántos recibe cada niño?", False),
    ],
)
def test_chat_is_no_question(language, text, is_chat):
    assert pl.Series([text]).str.contains(language.openers)[0] == is_chat


@pytest.mark.parametrize("language", [DE, ES], ids=["de", "es"])
def test_the_verdicts_spellings_are_told_apart(language):
    yes, no = language.choices
    assert (yes[0], no[0]) == (language.yes, language.no)
    assert {word.strip().casefold() for word in yes}.isdisjoint(word.strip().casefold() for word in no)
