"""A released folder with all its forms, of two pairs and their samples."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from scalequest_assets.release.card import card_of
from scalequest_assets.release.forms import Form, by_file, forms, in_splits
from scalequest_assets.release.records import FULL, REJECTED, Parts, Tables, by_name, full, rejected
from scalequest_assets.schemas import polars_schema
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.conforming import conform
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.releases import Releases
from scalequest_assets.subjects.maths.subject import SUBJECT
from scalequest_tests.release.frames import facts, funnel, pairs

SAMPLES = [
    # query_id, sample_idx, response, answer, reward, keep
    ("a/s0000/0", 0, "2 + 3 = 5.\nThe answer is 5.", "5", 1.5, True),
    ("a/s0000/0", 1, "The answer is 6.", "6", 0.5, True),
    ("a/s0000/0", 2, "The answer is 5.0.", "5.0", -3.0, True),
    ("a/s0000/0", 3, "The answer is 7.", "7", 0.25, True),
    ("a/s0000/0", 4, "The answer is 8.", "8", None, False),
    ("b/s0000/1", 0, "No crate has a leg: 0.", "0", 1.0, True),
    ("b/s0000/1", 1, "Zero.", "0", 0.5, True),
    ("c/s0000/9", 0, "Not released.", "1", 0.5, True),
]


def samples() -> pl.LazyFrame:
    """Rows of `response_scores`, as far as they are read."""
    columns = ["query_id", "sample_idx", "response", "answer", "reward", "keep"]
    return pl.DataFrame(SAMPLES, schema=columns, orient="row").lazy()


def released() -> Mapping[str, pl.DataFrame]:
    """The rows of each form."""
    return {name: rows_of(form) for name, form in forms(pairs(), samples(), SUBJECT.answers).items()}


def rows_of(form: Form) -> pl.DataFrame:
    """All rows of a form."""
    return pl.concat(rows.slice(0) for _, rows in form.splits())


def form_of(rows: pl.DataFrame) -> Form:
    """A form of rows that are there."""
    return Form(rows.schema, rows["query_id"], lambda: rows, lambda some: some)


def tables() -> Tables:
    """Tables of one shard: two questions that became pairs, two that a rule dropped, one without an answer."""
    ids = ["a/s0000/0", "b/s0000/1", "a/s0000/2", "a/s0000/3", "a/s0000/4"]
    texts = [*pairs()["query"], "no question", "What is 1 / 0?", "A benchmark's question?"]
    lost = [None, None, "not_a_question", None, "contamination"]

    def rows(table: str, ids_of_rows: Sequence[str], **columns: object) -> pl.LazyFrame:
        known = dict(zip(ids, texts, strict=True))
        own = {"query_id": ids_of_rows, "query": [known[i] for i in ids_of_rows], "generator": "a", "shard": "s0000"}
        frame = pl.DataFrame({**own, **columns})
        whole = pl.concat([pl.DataFrame(schema=polars_schema(table)), frame], how="diagonal_relaxed")
        return conform(table, whole)

    left = [i for i, reason in zip(ids, lost, strict=True) if reason is None]
    found = {STAGES.candidates: rows(STAGES.candidates, ids)}
    for table in STAGES.screening:
        failed = [[reason] if reason else [] for reason in lost]
        own = {"keep": [reason is None for reason in lost], "drop_reason": lost, "failed_rules": failed}
        own = own if table == STAGES.screening[0] else {}
        found[table] = rows(table, ids if own else left, **(own or {"keep": True}))
    samples_of = {"sample_idx": [0, 1] * 3, "response": ["r"] * 5 + [None]}
    twice = [i for i in left for _ in range(2)]
    found["responses"] = rows("responses", twice, **samples_of)
    reasons = [None] * 4 + ["no_answer"] * 2
    scored = {**samples_of, "keep": [reason is None for reason in reasons], "drop_reason": reasons}
    found[STAGES.responses] = rows(STAGES.responses, twice, **scored)
    found[STAGES.choices] = rows(STAGES.choices, left, pass_rate=[1.0, 0.5, None])
    found[STAGES.pairs] = rows(STAGES.pairs, left[:2])
    return found


def records() -> list[Parts]:
    """The configs for reading."""
    whole, lost = full(pairs(), tables()), rejected(tables())
    return [Parts(FULL, whole.schema, 2, lambda: iter([whole])), Parts(REJECTED, lost.schema, 3, lambda: iter([lost]))]


def release(root: Path, validation_share: float = 0.0) -> str:
    """Write the folder below `root`; return its path."""
    configs = in_splits(forms(pairs(), samples(), SUBJECT.answers), validation_share)
    card = card_of(configs, funnel(), facts(), records=records())
    store = Releases(Home(root / "home"))
    written, _ = store.write_dataset(by_file(configs), card.text, "name: tiny\n", records=by_name(records()))
    return str(written)
