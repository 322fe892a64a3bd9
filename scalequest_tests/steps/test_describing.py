"""What a card tells of its making: every model that took part, in the profile's words."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.recipe.languages import LANGUAGES
from scalequest_assets.recipe.settings import Overlap
from scalequest_assets.release.card import behind
from scalequest_assets.release.facts import Facts
from scalequest_assets.release.licences import licence_of
from scalequest_assets.schemas import polars_schema
from scalequest_assets.steps.describing import facts_of
from scalequest_assets.subjects.maths.subject import SUBJECT

WEAK = (
    "models.far={kind: api, id: small-1b, server: near, license: cc-by-nc-4.0}",
    "engine.servers.near={base_url: 'http://localhost:8000/v1'}",
    "roles.weak_solver={model: far, prompt_style: compact, sampling: {temperature: 0.3, max_tokens: 99}}",
    "answers.num_samples=4",
)
"""A model that does nothing else, under a licence of its own."""


def facts(*settings: str, labels: Sequence[str] = (), **overlap: Any) -> Facts:
    profile = validate(edit_document(read_profile("paper"), settings), "test")
    benchmarks, costs = (pl.DataFrame(schema=polars_schema(name)) for name in ("benchmark_questions", "costs"))
    made_by = pl.DataFrame({"model": labels}, schema={"model": pl.String})
    costs = pl.concat([costs, made_by], how="diagonal")
    step = SimpleNamespace(settings=profile, subject=SUBJECT, language=LANGUAGES["en"])
    return facts_of(step, None, Overlap(ngram=8, **overlap), benchmarks, costs)  # type: ignore[arg-type]


def test_a_weak_solver_is_told_of_with_its_sampling_and_prompt():
    told = facts(*WEAK)
    assert [model.roles for model in told.models if model.name == "far"] == [
        ("answers the questions as the weaker solver, which says how much they challenge",)
    ]
    last = told.samplings[-1]
    assert (last.stage, last.model) == ("answers of the weak solver", "far")
    assert (last.temperature, last.max_tokens, last.num_samples) == (0.3, 99, 4)
    assert len(told.prompts) == len(facts().prompts) + 1, "its style is another than the responder's"


def test_the_licence_of_a_weak_solver_counts():
    assert ("far", "cc-by-nc-4.0") in behind(facts(*WEAK))
    assert any("of far" in warning for warning in licence_of(behind(facts(*WEAK))).warnings)


@pytest.mark.parametrize("named", [(), WEAK[:2]], ids=["none", "a model without a role"])
def test_without_one_nothing_is_told_of_it(named: tuple[str, ...]):
    told = facts(*named)
    assert "far" not in {model.name for model in told.models}
    assert not any("weak" in sampling.stage for sampling in told.samplings)


NO_JUDGE = ("solvability.evidence=[]", "question_tuning.pairs=rewrites", "roles.judge.model=near")
SERVED = (
    "models.near={kind: api, id: /srv/models/secret, server: near}",
    "engine.servers.near={base_url: 'http://localhost:8000/v1'}",
)


def test_a_judge_that_decides_nothing_is_not_told_of():
    told = facts(*SERVED, *NO_JUDGE)
    assert not told.is_judged
    assert "near" not in {model.name for model in told.models}
    assert not any("judg" in one.stage.lower() for one in (*told.samplings, *told.prompts))
    teaching = facts(*SERVED, NO_JUDGE[0], NO_JUDGE[2], "question_tuning.pairs=judged_rewrites")
    assert [model.roles for model in teaching.models if model.name == "near"] == [
        ("judges the questions from which the generators learn",)
    ]
    assert facts().is_judged


def test_how_answers_and_copies_are_told_of_follows_the_settings():
    told = facts("answers.selection=majority", "answers.arithmetic=drop", masked=False)
    assert (told.selection, told.false_equalities, told.is_masked) == ("majority", "drop", False)


def test_the_version_of_a_model_that_worked_with_another_is_its_own():
    files = ("models.own={kind: path, path: /srv/weights, license: mit}", "roles.rewriter.model=own")
    told = facts(*SERVED, *files, labels=["own@0123abcd", "near@api:/srv/models/secret + own@0123abcd"])
    assert [model.version for model in told.models if model.name == "own"] == ["0123abcd"]
    assert "/srv" not in repr(told.models)
