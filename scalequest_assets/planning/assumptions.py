"""What `scalequest plan` assumes where nothing has been measured: each number once, with its reason; and model sizes.

What hangs on the subject (lengths of questions, prompts and replies) the subject says.

Nothing here is taken from the paper's cost table, which the plan is compared with. Its funnel (which questions are
kept) is data about questions, and is used.
"""

from collections.abc import Mapping
from typing import Final

from scalequest_assets.config.models import ApiModel, file_names
from scalequest_assets.config.models import billion_parameters as size_of
from scalequest_assets.config.profile import TRAINED_ROLE_MODEL, Profile
from scalequest_assets.config.sources import FamiliesSource, learns_from
from scalequest_assets.errors import ProfileError
from scalequest_assets.subjects import subject_named
from scalequest_assets.subjects.base import Assumption

ASSUMED: Final[dict[str, Assumption]] = {
    "tokens.prefix": Assumption(14, "chat text before a question: ChatML with a short system text"),
    "tokens.chat": Assumption(24, "chat text around a message: ChatML with a short system text"),
    "keep.screened_questions": Assumption(0.80, "the paper's language filter keeps 1.60 of 2.00 million"),
    "keep.solvability_verdicts": Assumption(0.756, "the paper's judge keeps 1.21 of 1.60 million"),
    "keep.judged_rewrites": Assumption(0.52, "by the paper 0.84 of rewrites can be solved, 0.75 of their questions"),
    "keep.own_samples": Assumption(0.4, "by the paper 0.20 fail the text rules, of the others 0.24 are unsolvable"),
    "keep.difficulty_scores": Assumption(1.0, "an upper bound where a cutoff (min_difficulty) decides"),
    "keep.deduplicated_questions": Assumption(0.98, "the authors report under 0.1% exact copies; room for near ones"),
    "keep.response_scores": Assumption(0.98, "the paper's bands: at most 2% of responses without an answer"),
    "keep.qa_pairs": Assumption(0.99, "rarely are all samples of a question without an answer"),
    "keep.reward_model": Assumption(1.0, "an upper bound: every question gives its most pairs"),
}

FLOPS_READ: Final = 2.0
"""Operations per parameter and token read or written: a multiplication and an addition."""
FLOPS_TRAINED: Final = {False: 6.0, True: 4.0}
"""... and token trained, without and with LoRA: forward 2, gradients of activations 2, of the weights 2; frozen weights
need no gradient of their own, and the adapter's are too few to count."""
FLOPS_DPO_COUNTED: Final = {False: 4.0, True: 3.0}
"""... and *counted* token of DPO: each counts twice, for the reference model reads it too: (6 + 2) / 2."""


def assumptions(profile: Profile) -> Mapping[str, Assumption]:
    """Return all numbers that are assumed for a profile: those of any subject, and its own subject's."""
    return {**subject_named(profile.subject, profile.language).assumptions, **ASSUMED}


def assumed(profile: Profile, name: str) -> float:
    """Return an assumed number."""
    return assumptions(profile)[name].value


def question_tokens(profile: Profile, generator: str | None) -> float:
    """Return the mean length of the seed questions that a generator learns from; None means all seed questions."""
    sources = [s for s in profile.seeds.sources if generator is None or learns_from(s, generator)]
    kinds = ["families" if isinstance(source, FamiliesSource) else "other" for source in sources]
    weights = [source.max_questions or assumed(profile, "rows.source") for source in sources]
    total = sum(assumed(profile, f"tokens.seed.{kind}") * weight for kind, weight in zip(kinds, weights, strict=True))
    return total / sum(weights)


def num_seed_questions(profile: Profile, generator: str | None) -> float:
    """Return how many seed questions there are, or how many of them a generator learns from."""
    sources = [s for s in profile.seeds.sources if generator is None or learns_from(s, generator)]
    there = sum(source.max_questions or assumed(profile, "rows.source") for source in sources)
    wanted = profile.generators[generator].num_seed_questions if generator else None
    return min(there, wanted or there)


def base_of(profile: Profile, name: str) -> str:
    """Return the profile's model that a name stands for: `role_model` for its base."""
    is_taught = name == TRAINED_ROLE_MODEL and profile.role_model is not None
    return profile.role_model.base if is_taught and profile.role_model else name


def billion_parameters(profile: Profile, name: str) -> float | None:
    """Return a model's size in 10^9 parameters; None for an `api` model, whose size does not matter.

    It is `billion_parameters` where the profile says it, else what the model's name says (`…-7B-…`, `…-135M`).

    Raises:
        ProfileError: Neither says it.
    """
    name = base_of(profile, name)
    model = profile.models[name]
    if isinstance(model, ApiModel):
        return None
    if size := size_of(model):
        return size
    names = " or ".join(f"'{name}'" for name in file_names(model)) or "its entry"
    raise ProfileError(
        f"models.{name}: {names} does not say how large the model is",
        f"say it: --set models.{name}.billion_parameters=7",
    )
