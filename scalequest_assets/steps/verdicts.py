"""What is said of questions: by the text rules alone, and by models, whether one can be solved and how hard it is."""

from collections.abc import Collection

import polars as pl

from scalequest_assets.engines.base import Choice
from scalequest_assets.recipe import solvability, text_rules
from scalequest_assets.recipe.contamination import ContaminationIndex
from scalequest_assets.recipe.settings import Evidence
from scalequest_assets.steps.asking import ask_role, choose, score_texts
from scalequest_assets.steps.step import Step

_NO_TEXT = {name: pl.lit(None, pl.String) for name in ("judgement", "verdict", "text_reason")}
_NO_VOTES = {name: pl.lit(None, pl.Int32) for name in ("num_votes", "num_yes")}


def text_verdicts(step: Step, questions: pl.DataFrame) -> pl.DataFrame:
    """Return what the text rules say of questions (columns of `synthetic_questions`), compared with no benchmark."""
    no_benchmark = pl.DataFrame(schema={"query_id": pl.String(), "query": pl.String()})
    rules, subject = step.settings.screening, step.subject
    index = ContaminationIndex.build(no_benchmark, subject.likeness.normalise, rules.contamination)
    return text_rules.screen(questions, index, subject.wording, settings=rules, language=step.language)


def judge_questions(step: Step, questions: pl.DataFrame) -> pl.DataFrame:
    """Ask the judge about questions (`query_id`, `query`); add `keep`, `drop_reason` and all evidence (`judged`)."""
    settings = step.settings.solvability
    return solvability.decide(judged(step, questions, settings.evidence), settings).drop("text_reason")


def judged(step: Step, questions: pl.DataFrame, evidence: Collection[Evidence]) -> pl.DataFrame:
    """Return questions (`query_id`, `query`) with what the judge says of them.

    Args:
        step: The step that asks.
        questions: The questions.
        evidence: What is asked for; columns of other kinds are null.

    Returns:
        The questions with what `solvability.decide` reads, `judgement`, and how they were judged (`num_tokens`,
        `finish_reason`, `seed`, `error`, `engine`, `is_exact`).
    """
    role, prompts, settings = step.settings.roles.judge, step.subject.prompts, step.settings.solvability

    def prompt(row: dict[str, object]) -> str:
        return prompts.judge(str(row["query"]), role.prompt_style)

    found = questions.with_columns(yes_probability=pl.lit(None, pl.Float64), choice_error=pl.lit(None, pl.String))
    if not evidence:
        found = found.with_columns(engine=pl.lit(None, pl.String), is_exact=pl.lit(None, pl.Boolean))
    if "probability" in evidence:
        yes, no = step.language.choices
        chosen = choose(step, role, questions, prompt, step.language.marker, Choice(this=yes, other=no))
        chosen = chosen.rename({"probability": "yes_probability", "error": "choice_error"})
        found = questions.join(chosen, on="query_id", how="left", maintain_order="left")
    if not {*evidence} - {"probability"}:
        finish = pl.when(pl.col("choice_error").is_null()).then(pl.lit("stop")).otherwise(pl.lit("error"))
        unsampled = {"num_tokens": pl.lit(0, pl.Int32), "finish_reason": finish, "seed": pl.lit(0, pl.Int64)}
        return found.with_columns(**unsampled, **_NO_TEXT, **_NO_VOTES).rename({"choice_error": "error"})
    has_votes = "votes" in evidence
    rows = found.drop("engine", "is_exact", strict=False)
    asked = ask_role(step, role, rows, prompt, num_samples=settings.num_votes if has_votes else 1)
    read = solvability.tally(asked.rename({"text": "judgement"}), settings.rule, step.language).drop("sample_idx")
    read = read.with_columns(error=pl.coalesce("error", "choice_error")).drop("choice_error")
    return read if has_votes else read.with_columns(**_NO_VOTES)


def measurable_evidence(step: Step) -> tuple[Evidence, ...]:
    """Return the kinds of evidence that a judge is measured by: what decides, and its probability, which costs little.

    Models behind somebody else's server (`api`) are not asked for it.
    """
    is_api = step.model(step.settings.roles.judge.model).server is not None
    cheap: tuple[Evidence, ...] = () if is_api else ("probability",)
    return tuple(dict.fromkeys((*step.settings.solvability.evidence, *cheap)))


def predict_difficulty(step: Step, questions: pl.DataFrame) -> pl.DataFrame:
    """Add `difficulty` to questions (`query_id`, `query`): a predicted fail rate, not yet bounded, or null."""
    ids, handle = questions["query_id"].to_list(), step.model("difficulty_model")
    values = score_texts(step, handle, ids, questions["query"].to_list())
    return questions.with_columns(difficulty=pl.Series([values[query_id] for query_id in ids], dtype=pl.Float64))
