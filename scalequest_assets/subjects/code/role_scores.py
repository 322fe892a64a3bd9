"""How well a model fills each role, on tasks it never learned from."""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from scalequest_assets.recipe import rewriting
from scalequest_assets.subjects import measuring_roles
from scalequest_assets.subjects.code import behaviour, cases
from scalequest_assets.subjects.code.likeness import CodeLikeness
from scalequest_assets.subjects.code.rewrites import CodeRewrites
from scalequest_assets.subjects.code.supervision import Example, examples
from scalequest_assets.subjects.drawing import Taught
from scalequest_assets.subjects.measuring_roles import Share

Rows = list[tuple[Example, str | None]]


def held_out_sets(
    num: int, random_seed: int, *, taught: Taught, learned: Collection[str] = ()
) -> dict[str, list[Example]]:
    """Return the tasks to measure on, by set; see `measuring_roles.held_out_sets`."""

    def draw(num_drawn: int, seed: int, is_held_out: bool) -> list[Example]:
        return examples(num_drawn, seed, taught=taught, held_out=is_held_out)

    return measuring_roles.held_out_sets(draw, num, random_seed, lambda example: example.task.query in learned)


def score(held_out: Sequence[Example], texts: Sequence[str | None]) -> dict[str, Share]:
    """Measure what a model wrote for held-out examples.

    Returns:
        Shares by measure. `solve_accuracy`, programs that pass the tests, in all and by level; `solve_runs`, those that
        define the function and return something; `judge_…` as for every subject; `repair_format` and `harden_format`,
        rewrites that the pipeline would keep; `repair_exact`, those that ask just what the question asked;
        `harden_further`, those that keep all of the question but its result's type, and add something.
    """
    found = measuring_roles.by_role(held_out, texts)
    measured = {
        **_solving(found["solve"]),
        **measuring_roles.judging(found["judge"]),
        **_repairing(found["repair"]),
        **_hardening(found["harden"]),
    }
    return measuring_roles.shares(measured)


def table(columns: Mapping[str, Mapping[str, Share]]) -> list[dict[str, str]]:
    """Return one row per measure; see `measuring_roles.table`."""
    return measuring_roles.table(columns)


def _solving(rows: Rows) -> dict[str, list[bool]]:
    done = behaviour.answers([(text, example.query, example.expected) for example, text in rows])
    correct = [cases.same(example.expected, answer) is True for (example, _), answer in zip(rows, done, strict=True)]
    measured = {"solve_accuracy": correct, "solve_runs": [answer is not None for answer in done]}
    for (example, _), is_correct in zip(rows, correct, strict=True):
        measured.setdefault(f"solve_accuracy_level_{example.task.level}", []).append(is_correct)
    return measured


def _repairing(rows: Rows) -> dict[str, list[bool]]:
    rewrites = measuring_roles.kept_rewrites(rows, rewriting.SOLVABILITY, CodeRewrites())
    wanted = _marks([example.expected for example, _ in rows])
    is_exact = [
        text is not None and mark == want for text, mark, want in zip(rewrites, _marks(rewrites), wanted, strict=True)
    ]
    return {"repair_format": [text is not None for text in rewrites], "repair_exact": is_exact}


def _hardening(rows: Rows) -> dict[str, list[bool]]:
    rewrites = measuring_roles.kept_rewrites(rows, rewriting.DIFFICULTY, CodeRewrites())
    is_further = []
    for (example, _), text in zip(rows, rewrites, strict=True):
        ask = example.query.split("`", 2)[-1].strip()
        is_further.append(text is not None and ask in text and len(text) > len(example.query))
    return {"harden_format": [text is not None for text in rewrites], "harden_further": is_further}


def _marks(texts: Sequence[str | None]) -> list[str]:
    return CodeLikeness().marks(pl.Series(texts, dtype=pl.String)).to_list()
