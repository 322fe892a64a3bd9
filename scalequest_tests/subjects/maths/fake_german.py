"""A fake model that speaks German: school problems, rewrites, verdicts, and answers with commas, at times wrong."""

import json
import re
from functools import cache
from importlib import resources

from scalequest_assets.subjects.maths.prompts.german import GERMAN

ENGLISH_QUESTION = "Tom has 3 apples and buys 5 more in the shop. How many apples does he have in the end?"
OPENER = "Gerne, hier ist eine Aufgabe für dich: Wie viele Äpfel sind es insgesamt?"
_THINGS = ("Äpfel", "Brötchen", "Hefte", "Stühle", "Nüsse", "Bücher")
_PEOPLE = ("Jürgen", "Käthe", "Frau Groß", "Sören", "Zoë", "Herr Müller")


def fake_german(prompt: str, seed: int) -> str:
    """Return what a fake model writes for a prompt."""
    message = re.sub(r"^(?:<system>.*?)?<user>", "", prompt, flags=re.DOTALL).removesuffix("<end>")
    if message.startswith(GERMAN.judge[0]):
        return "Es fehlt eine Angabe.\nUrteil: Nein" if seed % 5 == 0 else "Alles ist angegeben.\n**Urteil: Ja**"
    if message.startswith(GERMAN.solvable.full):
        query = message.removeprefix(GERMAN.solvable.full)
        return f"1. Alles gut.\nFERTIGE AUFGABE: {query} Runde auf zwei Stellen.\n\nIch hoffe, das hilft."
    if message.startswith(GERMAN.harder.full):
        return f"#Plan#: Mehr.\n**SCHWIERIGERE AUFGABE:** Es ist Montag. {message.removeprefix(GERMAN.harder.full)}"
    if message.endswith(GERMAN.solve[0]):
        return _answer(message.removesuffix("\n" + GERMAN.solve[0]), seed)
    return _question(seed)


def _question(seed: int) -> str:
    if seed % 11 == 0:
        return ENGLISH_QUESTION
    if seed % 13 == 0:
        return OPENER
    person, thing = _PEOPLE[seed // 7 % 6], _THINGS[seed // 3 % 6]
    return (
        f"{person} kauft {seed % 17 + 2} {thing} für je {seed % 9 + 1},50 Euro und bezahlt mit einem großen Schein. "
        f"Wie viel Euro kosten die {thing} zusammen?"
    )


def _answer(query: str, seed: int) -> str:
    known = next((row["answer"] for text, row in seeds().items() if text in query), None)
    if known is None:
        bought = re.search(r"(\d+) \w+ für je (\d+),50", query)
        count, price = bought.groups() if bought else ("4", "2")
        known = f"{int(count) * (2 * int(price) + 1) / 2:.2f}".replace(".", ",")
    match seed % 6:
        case 0:
            return f"Das ist leicht.\nDie Antwort ist {known}, weil alles angegeben ist."
        case 1:
            return "3 mal 5 = 16, also:\n\\boxed{12.345,6}"
        case 2:
            return "Das weiß ich leider nicht."
    return f"Man rechnet 2,5 + 1,5 = 4,0 und 1.000 + 500 = 1.500.\n\\boxed{{{known}}}"


@cache
def seeds() -> dict[str, dict[str, str]]:
    """Return the shipped seeds by their questions."""
    file = resources.files("scalequest_assets") / "profiles" / "german_school.jsonl"
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {row["question"]: row for row in rows}
