"""Contamination: benchmark questions planted in several dresses, and how many are found.

Needs GSM8K under SCALEQUEST_TEST_DATA. False positives are train questions that count as contaminated; their authors
may have written both.
"""

import random

import polars as pl

from scalequest_assets.recipe.settings import Overlap
from scalequest_tests.benchmarks import edits, question_corpus
from scalequest_tests.maths import index_of
from scalequest_tests.real_data import questions

SETTINGS = {
    "as the profile has it": Overlap(),
    "without the masked pass": Overlap(masked=False),
    "13-grams alone (the paper's measure)": Overlap(masked=False, max_share=1.0),
}


BENCHMARKS = ("gsm8k/test", "math500/test", "college_math/test")
CLOSING = " It can be written as $\\frac{m}{n}$, where $m$ and $n$ are relatively prime positive integers. Find $m+n$."


def run() -> list[dict[str, object]]:
    """Return the percentage that is found of each kind, and of questions not planted, by settings and benchmark."""
    try:
        sets, train = {name: questions(name) for name in BENCHMARKS}, questions("gsm8k/train")
    except FileNotFoundError as error:
        return [{"rule": f"not measured: {error}"}]
    ours = pl.Series([question.removesuffix("?") + "." + CLOSING for question in families(500)])
    rows: list[dict[str, object]] = []
    for rule, settings in SETTINGS.items():
        for name in BENCHMARKS if settings == Overlap() else BENCHMARKS[:1]:
            frame = pl.DataFrame({"query_id": [f"{name}/{row}" for row in range(len(sets[name]))], "query": sets[name]})
            index = index_of(frame, settings=settings)
            found: dict[str, object] = {"rule": rule, "benchmark": name}
            for kind, change in KINDS.items():
                draw = random.Random(7)
                texts = pl.Series([change(text, draw) for text in sets[name]])
                found[kind] = round(100 * index.match(texts)["is_contaminated"].mean(), 2)
            found["train, not planted"] = round(100 * index.match(pl.Series(train))["is_contaminated"].mean(), 2)
            found["ours with a closing formula"] = round(100 * index.match(ours)["is_contaminated"].mean(), 2)
            rows.append(found)
    return rows


def families(num: int) -> list[str]:
    """Return questions of our own families."""
    return question_corpus.questions(0)["query"].head(num).to_list()


KINDS: dict[str, edits.Edit] = {
    "verbatim": edits.verbatim,
    "re-cased": edits.recased,
    "re-formatted": edits.reformatted,
    "another LaTeX dress": edits.dressed,
    "renumbered": edits.renumbered,
    "renamed": edits.renamed,
    "renumbered and renamed": lambda text, draw: edits.renamed(edits.renumbered(text, draw), draw),
    "one word in ten": edits.one_word_in_ten,
    "a sentence less": edits.without_a_sentence,
}
