"""What question tuning made of a generator: its base, QFT and QPO model side by side, and the rewrites that taught it.

A difference counts where it is two standard errors; less than that, and the finding says that it is not known.

Source: PAPER section 2 (solvable and difficulty by stage), section 5.
"""

import math
from typing import Any

import polars as pl

from scalequest_assets.recipe import diversity
from scalequest_assets.recipe.contamination import ContaminationIndex
from scalequest_assets.recipe.finding import Finding
from scalequest_assets.recipe.parts import Normalise
from scalequest_assets.recipe.preferences import OWN_SAMPLES
from scalequest_assets.recipe.reasons import ENGINE_ERROR
from scalequest_assets.recipe.rewriting import SOLVABILITY
from scalequest_assets.recipe.scorer_quality import NUM_STANDARD_ERRORS, standard_error
from scalequest_assets.recipe.seeding import shuffled
from scalequest_assets.recipe.settings import Overlap
from scalequest_assets.schemas import polars_schema

BASE, QFT, QPO = "base", "qft", "qpo"
ORIGINAL, REWRITTEN = "original", "rewritten"
STAGES = (BASE, QFT, QPO, ORIGINAL, REWRITTEN)
BEFORE = {QFT: BASE, QPO: QFT, REWRITTEN: ORIGINAL}
"""The stage that each stage is compared with."""
COPIES = Overlap(ngram=13, max_share=0.99, masked=False)
"""When a question counts as copied from a seed question: 13 tokens in a row, or (nearly) all of it."""


def preference_pairs(optimized: pl.DataFrame, raw: pl.DataFrame, *, num: int, seed: int) -> pl.DataFrame:
    """Return a sample of the preference pairs, each as two questions.

    Args:
        optimized: Rows of `optimized_questions` of one generator.
        raw: Its rows of `raw_questions`.
        num: Pairs at most.
        seed: Of the sample.

    Returns:
        The columns of `raw_questions`, `stage` (original or rewritten: the rejected and the chosen one) and
        `direction`. `num_tokens` of a rewritten one is null: the rewriter's count is of all that it wrote. Ids are
        `<generator>/<stage>/<row of raw_questions>`, the row of the rejected one.
    """
    kept = shuffled(optimized.filter("keep"), seed, "study_questions").head(num).sort("query_id")
    original = kept.select("query_id", "direction").join(raw, on="query_id", maintain_order="left")
    rewritten = kept.with_columns(query="optimized_query", num_tokens=pl.lit(None, pl.Int32))
    columns = [*raw.columns, "direction"]
    both = [(ORIGINAL, original.select(columns)), (REWRITTEN, rewritten.select(columns))]
    return pl.concat(
        rows.with_columns(
            stage=pl.lit(stage), query_id=pl.col("query_id").str.replace("/raw/", f"/{stage}/", literal=True)
        )
        for stage, rows in both
    )


def seed_copies(questions: pl.DataFrame, seeds: pl.DataFrame, normalise: Normalise) -> pl.DataFrame:
    """Add to questions whether each is a copy (`is_seed_copy`), and of which seed question (`seed_id`).

    Args:
        questions: Column `query`.
        seeds: `query_id`, `query` of the seed questions that the generator learned from.
        normalise: Returns the normal form of texts.
    """
    found = ContaminationIndex.build(seeds, normalise, COPIES, max_holders=None).match(questions["query"])
    is_copy = found["is_contaminated"]
    seed_id = found.select(pl.when("is_contaminated").then("matched_id")).to_series()
    return questions.with_columns(is_copy.alias("is_seed_copy"), seed_id.alias("seed_id"))


def with_verdicts(
    questions: pl.DataFrame, screened: pl.DataFrame, verdicts: pl.DataFrame, scores: pl.DataFrame
) -> pl.DataFrame:
    """Return the columns of `study_questions`: questions with what was found out about each, by `query_id`.

    Args:
        questions: The questions, with `stage`, `direction`, `is_seed_copy` and `seed_id`.
        screened: The verdict of the text rules on each (`text_rules.screen`).
        verdicts: The judge's on those that pass them (`solvability.verdicts`).
        scores: `difficulty` of the same, not bounded: a model that overshoots still shows which stage is harder.
    """
    rules = screened.select("query_id", "failed_rules", "language", "language_probability")
    judged = verdicts.select("query_id", "verdict", "judgement", "keep", judged_reason="drop_reason")
    scored = scores.select("query_id", "difficulty")
    rows = questions.join(rules, on="query_id", how="left", maintain_order="left")
    for found in (judged, scored):
        rows = rows.join(found, on="query_id", how="left", maintain_order="left")
    failed, is_question = pl.col("failed_rules"), pl.col("is_question")
    was_judged = pl.col("judged_reason").ne_missing(ENGINE_ERROR)
    rows = rows.with_columns(is_question=pl.when(~failed.list.contains(ENGINE_ERROR)).then(failed.list.len() == 0))
    return rows.with_columns(
        is_solvable=pl.when(is_question.is_not_null() & was_judged).then(is_question & pl.col("keep").fill_null(False)),
        drop_reason=pl.coalesce(failed.list.first(), "judged_reason"),
    ).select(polars_schema("study_questions").names())


def compare(questions: pl.DataFrame, normalise: Normalise) -> pl.DataFrame:
    """Return the columns of `generator_report`, one row per stage (and direction of a rewrite).

    Args:
        questions: Rows of `study_questions` of one generator. Those that an engine could not do are left out.
        normalise: The normal form of a question.

    Shares have the standard error of a share with one success and one failure added, so that 0 of 20 is not certain.
    """
    done = questions.filter(pl.col("is_question").is_not_null())
    parts = {(stage, way): rows for (stage, way), rows in done.group_by("stage", "direction", maintain_order=True)}
    order = sorted(parts, key=lambda key: (-1 if key[1] is None else key[1] != SOLVABILITY, STAGES.index(str(key[0]))))
    rows = []
    for stage, way in order:
        before = parts.get((BEFORE.get(str(stage)), way))
        gains = _gains(parts[stage, way], before, normalise, is_paired=stage == REWRITTEN) if before is not None else {}
        rows.append({"stage": stage, "direction": way, **_measures(parts[stage, way], normalise), **gains})
    report = pl.DataFrame(rows, schema={**polars_schema("generator_report"), "generator": pl.String()})
    return report.with_columns(generator=pl.lit(done["generator"][0] if rows else None, pl.String))


def rewriting_finding(report: pl.DataFrame, *, is_selected: bool = False) -> Finding:
    """Return whether rewriting for solvability makes more questions solvable, in every generator.

    Where pairs are a generator's own samples, nothing was rewritten, and there is nothing to find.

    Args:
        report: Rows of `generator_report`.
        is_selected: Whether a judge has selected the pairs (`question_tuning.pairs: judged_rewrites`): the gain is then
            one of selection too, and the finding says so.

    Source: PAPER section 2: with an optimizer as weak as the question's writer it made fewer.
    """
    gains = ("num_questions", "solvable_gain", "solvable_gain_stderr")
    rows = report.filter(stage=REWRITTEN, direction=SOLVABILITY).select("generator", *gains)
    every = report.select("generator").unique(maintain_order=True).join(rows, on="generator", how="left")
    own = set(report.filter(direction=OWN_SAMPLES)["generator"])
    findings = [
        _not_rewritten(row[0]) if row[0] in own else _raised(*row) for row in every.sort("generator").iter_rows()
    ]
    if is_selected:
        findings = [Finding(found.passed, f"{found.text} (pairs that the judge selected)") for found in findings]
    return _all(findings)


def qpo_finding(report: pl.DataFrame, measure: str, *, max_drop: float) -> Finding:
    """Return whether a QPO model's questions are no less solvable, or no easier, than its QFT model's.

    One generator in which they are is enough to fail.

    Args:
        report: Rows of `generator_report`.
        measure: `solvable` or `difficulty`.
        max_drop: How much lower the solvable share, or the mean difficulty, may be.
    """
    columns = (f"{measure}_gain", f"{measure}_gain_stderr")
    rows = report.filter(stage=QPO).select("generator", *columns).iter_rows()
    return _all([_kept(generator, measure, gain, error, least=-max_drop) for generator, gain, error in rows])


def diversity_finding(report: pl.DataFrame, *, max_rise: float) -> Finding:
    """Return whether a QPO model's questions are no more like each other than its QFT model's, in every generator.

    Args:
        report: Rows of `generator_report`.
        max_rise: How much higher the mean similarity may be.
    """
    columns = ("mean_similarity", "mean_similarity_stderr")
    before = report.filter(stage=QFT).select("generator", *columns)
    both = report.filter(stage=QPO).join(before, on="generator", suffix="_before", maintain_order="left")
    change = pl.col("mean_similarity") - pl.col("mean_similarity_before")
    error = (pl.col("mean_similarity_stderr") ** 2 + pl.col("mean_similarity_stderr_before") ** 2).sqrt()
    rows = both.select("generator", change, error).iter_rows()
    return _all([_kept(generator, "similarity", value, error, most=max_rise) for generator, value, error in rows])


def _measures(rows: pl.DataFrame, normalise: Normalise) -> dict[str, Any]:
    questions = rows.filter("is_question")
    alike = diversity.similarity(questions["query"], normalise)
    solvable, copied = rows["is_solvable"].drop_nulls(), questions["is_seed_copy"]
    difficulties = questions["difficulty"].drop_nulls()
    return {
        "num_questions": rows.height,
        **_share("question_share", rows["is_question"]),
        **_share("solvable_share", solvable),
        "mean_difficulty": difficulties.mean(),
        "mean_difficulty_stderr": standard_error(difficulties),
        "distinct_2": diversity.distinct_share(questions["query"], normalise),
        "mean_similarity": alike.mean if alike else None,
        "mean_similarity_stderr": alike.standard_error if alike else None,
        "mean_tokens": questions["num_tokens"].mean(),
        **_share("seed_overlap", copied),
    }


def _gains(rows: pl.DataFrame, before: pl.DataFrame, normalise: Normalise, *, is_paired: bool) -> dict[str, Any]:
    """Return the differences to the stage before, and their standard errors."""
    if is_paired:
        row = pl.col("query_id").str.split("/").list.last().alias("row")
        left = before.select(row, was_solvable="is_solvable", was_difficult="difficulty")
        both = rows.with_columns(row).join(left, on="row", how="inner", maintain_order="left")
        solvable = both.select(pl.col("is_solvable").cast(pl.Int8) - pl.col("was_solvable").cast(pl.Int8)).to_series()
        harder = both.select(pl.col("difficulty") - pl.col("was_difficult")).to_series().drop_nulls()
        found = (*_paired_share_gain(solvable.drop_nulls()), harder.mean(), standard_error(harder))
    else:
        measured = _measures(rows, normalise), _measures(before, normalise)
        found = (*_difference("solvable_share", *measured), *_difference("mean_difficulty", *measured))
    names = ("solvable_gain", "solvable_gain_stderr", "difficulty_gain", "difficulty_gain_stderr")
    return dict(zip(names, found, strict=True))


def _difference(name: str, after: dict[str, Any], before: dict[str, Any]) -> tuple[float | None, float | None]:
    values = (after[name], before[name])
    errors = (after[f"{name}_stderr"], before[f"{name}_stderr"])
    return None if None in values else values[0] - values[1], None if None in errors else math.hypot(*errors)


def _share(name: str, values: pl.Series) -> dict[str, float | None]:
    """Return a share and its standard error. Source: Agresti and Caffo 2000."""
    num, hits = len(values), int(values.sum())
    smoothed = (hits + 1) / (num + 2)
    error = math.sqrt(smoothed * (1 - smoothed) / (num + 2))
    return {name: hits / num if num else None, f"{name}_stderr": error if num else None}


def _paired_share_gain(changes: pl.Series) -> tuple[float | None, float | None]:
    """Return the mean of changes (-1, 0, 1) and its standard error, half a change of each kind added.

    Source: Agresti and Min 2005 (matched pairs).
    """
    if changes.is_empty():
        return None, None
    up, down, num = int((changes == 1).sum()) + 0.5, int((changes == -1).sum()) + 0.5, len(changes) + 2
    error = math.sqrt(up + down - (up - down) ** 2 / num) / num
    return float(changes.mean()), error  # type: ignore[arg-type]


def _not_rewritten(generator: str) -> Finding:
    return Finding(True, f"{generator}: nothing was rewritten, its pairs are its own samples")


def _raised(generator: str, num: int | None, gain: float | None, error: float | None) -> Finding:
    if gain is None or error is None:
        return Finding(False, f"{generator}: no pair was kept that was rewritten for solvability")
    found = f"{generator}: solvable share {gain:+.1%} ± {error:.1%} on {num} pairs"
    if abs(gain) < NUM_STANDARD_ERRORS * error:
        return Finding(False, f"{found} (too few to tell)")
    return Finding(gain > 0, found if gain > 0 else f"{found} (fewer are solvable)")


def _kept(
    generator: str,
    measure: str,
    change: float | None,
    error: float | None,
    *,
    least: float = -math.inf,
    most: float = math.inf,
) -> Finding:
    """Return whether a change lies within bounds, or outside by less than its error."""
    if change is None:
        return Finding(False, f"{generator}: nothing to compare")
    noise = "" if error is None else f" ± {error:.3f}"
    found = f"{generator}: {measure} {change:+.3f}{noise} from QFT to QPO"
    outside = max(least - change, change - most)
    if outside <= 0:
        return Finding(True, found)
    allowed = f"at least {least:+g}" if change < least else f"at most {most:+g}"
    is_clear = error is not None and outside >= NUM_STANDARD_ERRORS * error
    return Finding(not is_clear, f"{found}, {allowed} expected" + ("" if is_clear else " (too few to tell)"))


def _all(findings: list[Finding]) -> Finding:
    passed = bool(findings) and all(finding.passed for finding in findings)
    return Finding(passed, "; ".join(finding.text for finding in findings) or "nothing to compare")
