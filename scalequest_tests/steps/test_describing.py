"""What a card tells of its making: every model that took part, in the profile's words."""

from types import SimpleNamespace

import polars as pl
import pytest

from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.recipe.languages import LANGUAGES
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


def facts(*settings: str) -> Facts:
    profile = validate(edit_document(read_profile("paper"), settings), "test")
    tables = [pl.DataFrame(schema=polars_schema(name)) for name in ("benchmark_questions", "costs")]
    step = SimpleNamespace(settings=profile, subject=SUBJECT, language=LANGUAGES["en"])
    return facts_of(step, None, 8, *tables)  # type: ignore[arg-type]


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
