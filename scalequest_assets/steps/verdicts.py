"""What models say of questions: whether one can be solved, and how hard it is."""

import polars as pl

from scalequest_assets.recipe import solvability
from scalequest_assets.steps.asking import ask_role, score_texts
from scalequest_assets.steps.step import Step


def judge_questions(step: Step, questions: pl.DataFrame) -> pl.DataFrame:
    """Ask the judge about questions (`query_id`, `query`); add `verdict`, `keep`, `drop_reason` and its answer."""
    role, prompts = step.settings.roles.judge, step.subject.prompts
    judged = ask_role(step, role, questions, lambda row: prompts.judge(str(row["query"]), role.prompt_style))
    rule = step.settings.solvability.rule
    return solvability.verdicts(judged.rename({"text": "judgement"}), rule=rule).drop("sample_idx")


def predict_difficulty(step: Step, questions: pl.DataFrame) -> pl.DataFrame:
    """Add `difficulty` to questions (`query_id`, `query`): a predicted fail rate, not yet bounded, or null."""
    ids, handle = questions["query_id"].to_list(), step.model("difficulty_model")
    values = score_texts(step, handle, ids, questions["query"].to_list())
    return questions.with_columns(difficulty=pl.Series([values[query_id] for query_id in ids], dtype=pl.Float64))
