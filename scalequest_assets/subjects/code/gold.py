"""Gold of seed questions: tests that a data set has, or what its own program does."""

from collections.abc import Sequence

import polars as pl

from scalequest_assets.subjects.code import behaviour, cases, signature


def read(texts: Sequence[str | None], queries: Sequence[str | None]) -> pl.DataFrame:
    """Return `answer`, the normal form of what each gold text states, and `solution`, a text with a program.

    A text of tests is read (`cases.stated`). A text with a program (an answer in chat form) is run on the question's
    inputs: what it does is gold, and the text a solution.
    """
    stated = [_stated(text, query) for text, query in zip(texts, queries, strict=True)]
    open_rows = [
        (text, query, None) if answer is None else (None, None, None)
        for text, query, answer in zip(texts, queries, stated, strict=True)
    ]
    done = behaviour.answers(open_rows)
    solutions = [
        text if answer is None and ran is not None else None
        for text, answer, ran in zip(texts, stated, done, strict=True)
    ]
    answers = [answer or ran for answer, ran in zip(stated, done, strict=True)]
    return pl.DataFrame({"answer": answers, "solution": solutions}, schema={"answer": pl.String, "solution": pl.String})


def _stated(text: str | None, query: str | None) -> str | None:
    if not text:
        return None
    if cases.calls(text) is not None:
        return text
    named = signature.read(query) if query else None
    return cases.stated(text, named and named.name)
