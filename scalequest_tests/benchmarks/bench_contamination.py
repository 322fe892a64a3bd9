"""Contamination: GSM8K test questions planted among its train questions in several dresses, and how many are found.

Needs GSM8K under SCALEQUEST_TEST_DATA. False positives are train questions that count as contaminated; their authors
may have written both.
"""

import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl

from scalequest_assets.recipe.contamination import ContaminationIndex, Overlap

DATA = Path(os.environ.get("SCALEQUEST_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
NAMES = ["Zuri", "Anselm", "Priya", "Tobias", "Ines", "Kofi", "Lena", "Omar", "Signe", "Yara"]
WORDS = ["violet", "quickly", "garden", "seven", "bridge", "paper", "window", "stone"]
SETTINGS = {
    "as the profile has it": Overlap(),
    "without the masked pass": Overlap(masked=False),
    "13-grams alone (the paper's measure)": Overlap(masked=False, max_share=1.0),
}


def run() -> list[dict[str, object]]:
    """Return the share that is found of each kind, in percent, and of train questions, by settings."""
    if missing := [split for split in ("test", "train") if not _path(split).exists()]:
        return [{"rule": f"not measured: no {_path(missing[0])} (set SCALEQUEST_TEST_DATA)"}]
    test, train = _read("test"), _read("train")
    rows: list[dict[str, object]] = []
    for name, settings in SETTINGS.items():
        frame = pl.DataFrame({"query_id": [f"test/{row}" for row in range(len(test))], "query": test})
        index = ContaminationIndex.build(frame, settings)
        found: dict[str, object] = {"rule": name}
        for kind, change in KINDS.items():
            draw = random.Random(7)
            texts = pl.Series([change(text, draw) for text in test])
            found[kind] = round(100 * index.match(texts)["is_contaminated"].mean(), 2)
        found["train, not planted"] = round(100 * index.match(pl.Series(train))["is_contaminated"].mean(), 2)
        rows.append(found)
    return rows


def _renumbered(text: str, draw: random.Random) -> str:
    return re.sub(r"\d+", lambda _: str(draw.randint(2, 999)), text)


def _renamed(text: str, draw: random.Random) -> str:
    """Give all names others: capitalised words that stand inside a sentence, or have an apostrophe."""
    names = set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b", text)) | set(re.findall(r"\b[A-Z][a-z]{2,}(?='s\b)", text))
    for name, other in zip(sorted(names), draw.sample(NAMES, len(NAMES)), strict=False):
        text = re.sub(rf"\b{name}\b", other, text)
    return text


def _one_word_in_ten(text: str, draw: random.Random) -> str:
    return " ".join(draw.choice(WORDS) if draw.random() < 0.1 else word for word in text.split(" "))


def _without_a_sentence(text: str, draw: random.Random) -> str:
    sentences = re.split(r"(?<=[.?!]) ", text)
    sentences.pop(draw.randrange(len(sentences)))
    return " ".join(sentences) or text


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "verbatim": lambda text, _: text,
    "re-cased": lambda text, _: text.upper(),
    "re-formatted": lambda text, _: "**Problem.** " + text.replace(". ", ".\n\n"),
    "renumbered": _renumbered,
    "renamed": _renamed,
    "renumbered and renamed": lambda text, draw: _renamed(_renumbered(text, draw), draw),
    "one word in ten": _one_word_in_ten,
    "a sentence less": _without_a_sentence,
}


def _path(split: str) -> Path:
    return DATA / "gsm8k" / f"{split}.jsonl"


def _read(split: str) -> list[str]:
    return [json.loads(line)["question"] for line in _path(split).read_text(encoding="utf-8").splitlines()]
