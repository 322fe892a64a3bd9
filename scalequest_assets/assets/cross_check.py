"""Group `cross_check`: another evaluator's view of the students. `run` leaves it out, and it needs extra `lm-eval`."""

import polars as pl

from scalequest_assets.recipe.cross_check import totals
from scalequest_assets.steps import metadata
from scalequest_assets.steps.cross_check import checked
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.template import asset


@asset(
    settings=["subject", "students.evaluation.sampling", "students.evaluation.lm_eval_task"],
    recipe_version="2",
    deps=["student_model"],
)
def student_cross_check(step: Step, student_config: pl.DataFrame, student_answers: pl.DataFrame) -> pl.DataFrame:
    """The same model and questions by lm-evaluation-harness, beside our answers, with the cause of each difference.

    The harness writes the text with transformers, reads the answer and compares it by the code of one of its tasks.
    """
    found = checked(step, student_config, student_answers)
    differing = found.drop_nulls("cause")
    step.show(
        beside=metadata.table(totals(found)),
        differences=metadata.sample(differing, ["gold", "answer", "harness_answer", "filter", "cause"]),
    )
    return found
