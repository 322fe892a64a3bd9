"""How students compare: each arm beside its base and beside the other arms of it, on the same questions.

An arm is its students together, one for each seed. Intervals come from resampling questions and, in the same draw,
seeds. A test is McNemar's between students of equal seeds, and of several seeds most have to say the same.

Source: PAPER section 1, student, [D]: pass@1 alone. Differs: intervals, tests, and the correction for their number are
ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from scalequest_assets.recipe.binomial import LEVEL, exact_interval
from scalequest_assets.recipe.finding import Finding
from scalequest_assets.recipe.mcnemar import exact_p, holm
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.schemas import polars_schema

UNTRAINED, BEST = "base", "best"
ALPHA = 1 - LEVEL
NUM_RESAMPLES = 2000
_QUESTIONS_AT_ONCE = 4_000_000
"""Questions times resamples that are drawn at once: 32 MB."""

Flags = np.ndarray[Any, np.dtype[np.float64]]
"""1 where a question is answered rightly and 0 where not, of shape (questions, seeds)."""


def arm_name(config: Mapping[str, Any]) -> str:
    """Return what students have in common that differ in their seed alone: `best`, `best of first, 50 pairs`."""
    whose = f" of {config['generator']}" if config.get("generator") else ""
    return f"{config['arm']}{whose}" + (f", {config['num_pairs']} pairs" if config.get("num_pairs") else "")


def report(
    answers: pl.DataFrame,
    students: Sequence[Mapping[str, Any]],
    num_pairs: Mapping[str, int],
    *,
    paper: Mapping[str, Mapping[str, float]],
    seed: int,
) -> pl.DataFrame:
    """Return the columns of `student_report`.

    Args:
        answers: Rows of `student_answers` of all students, on the same questions. Questions that one of them learned
            from do not count, nor those that an engine could not do, or of which nobody can say whether they are right.
        students: The slice of each, with its name as `student`.
        num_pairs: Pairs that each learned from.
        paper: What students of the same model scored on the paper's pairs, by hub id and benchmark.
        seed: Of the resampling.

    Returns:
        For each base, benchmark and arm: a row of the arm (`student` and `against` null), one of each of its students,
        and one for each arm before it that it is compared with (`against`), the base first.
    """
    counted = usable(answers)
    rows = [row for group in _groups(counted, students, num_pairs) for row in _of_benchmark(*group, seed)]
    ids = {student["base"]: student["model"].get("id", "") for student in students}
    for row in rows:
        if row["arm"] == BEST and not row.keys() & {"student", "against"}:
            row["paper_accuracy"] = paper.get(ids[row["base"]], {}).get(row["benchmark"])
    tested = [place for place, row in enumerate(rows) if row.get("p_value") is not None]
    for place, p in zip(tested, holm([rows[place]["p_value"] for place in tested]), strict=True):
        rows[place]["p_adjusted"] = p
    return pl.DataFrame(rows, schema=polars_schema("student_report"))


SHOWN_SCORES = ["base", "arm", "benchmark", "num_students", "num_pairs", "num_questions"]
SHOWN_SCORES += ["accuracy", "accuracy_low", "accuracy_high", "majority_accuracy", "paper_accuracy"]
SHOWN_TESTS = ["base", "arm", "against", "benchmark", "difference", "difference_low", "difference_high"]
SHOWN_TESTS += ["num_better", "num_worse", "p_value", "p_adjusted"]
"""Columns of scores, and of tests, that are shown to people."""


def left_out(answers: pl.DataFrame) -> int:
    """Return how many questions count for nobody; see `usable`."""
    return answers["query_id"].n_unique() - usable(answers)["query_id"].n_unique()


def usable(answers: pl.DataFrame) -> pl.DataFrame:
    """Return the answers to questions that count for all students: nobody learned from them, all could be judged."""
    spoilt = answers.filter(pl.col("is_seen") | pl.col("is_correct").is_null()).select("query_id").unique()
    return answers.join(spoilt, on="query_id", how="anti", maintain_order="left")


def finding(found: pl.DataFrame) -> Finding:
    """Return whether what is released makes every base better, on some benchmark for certain and on none worse.

    Args:
        found: Rows of `student_report`.
    """
    tests = found.filter(pl.col("arm") == BEST, pl.col("against") == UNTRAINED)
    if tests.is_empty():
        return Finding(False, f"no student learned from the arm `{BEST}`: nothing is known of what is released")
    is_clear = pl.col("p_adjusted") < ALPHA
    better, worse = (tests.filter(is_clear, sign)["base"].to_list() for sign in (_DIFFERENCE > 0, _DIFFERENCE < 0))
    told = "; ".join(_told(row) for row in tests.iter_rows(named=True))
    return Finding(set(tests["base"]) <= set(better) and not worse, told)


def adds_up(found: pl.DataFrame) -> Finding:
    """Return whether the rows of a report agree with one another.

    Args:
        found: Rows of `student_report`.
    """
    sizes = found.group_by("benchmark", maintain_order=True).agg(num=pl.col("num_questions").n_unique())
    uneven = sizes.filter(pl.col("num") > 1)["benchmark"].to_list()
    key = ["base", "arm", "benchmark"]
    means = found.drop_nulls("student").group_by(key).agg(mean=pl.mean("accuracy"))
    wholes = found.filter(pl.col("student").is_null()).join(means, on=key)
    off = wholes.filter((pl.col("accuracy") - pl.col("mean")).abs() > _TINY)["arm"].unique().sort().to_list()
    faults = [f"other questions: {', '.join(uneven)}"] * bool(uneven) + [f"no mean: {', '.join(off)}"] * bool(off)
    return Finding(not faults, "; ".join(faults) or f"{sizes.height} benchmarks, {found.height} rows")


_TINY = 1e-9
_DIFFERENCE = pl.col("difference")


def _told(row: Mapping[str, Any]) -> str:
    low, high = row["difference_low"], row["difference_high"]
    said = "" if row["p_adjusted"] < ALPHA else ", which may be chance"
    return f"{row['base']}, {row['benchmark']}: {row['difference']:+.1%} ({low:+.1%} to {high:+.1%}){said}"


_Member = tuple[Mapping[str, Any], int]
"""A student and the number of pairs that it learned from."""


def _seed(member: _Member) -> int:
    return int(member[0].get("seed", 0))


def _groups(
    counted: pl.DataFrame, students: Sequence[Mapping[str, Any]], num_pairs: Mapping[str, int]
) -> Iterator[tuple[str, pl.DataFrame, dict[str, list[_Member]]]]:
    """Yield each benchmark's answers with the arms of each base, the untrained one first."""
    for base in dict.fromkeys(str(student["base"]) for student in students):
        arms: dict[str, list[_Member]] = {}
        for student in students:
            if student["base"] == base:
                arms.setdefault(arm_name(student), []).append((student, num_pairs.get(student["student"], 0)))
        arms = {name: sorted(arms[name], key=_seed) for name in sorted(arms, key=lambda name: name != UNTRAINED)}
        for (benchmark,), rows in counted.group_by("benchmark", maintain_order=True):
            yield str(benchmark), rows, arms


def _of_benchmark(
    benchmark: str, rows: pl.DataFrame, arms: Mapping[str, Sequence[_Member]], seed: int
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one base and one benchmark."""
    flags = {name: _flags(rows, [str(m["student"]) for m, _ in members]) for name, members in arms.items()}
    draw = _Resampling(flags, row_seed(seed, "student_report", benchmark))
    for name, members in arms.items():
        own = {"base": members[0][0]["base"], "arm": name, "benchmark": benchmark, **_asked(rows, members)}
        yield own | draw.share(name)
        for place, (member, num) in enumerate(members if len(members) > 1 else ()):
            one = {**own, **_asked(rows, [(member, num)]), "student": member["student"]}
            yield one | draw.share(name, student=place)
    for before, name in combinations(arms, 2):
        members = arms[name]
        own = {"base": members[0][0]["base"], "arm": name, "benchmark": benchmark, **_asked(rows, members)}
        places = _paired(*(list(map(_seed, arms[arm])) for arm in (name, before)))
        tested = _tested(flags[name], flags[before], places)
        yield own | {"against": before} | draw.share(name) | draw.difference(name, before) | tested


def _asked(rows: pl.DataFrame, members: Sequence[_Member]) -> dict[str, Any]:
    names = [str(member["student"]) for member, _ in members]
    own = rows.filter(pl.col("student").is_in(names))
    majority = own["is_majority_correct"].drop_nulls()
    return {
        "num_students": len(members),
        "num_pairs": float(np.mean([num for _, num in members])),
        "num_questions": own["query_id"].n_unique(),
        "majority_accuracy": majority.mean() if len(majority) else None,
    }


def _flags(rows: pl.DataFrame, students: Sequence[str]) -> Flags:
    """Return which questions each student gets right, in the order of the questions' ids."""
    right = pl.col("is_correct").cast(pl.Float64)
    columns = [rows.filter(student=name).sort("query_id").select(right).to_series().to_numpy() for name in students]
    return np.column_stack(columns)


def _tested(own: Flags, other: Flags, places: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Return on how many questions students of two arms differ, and how likely that is if neither is better."""
    pairs = [(own[:, at], other[:, beside]) for at, beside in places]
    splits = [(int((a > b).sum()), int((a < b).sum())) for a, b in pairs]
    return {
        "num_better": sum(won for won, _ in splits),
        "num_worse": sum(lost for _, lost in splits),
        "p_value": exact_p(*splits),
    }


def _paired(own: Sequence[int], other: Sequence[int]) -> list[tuple[int, int]]:
    """Return which students of two arms are compared, by their places among the arms' seeds.

    Those of equal seeds; where an arm has one student alone, as a base, that one with each of the other arm; where no
    seed is in both, those of the same place.
    """
    equal = [(own.index(seed), other.index(seed)) for seed in own if seed in other]
    if equal and min(len(own), len(other)) > 1:
        return equal
    return [(place % len(own), place % len(other)) for place in range(max(len(own), len(other)))]


class _Resampling:
    """Resamples of the questions of one benchmark: the same for every arm, so that differences are paired.

    Seeds are drawn too: those of the same place together, as far as both arms have that many.

    Args:
        flags: What each arm's students get right.
        seed: Of the draws.
    """

    def __init__(self, flags: Mapping[str, Flags], seed: int) -> None:
        self._flags, generator = flags, np.random.default_rng(seed)
        self._seeds = generator.random((NUM_RESAMPLES, max(own.shape[1] for own in flags.values())))
        stacked = np.hstack(list(flags.values()))
        num, at_once = len(stacked), max(1, _QUESTIONS_AT_ONCE // len(stacked))
        sizes = [min(at_once, NUM_RESAMPLES - start) for start in range(0, NUM_RESAMPLES, at_once)]
        drawn = (generator.multinomial(num, np.full(num, 1 / num), size=size) for size in sizes)
        means = np.vstack([counts @ stacked / num for counts in drawn])
        ends = np.cumsum([own.shape[1] for own in flags.values()])
        self._by_seed = dict(zip(flags, np.split(means, ends[:-1], axis=1), strict=True))

    def share(self, arm: str, student: int | None = None) -> dict[str, float]:
        """Return the share that an arm gets right, or one student of it, with both ends of its interval."""
        if student is None:
            return self._bounded("accuracy", float(self._flags[arm].mean()), self._means(arm), 0.0)
        value = float(self._flags[arm][:, student].mean())
        return self._bounded("accuracy", value, self._by_seed[arm][:, student], 0.0)

    def difference(self, arm: str, other: str) -> dict[str, float]:
        """Return the difference between two arms' shares, with both ends of its interval."""
        value = float(self._flags[arm].mean() - self._flags[other].mean())
        return self._bounded("difference", value, self._means(arm) - self._means(other), -1.0)

    def _means(self, arm: str) -> Flags:
        """Return the mean of each resample over seeds drawn with replacement, as many as there are."""
        by_seed = self._by_seed[arm]
        num = by_seed.shape[1]
        places = (self._seeds[:, :num] * num).astype(np.int64)
        means: Flags = np.take_along_axis(by_seed, places, axis=1).mean(axis=1)
        return means

    def _bounded(self, name: str, value: float, resampled: Flags, least: float) -> dict[str, float]:
        """Return a value with both ends of its interval.

        Where all questions are alike, no resample differs: then it is the interval of a share of which none was seen.
        """
        low, high = map(float, np.quantile(resampled, [ALPHA / 2, 1 - ALPHA / 2]))
        if high - low < _TINY:
            _, unseen = exact_interval(0, len(next(iter(self._flags.values()))))
            low, high = max(value - unseen, least), min(value + unseen, 1.0)
        return {name: value, f"{name}_low": low, f"{name}_high": high}
