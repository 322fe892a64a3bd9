"""Topics: how many questions get the subject that they have, and how far off the shares of subjects are.

By the vocabulary alone, after learning from our families, and after learning from four fifths of MATH-500 (the other
fifth is measured, five times). Needs MATH-500 as it is published (`math500/test.jsonl`, with `subject`) and GSM8K's
test questions, which count as arithmetic, under SCALEQUEST_TEST_DATA. Of the confusions, only sums are shown.
"""

import numpy as np
import polars as pl

from scalequest_assets.recipe.topic_shares import topic_shares
from scalequest_assets.subjects.maths import families
from scalequest_assets.subjects.maths.topics import SUBJECTS, TopicModel, subject_names
from scalequest_tests.real_data import records

NUM_LEARNED, NUM_HELD_OUT, NUM_FOLDS = 2_000, 1_000, 5
COLUMNS = {"query": pl.String(), "subject": pl.String()}


def run() -> list[dict[str, object]]:
    """Return, by model and questions: accuracy, macro-F1, errors of shares; and for each true subject what is found."""
    vocabulary, taught = TopicModel.learn(), TopicModel.learn(labelled(NUM_LEARNED, seed=1))
    sets = {"our families, held out": labelled(NUM_HELD_OUT, seed=2), **_read("math500"), **_read("gsm8k")}
    rows: list[dict[str, object]] = []
    for name, questions in sets.items():
        rows += _scores("vocabulary alone", name, questions, vocabulary.classify(questions["query"]))
        rows += _scores("learned from our families", name, questions, taught.classify(questions["query"]))
    for name, questions in _read("math500").items():
        rows += _scores("learned from four fifths of it", name, questions, _cross_validated(questions))
    return rows


def _scores(model: str, name: str, questions: pl.DataFrame, found: pl.Series) -> list[dict[str, object]]:
    true = questions["subject"]
    shares, of_found = (dict(topic_shares(s).select("topic", "share").iter_rows()) for s in (true, found))
    gaps = {subject: of_found.get(subject, 0.0) - shares.get(subject, 0.0) for subject in SUBJECTS}
    largest = max(shares, key=lambda subject: shares[subject])
    total = {
        "accuracy": (true == found).mean(),
        "macro-F1": float(np.mean([_f1(true == s, found == s) for s in SUBJECTS if s in shares])),
        "shares off, largest": max(map(abs, gaps.values())),
        "largest topic, true": shares[largest],
        "found": max(of_found.values()),
    }
    rows = [{"model": model, "questions": name, "subject": "all", "number": len(true), **_rounded(total)}]
    for subject in sorted(shares, key=SUBJECTS.index):
        counted = found.filter(true == subject).value_counts(sort=True)
        told = ", ".join(f"{topic} {num}" for topic, num in counted.iter_rows())
        rows.append({"model": model, "questions": name, "subject": subject, "number": int(counted["count"].sum())})
        rows[-1]["found as"] = told
    return rows


def _f1(true: pl.Series, found: pl.Series) -> float:
    return 2 * int((true & found).sum()) / max(int(true.sum()) + int(found.sum()), 1)


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in figures.items()}


def _cross_validated(questions: pl.DataFrame) -> pl.Series:
    """Return the topic of each question by a model that has seen four fifths of the others."""
    shuffled = questions.with_row_index("row").sample(fraction=1.0, shuffle=True, seed=7)
    fold = pl.int_range(pl.len()) % NUM_FOLDS
    parts = []
    for number in range(NUM_FOLDS):
        model, held_out = TopicModel.learn(shuffled.filter(fold != number)), shuffled.filter(fold == number)
        parts.append(held_out.select("row", topic=model.classify(held_out["query"])))
    return pl.concat(parts).sort("row")["topic"]


def labelled(num: int, seed: int) -> pl.DataFrame:
    """Return `query` and `subject` of `num` problems of each style."""
    drawn = [p for style in ("grade_school", "competition") for p in families.generate(style, num, seed=seed)]
    return pl.DataFrame([(p.query, p.subject) for p in drawn], schema=COLUMNS, orient="row")


def _read(name: str) -> dict[str, pl.DataFrame]:
    """Return a benchmark's questions with their subjects; nothing where it, or its subjects, are not there."""
    try:
        found = records(f"{name}/test")
    except FileNotFoundError:
        return {}
    subject = "arithmetic" if name == "gsm8k" else None
    rows = [(record.get("question") or record.get("problem"), record.get("subject", subject)) for record in found]
    questions = pl.DataFrame(rows, schema=COLUMNS, orient="row")
    known = questions.with_columns(subject=subject_names(questions["subject"])).drop_nulls()
    return {} if known.is_empty() else {name: known}
