"""Recomputed equalities: false alarms on the benchmarks' own worked solutions, and how many spoilt ones are found.

A solution is spoilt where GSM8K's calculator says what is right (`<<a=b>>b`): one result becomes another. A false
alarm is a stated equality that is called false; some of them are mistakes of the solutions (read them with ARGS).
The files are those under SCALEQUEST_TEST_DATA.
"""

import random
import re
import time
from collections.abc import Callable

from scalequest_assets.subjects.maths.arithmetic import equalities
from scalequest_tests import real_data

FILES = {"gsm8k/train": "answer", "gsm8k/test": "answer", "math500/test": "solution", "college_math/test": "answer"}
_CALCULATED = re.compile(r"<<([^<>=]+)=([\d.]+)>>\s*\$?([\d.,]*\d)")
SPOILS: dict[str, Callable[[int, random.Random], int]] = {
    "one more or less": lambda value, rng: value + rng.choice((-1, 1)),
    "a digit changed": lambda value, rng: _other_digit(value, rng),
    "ten times": lambda value, rng: value * 10 or 10,
    "off by a tenth": lambda value, rng: value + max(1, value // 10) * rng.choice((-1, 1)),
}


def run() -> list[dict[str, object]]:
    """Return, by file, how many equalities are read and called false; by way of spoiling, how many are found."""
    return [_own(name, field) for name, field in FILES.items()] + [_spoilt(name) for name in SPOILS]


def _own(name: str, field: str) -> dict[str, object]:
    texts = [str(record.get(field) or record["answer"]) for record in real_data.records(name)]
    start = time.perf_counter()
    found = [one for text in texts for one in equalities(text)]
    seconds = time.perf_counter() - start
    false = sum(one.holds is False for one in found)
    return {
        "what": f"{name}, own solutions",
        "equalities": len(found),
        "true": sum(one.holds is True for one in found),
        "called false": false,
        "open": sum(one.holds is None for one in found),
        "share": false / max(1, len(found)),
        "texts/s": len(texts) / seconds,
    }


def _spoilt(way: str) -> dict[str, object]:
    rng = random.Random(way)
    num = found = still_open = 0
    for record in real_data.records("gsm8k/train"):
        text = str(record["answer"])
        places = [match for match in _CALCULATED.finditer(text) if match[2].isdigit() and match[3] == match[2]]
        if not places:
            continue
        match = rng.choice(places)
        wrong = SPOILS[way](int(match[2]), rng)
        before = [one.holds for one in equalities(text)]
        after = [one.holds for one in equalities(text[: match.start(3)] + str(wrong) + text[match.end(3) :])]
        if before.count(True) == after.count(True):
            continue  # what was spoilt is stated as no equality
        num += 1
        found += after.count(False) > before.count(False)
        still_open += after.count(None) > before.count(None)
    return {"what": f"spoilt: {way}", "equalities": num, "found": found, "open": still_open, "share": found / num}


def _other_digit(value: int, rng: random.Random) -> int:
    digits = list(str(value))
    place = rng.randrange(len(digits))
    digits[place] = rng.choice([digit for digit in "123456789" if digit != digits[place]])
    return int("".join(digits))


if __name__ == "__main__":
    for row in run():
        print(row)
