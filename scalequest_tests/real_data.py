"""Real benchmark questions: they lie beside the checkout, or where SCALEQUEST_TEST_DATA says, and never in it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("SCALEQUEST_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


def records(name: str) -> list[dict[str, Any]]:
    """Return the records of a file, `gsm8k/test` and the like: `question`, and what else its benchmark has.

    Raises:
        FileNotFoundError: It is not there.
    """
    path = DATA / f"{name}.jsonl"
    if not path.exists():
        raise FileNotFoundError(f"no real data at {path}: set SCALEQUEST_TEST_DATA")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def gold_of(record: dict[str, Any]) -> str:
    """Return the final answer of a record: what its worked solution ends with, or all of a bare answer."""
    answer = str(record["answer"])
    return answer.rpartition("####" if "####" in answer else "The answer is:")[2].strip()


def questions(name: str) -> list[str]:
    """Return the questions of a file; see `records`."""
    return [record["question"] for record in records(name)]


def questions_or_skip(name: str) -> list[str]:
    """Return the questions of a file; without it the test is skipped."""
    return [record["question"] for record in records_or_skip(name)]


def records_or_skip(name: str) -> list[dict[str, Any]]:
    """Return the records of a file; without it the test is skipped."""
    try:
        return records(name)
    except FileNotFoundError as error:
        pytest.skip(str(error))
