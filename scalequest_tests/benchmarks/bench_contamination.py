"""Contamination: GSM8K test questions planted among its train questions in several dresses, and how many are found.

Needs GSM8K under SCALEQUEST_TEST_DATA. False positives are train questions that count as contaminated; their authors
may have written both.
"""

import random

import polars as pl

from scalequest_assets.recipe.contamination import Overlap
from scalequest_tests.benchmarks import edits
from scalequest_tests.maths import index_of
from scalequest_tests.real_data import questions

SETTINGS = {
    "as the profile has it": Overlap(),
    "without the masked pass": Overlap(masked=False),
    "13-grams alone (the paper's measure)": Overlap(masked=False, max_share=1.0),
}


def run() -> list[dict[str, object]]:
    """Return the share that is found of each kind, in percent, and of train questions, by settings."""
    try:
        test, train = questions("gsm8k/test"), questions("gsm8k/train")
    except FileNotFoundError as error:
        return [{"rule": f"not measured: {error}"}]
    rows: list[dict[str, object]] = []
    for name, settings in SETTINGS.items():
        frame = pl.DataFrame({"query_id": [f"test/{row}" for row in range(len(test))], "query": test})
        index = index_of(frame, settings=settings)
        found: dict[str, object] = {"rule": name}
        for kind, change in KINDS.items():
            draw = random.Random(7)
            texts = pl.Series([change(text, draw) for text in test])
            found[kind] = round(100 * index.match(texts)["is_contaminated"].mean(), 2)
        found["train, not planted"] = round(100 * index.match(pl.Series(train))["is_contaminated"].mean(), 2)
        rows.append(found)
    return rows


KINDS: dict[str, edits.Edit] = {
    "verbatim": edits.verbatim,
    "re-cased": edits.recased,
    "re-formatted": edits.reformatted,
    "renumbered": edits.renumbered,
    "renamed": edits.renamed,
    "renumbered and renamed": lambda text, draw: edits.renamed(edits.renumbered(text, draw), draw),
    "one word in ten": edits.one_word_in_ten,
    "a sentence less": edits.without_a_sentence,
}
