"""A student asked again by lm-evaluation-harness, and both evaluators' answers side by side."""

import time

import polars as pl

from scalequest_assets.engines.lm_eval import Asked, Evaluation
from scalequest_assets.engines.opening import ModelHandle
from scalequest_assets.errors import EngineError
from scalequest_assets.recipe.cross_check import THEIRS, explained
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.students import prompts_of, read_student_config
from scalequest_assets.storage.costs import Cost

_OURS = ("student", "benchmark", "query_id", "query", "gold", "response", "answer", "is_correct")


def checked(step: Step, student_config: pl.DataFrame, student_answers: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of the asset: every question that we could decide, by each of the task's filters.

    Raises:
        EngineError: The harness is not installed, cannot put our questions to the task, or the student has no weights
            here or does not answer greedily.
    """
    ours = student_answers.filter(pl.col("is_correct").is_not_null()).select(_OURS)
    evaluator, rows = "", []
    if ours.height:
        found = _evaluated(step, student_config, ours)
        evaluator = found.evaluator
        rows = [(one.id, one.filter, one.response, one.answer, one.is_correct) for one in found.verdicts]
    theirs = pl.DataFrame(rows, schema=THEIRS, orient="row")
    return explained(ours, theirs, step.subject.answers).with_columns(evaluator=pl.lit(evaluator))


def _evaluated(step: Step, student_config: pl.DataFrame, rows: pl.DataFrame) -> Evaluation:
    """Have the harness ask the student, and enter what that took."""
    evaluation, handle = step.settings.students.evaluation, step.model("student_model", step.owner)
    if evaluation.sampling.temperature:
        raise EngineError(
            f"{step.asset}: lm-evaluation-harness answers greedily, and students.evaluation.sampling.temperature is "
            f"{evaluation.sampling.temperature}",
            "compare greedy answers: --set students.evaluation.sampling.temperature=0",
        )
    prompts = prompts_of(step, read_student_config(student_config), handle, rows["query"])
    asked = [
        Asked(id=i, query=query, prompt=prompt, gold=gold)
        for i, query, prompt, gold in zip(rows["query_id"], rows["query"], prompts, rows["gold"], strict=True)
    ]
    began = time.monotonic()
    with step.models.harness(handle) as harness:
        found = harness.evaluate(asked, task=evaluation.lm_eval_task, max_tokens=evaluation.sampling.max_tokens)
    cost = _cost(step, handle, asked, found, wall_s=time.monotonic() - began)
    step.ledger.add("asked", cost)
    step.models.budget.spend(cost)
    return found


def _cost(step: Step, handle: ModelHandle, asked: list[Asked], found: Evaluation, *, wall_s: float) -> Cost:
    count = step.models.chat(handle).count_tokens
    written = {verdict.id: verdict.response for verdict in found.verdicts}
    return Cost(
        num_requests=len(asked),
        prompt_tokens=sum(count([one.prompt for one in asked])),
        completion_tokens=sum(count(list(written.values()))),
        engine_s=found.seconds,
        gpu_s=found.seconds * found.num_devices,
        wall_s=wall_s,
        device=found.device,
        model=handle.label,
    )
