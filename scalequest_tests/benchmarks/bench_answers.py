"""Equality of answers: pairs equal or different by construction, against math-verify alone and lm-eval's extraction.

SCALEQUEST_BENCH_PAIRS is their number (20,000). math-verify reads `$answer$` with its LaTeX and plain readers, and is
asked in this process with its own time limits. LM_EVAL names the folder into which the wheel `lm_eval==0.4.13` is
unpacked; its `hendrycks_math` compares strings. SCALEQUEST_BENCH_JUDGES names some of `ours math_verify lm_eval`.
"""

import importlib.util
import logging
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl

from scalequest_assets.subjects.maths import answer_check
from scalequest_assets.subjects.maths.equality import read, same
from scalequest_tests import real_data
from scalequest_tests.answer_pairs import Pair, pairs

NUM_PAIRS = int(os.environ.get("SCALEQUEST_BENCH_PAIRS", "20000"))
NUM_NUMERIC = 200_000
LM_EVAL = os.environ.get("LM_EVAL", "")
JUDGES = os.environ.get("SCALEQUEST_BENCH_JUDGES", "ours math_verify lm_eval").split()


def run() -> list[dict[str, object]]:
    """Return for each set of pairs and each judge: shares wrong and undecided, and pairs a second."""
    sets = {"by construction": list(pairs(NUM_PAIRS)), **_of_benchmarks()}
    judges = [ours, math_verify, *([lm_eval()] if LM_EVAL else [])]
    asked = [judge for judge in judges if judge.__name__ in JUDGES]
    return [*(_judged(name, found, judge) for name, found in sets.items() for judge in asked), _numeric()]


def ours(gold: str, answer: str) -> bool | None:
    """Compare as the product does."""
    return same(read(gold), read(answer))


def math_verify(gold: str, answer: str) -> bool | None:
    """Compare with math-verify alone; None where it parses one of them to nothing."""
    from math_verify import parse, verify

    left, right = (parse(f"${text.replace('$', ' ')}$") for text in (gold, answer))
    return bool(verify(left, right)) if left and right else None


def lm_eval() -> Callable[[str, str], bool | None]:
    """Return the comparison of lm-eval's `hendrycks_math`."""
    spec = importlib.util.spec_from_file_location("lm_eval", Path(LM_EVAL) / "lm_eval/tasks/hendrycks_math/utils.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def lm_eval(gold: str, answer: str) -> bool | None:
        return bool(module.is_equiv(gold, answer))

    return lm_eval


def _judged(name: str, found: list[Pair], judge: Callable[[str, str], bool | None]) -> dict[str, object]:
    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    read.cache_clear()
    began = time.perf_counter()
    verdicts = [judge(pair.gold, pair.answer) for pair in found]
    seconds = time.perf_counter() - began
    counts = Counter(zip(verdicts, (pair.is_equal for pair in found), strict=True))
    return {
        "pairs": name,
        "judge": judge.__name__,
        "number": len(found),
        "wrong: equal": counts[True, False],
        "wrong: different": counts[False, True],
        "undecided %": round(100 * (counts[None, True] + counts[None, False]) / len(found), 2),
        "pairs / s": round(len(found) / seconds),
    }


def _of_benchmarks() -> dict[str, list[Pair]]:
    """Return gold answers of benchmarks in another dress, and with another digit; none where they do not lie here."""
    sets: dict[str, list[Pair]] = {}
    for name in ("gsm8k/test", "math500/test", "college_math/test"):
        try:
            golds = [real_data.gold_of(record) for record in real_data.records(name)]
        except FileNotFoundError:
            continue
        source = random.Random(name)
        sets[name] = [pair for gold in golds for pair in (_dressed(gold, source), _spoilt(gold, source)) if pair]
    return sets


def _dressed(gold: str, source: random.Random) -> Pair:
    inner = gold.strip("$ ")
    if "$" in inner:
        return Pair(gold, f"{gold}.", True, "dressed")
    forms = [
        f"${inner}$",
        f"\\({inner}\\)",
        f"{inner}.",
        inner.replace("\\frac", "\\dfrac"),
        f"**{inner}**",
        f"$ {inner} $",
    ]
    return Pair(gold, source.choice(forms), True, "dressed")


def _spoilt(gold: str, source: random.Random) -> Pair | None:
    """Return the answer with another digit behind its last sign of equality; None where it has none to change."""
    places = [at for at, char in enumerate(gold) if char in "23456789" and at > gold.rfind("=")]
    if not places:
        return None
    at = source.choice(places)
    return Pair(gold, f"{gold[:at]}{int(gold[at]) - 1}{gold[at + 1 :]}", False, "spoilt")


def _numeric() -> dict[str, object]:
    source = random.Random(0)
    gold = [str(source.randrange(10**6)) for _ in range(NUM_NUMERIC)]
    dress = (str, lambda v: f"{int(v):,}", lambda v: f"${v}$", lambda v: f"{v}.00", lambda v: f"\\frac{{{v}}}{{1}}")
    found = [source.choice(dress)(value if source.random() < 0.7 else str(source.randrange(10**6))) for value in gold]
    began = time.perf_counter()
    answer_check.check(pl.Series(gold), pl.Series(found))
    return {
        "pairs": "numbers, in a table",
        "judge": "ours",
        "number": NUM_NUMERIC,
        "pairs / s": round(NUM_NUMERIC / (time.perf_counter() - began)),
    }
