"""A student asked again by lm-evaluation-harness, and both evaluators' answers side by side."""

import polars as pl

from scalequest_assets.engines.lm_eval import Asked, Evaluation
from scalequest_assets.recipe.cross_check import explained
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.students import prompts_of, read_student_config
from scalequest_assets.storage.costs import Cost

_OURS = ("student", "benchmark", "query_id", "query", "gold", "response", "answer", "is_correct")


def checked(step: Step, student_config: pl.DataFrame, student_answers: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of `student_cross_check`: every question that we could decide, by each of the task's filters.

    Raises:
        EngineError: The harness is not installed, or does not know the task, or the student has no weights here.
    """
    ours = student_answers.filter(pl.col("is_correct").is_not_null()).select(_OURS)
    found = _evaluated(step, student_config, ours)
    theirs = pl.DataFrame(
        {
            "query_id": [verdict.id for verdict in found.verdicts],
            "filter": [verdict.filter for verdict in found.verdicts],
            "harness_response": [verdict.response for verdict in found.verdicts],
            "harness_answer": [verdict.answer for verdict in found.verdicts],
            "is_harness_correct": [verdict.is_correct for verdict in found.verdicts],
        }
    )
    return explained(ours, theirs, step.subject.answers).with_columns(evaluator=pl.lit(found.evaluator))


def _evaluated(step: Step, student_config: pl.DataFrame, rows: pl.DataFrame) -> Evaluation:
    """Have the harness ask the student, and enter what that took."""
    evaluation, handle = step.settings.students.evaluation, step.model("student_model", step.owner)
    prompts = prompts_of(step, read_student_config(student_config), handle, rows["query"])
    asked = [
        Asked(id=i, query=query, prompt=prompt, gold=gold)
        for i, query, prompt, gold in zip(rows["query_id"], rows["query"], prompts, rows["gold"], strict=True)
    ]
    harness = step.models.harness(handle)
    found = harness.evaluate(asked, task=evaluation.lm_eval_task, max_tokens=evaluation.sampling.max_tokens)
    cost = Cost(
        num_requests=len(asked),
        engine_s=found.seconds,
        gpu_s=found.seconds if found.is_on_gpu else 0.0,
        wall_s=found.seconds,
        device=found.device,
        model=handle.label,
    )
    step.ledger.add("asked", cost)
    return found
