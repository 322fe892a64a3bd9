"""Whether answers are equal: exact numbers first, algebra (math-verify) only for what is left.

math-verify can hang on a short text (`100000000!`), and its own timeouts cannot interrupt C. It therefore runs in
worker processes that are killed: a chunk has a time limit; when a chunk misses it, or its process dies, its rows are
tried one by one. The workers start only when a row needs them. What cannot be decided is null, never right or wrong.
"""

import contextlib
import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

import polars as pl

from scalequest_assets.errors import ScalequestError
from scalequest_assets.subjects.maths.answers import MAX_ANSWER_CHARS, is_words, key, keys, same

TIMEOUT_S = 5.0
"""Seconds that a chunk, and then a row, may take."""

_CHUNK_ROWS, _MAX_TASKS, _START_S, _MAX_MEMORY = 32, 200, 120.0, 4 << 30
_MAX_GROUP_KEYS = 12
_Pair = tuple[str, str]


def check(gold: pl.Series, answers: pl.Series, *, timeout_s: float = TIMEOUT_S, max_workers: int = 1) -> pl.Series:
    """Return whether each answer equals its gold answer.

    Args:
        gold: String. Gold answers.
        answers: String, same length. Extracted answers; null where a response has none.
        timeout_s: Seconds that a chunk of rows, and then a single row, may take in math-verify.
        max_workers: Processes for math-verify.

    Returns:
        Boolean series `is_correct`: false where there is no answer; null where gold is null or where math-verify cannot
        parse both sides, takes too long, or an answer has more than 300 characters.

    Raises:
        ScalequestError: The worker processes do not start.

    Source: PAPER section 1, fail rate. Differs: undecidable is null, the authors count it as wrong.
    """
    frame = pl.DataFrame({"gold": gold.cast(pl.String), "answer": answers.cast(pl.String)})
    frame = frame.with_columns(gold_key=keys(frame["gold"]), answer_key=keys(frame["answer"]))
    both_plain = pl.all_horizontal(pl.col("gold_key", "answer_key").str.contains(r"^#[^%]*$"))
    quick = (
        pl.when(pl.col("answer").is_null())
        .then(False)
        .when(pl.col("gold").is_null())
        .then(None)
        .when(pl.col("gold_key") == pl.col("answer_key"))
        .then(True)
        .when(both_plain)
        .then(False)
    )
    frame = frame.with_columns(quick=quick)
    open_rows = frame.filter(pl.col("quick").is_null() & pl.all_horizontal(pl.col("gold", "answer").is_not_null()))
    if open_rows.is_empty():
        return frame["quick"].cast(pl.Boolean).alias("is_correct")
    pairs = open_rows.select("gold", "answer").unique(maintain_order=True)
    decided = decide(list(pairs.iter_rows()), timeout_s=timeout_s, max_workers=max_workers)
    slow = pairs.with_columns(slow=pl.Series(decided, dtype=pl.Boolean))
    joined = frame.join(slow, on=["gold", "answer"], how="left", maintain_order="left")
    return joined.select(is_correct=pl.coalesce("quick", "slow"))["is_correct"]


def agreement_groups(
    query_ids: pl.Series, answers: pl.Series, *, timeout_s: float = TIMEOUT_S, max_workers: int = 1
) -> pl.Series:
    """Return, for each sample, a key that is shared by the samples of its question with an equal answer.

    Keys of numbers decide among themselves; math-verify compares the other distinct keys of one question (its 12
    commonest). Undecidable pairs count as different.

    Args:
        query_ids: String. The sample's question.
        answers: String. Extracted answers; null where there is none.
        timeout_s: See `check`.
        max_workers: See `check`.

    Returns:
        String series `agreement_group`; null where there is no answer.
    """
    frame = pl.DataFrame({"query_id": query_ids, "key": keys(answers)})
    candidates = _distinct_keys(frame)
    pairs = [(left, right) for group in candidates for i, left in enumerate(group) for right in group[i + 1 :]]
    distinct = list(dict.fromkeys(pairs))
    equal = {
        pair
        for pair, verdict in zip(distinct, decide(distinct, timeout_s=timeout_s, max_workers=max_workers), strict=True)
        if verdict
    }
    if not equal:
        return frame["key"].alias("agreement_group")
    merged = {question: _merge(group, equal) for question, group in zip(_questions(frame), candidates, strict=True)}
    rows = [merged.get(question, {}).get(found, found) for question, found in frame.iter_rows()]
    return pl.Series("agreement_group", rows, dtype=pl.String)


def decide(pairs: Sequence[_Pair], *, timeout_s: float = TIMEOUT_S, max_workers: int = 1) -> list[bool | None]:
    """Return for each (gold, answer) whether they are equal; None where undecidable. Numbers need no process."""
    paired_keys = [(key(gold), key(answer)) for gold, answer in pairs]
    verdicts = [same(*both) for both in paired_keys]
    hard = [
        row
        for row, (verdict, both, pair) in enumerate(zip(verdicts, paired_keys, pairs, strict=True))
        if verdict is None
        and not any(is_words(answer_key) for answer_key in both)
        and all(0 < len(text) <= MAX_ANSWER_CHARS for text in pair)
    ]
    if hard:
        texts = [(pairs[row][0].lstrip("#"), pairs[row][1].lstrip("#")) for row in hard]
        found = _verify_in_processes(texts, timeout_s, max_workers)
        for row, verdict in zip(hard, found, strict=True):
            verdicts[row] = verdict
    return verdicts


def _verify_in_processes(pairs: list[_Pair], timeout_s: float, max_workers: int) -> list[bool | None]:
    from pebble import ProcessPool

    context = multiprocessing.get_context("spawn")
    pool = ProcessPool(max_workers=max_workers, max_tasks=_MAX_TASKS, initializer=_start_worker, context=context)
    try:
        chunks = [pairs[start : start + _CHUNK_ROWS] for start in range(0, len(pairs), _CHUNK_ROWS)]
        verdicts: list[bool | None] = []
        for chunk, done in zip(chunks, _results(pool, chunks, timeout_s), strict=True):
            if done is None and len(chunk) > 1:
                singles = _results(pool, [[pair] for pair in chunk], timeout_s)
                done = [row[0] if row else None for row in singles]
            verdicts += done or [None]
        return verdicts
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _results(pool: object, chunks: list[list[_Pair]], timeout_s: float) -> Iterator[list[bool | None] | None]:
    """Yield each chunk's verdicts, in order; None where it took too long or its process died."""
    futures = [pool.schedule(_verify_chunk, args=[chunk], timeout=timeout_s) for chunk in chunks]  # type: ignore[attr-defined]
    for future in futures:
        yield _result(future, timeout_s)


def _result(future: "Future[list[bool | None]]", timeout_s: float) -> list[bool | None] | None:
    from pebble import ProcessExpired

    try:
        return future.result(timeout=timeout_s + _START_S)
    except (TimeoutError, ProcessExpired, MemoryError):
        if future.done():
            return None
    raise ScalequestError(
        "answer_check: the processes that compare answers do not start",
        "start the program from a module that can be imported (a script needs `if __name__ == '__main__':`)",
    )


def _start_worker() -> None:
    """Bound the worker's memory and import math-verify before the clock of the first chunk runs."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    import logging

    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    _verify_pair("x", "y")


def _verify_chunk(pairs: list[_Pair]) -> list[bool | None]:
    return [_verify_pair(gold, answer) for gold, answer in pairs]


def _verify_pair(gold: str, answer: str) -> bool | None:
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

    configs = [LatexExtractionConfig(), ExprExtractionConfig()]
    try:
        left, right = (
            parse(
                "$" + text.replace("$", " ") + "$",
                extraction_config=configs,
                fallback_mode="no_fallback",
                parsing_timeout=None,
                raise_on_error=True,
            )
            for text in (gold, answer)
        )
        if not left or not right:
            return None
        return bool(verify(left, right, timeout_seconds=None, raise_on_error=True))
    except Exception:  # whatever sympy raises on hostile text means the same: undecidable
        return None


def _questions(frame: pl.DataFrame) -> list[str]:
    return frame["query_id"].unique(maintain_order=True).to_list()


def _distinct_keys(frame: pl.DataFrame) -> list[list[str]]:
    """Return each question's distinct keys, commonest first, at most 12; questions in order of appearance."""
    counts: dict[str, Counter[str]] = {question: Counter() for question in _questions(frame)}
    for question, found in frame.iter_rows():
        if found is not None:
            counts[question][found] += 1
    ordered = (sorted(counter, key=lambda k, c=counter: (-c[k], k)) for counter in counts.values())  # type: ignore[misc]
    return [group[:_MAX_GROUP_KEYS] for group in ordered]


def _merge(group: list[str], equal: set[_Pair]) -> dict[str, str]:
    """Return each key's representative: the first key of the group that it equals."""
    first: dict[str, str] = {}
    for position, candidate in enumerate(group):
        earlier = (first[left] for left in group[:position] if (left, candidate) in equal)
        first[candidate] = next(earlier, candidate)
    return first
