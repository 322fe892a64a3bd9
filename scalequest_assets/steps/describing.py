"""What a release's card tells of its making: read from profile and tables, as plain data (`release.facts`).

Nothing of the maker's machine is in it: of a path its last part, of a server the model's name there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from scalequest_assets.config.models import ApiModel, HubModel, Model, PathModel, WheelModel, file_names
from scalequest_assets.config.profile import TRAINED_ROLE_MODEL
from scalequest_assets.config.public import served_name
from scalequest_assets.config.sections import ReadyReward
from scalequest_assets.config.sources import FamiliesSource, FileSource, HubSource, QuestionSource, source_name
from scalequest_assets.recipe.preferences import OWN_SAMPLES, REWRITES
from scalequest_assets.recipe.reasons import MEANINGS
from scalequest_assets.recipe.rewriting import DIRECTIONS
from scalequest_assets.recipe.settings import Overlap
from scalequest_assets.release import facts
from scalequest_assets.release.licences import Licence
from scalequest_assets.steps import metadata
from scalequest_assets.steps.step import Step
from scalequest_assets.storage.costs import MODELS_JOINED
from scalequest_assets.verifier import reward_name

DESCRIBED = (
    "subject", "name", "description", "models", "seeds", "seed_licenses", "benchmarks", "role_model", "roles",
    "generators", "question_sampling", "difficulty", "reward_model", "dedup.threshold", "answers.num_samples",
    "prices.currency", "question_tuning.pairs", "solvability.evidence", "answers.selection", "answers.arithmetic",
)  # fmt: skip
"""Settings that a card tells of."""
_QUESTION = "{question}"


def facts_of(
    step: Step, license_id: str | None, overlap: Overlap, benchmark_questions: pl.DataFrame, costs: pl.DataFrame
) -> facts.Facts:
    """Return what the card of a step's profile tells, but for what is counted in the released rows.

    Args:
        step: A step that is handed `DESCRIBED`.
        license_id: The profile's word on the data set's licence.
        overlap: How much a question may share with a benchmark's.
        benchmark_questions: Rows of `benchmark_questions`.
        costs: Rows of `costs`; they name the models' versions.
    """
    settings = step.settings
    return facts.Facts(
        name=settings.name,
        description=settings.description,
        about=step.subject.card,
        reward=reward_name(step.subject.name, step.language.code),
        license=license_id,
        is_rewritten=_has_rewriter(settings),
        is_judged=_is_judged(settings),
        is_masked=overlap.masked,
        selection=settings.answers.selection,
        false_equalities=settings.answers.arithmetic,
        models=_models(settings, costs),
        seeds=[
            facts.Source(name=name, what=_origin(source), license=settings.seed_licenses[name])
            for source in settings.seeds.sources
            if (name := source_name(source))
        ],
        benchmarks=_benchmarks(settings, benchmark_questions),
        prompts=_prompts(step),
        samplings=_samplings(settings),
        meanings={**MEANINGS, **step.subject.wording.meanings},
        ngram=overlap.ngram,
        threshold=settings.dedup.threshold,
        costs=costs,
        currency=settings.prices.currency,
    )


def show_licence(step: Step, licence: Licence) -> None:
    """Show the data set's licence in the UI, and warn of what restricts it."""
    step.show(license=licence.id)
    if licence.warnings:
        step.show(license_warnings=metadata.table([{"warning": warning} for warning in licence.warnings]))
        said = "; ".join(licence.warnings)
        step.context.log.warning(f"the data set's licence is {licence.id}, with conditions: {said}")


def _models(settings: Any, costs: pl.DataFrame) -> list[facts.Model]:
    """Return the ready models that took part, in the profile's order, with what each did."""
    roles: dict[str, list[str]] = {}
    for name, role in _uses(settings):
        roles.setdefault(name, []).append(role)
    labels = costs["model"].drop_nulls().str.split(MODELS_JOINED).explode().unique().sort()
    versions = dict(label.split("@", 1) for label in labels if "@" in label)
    return [
        facts.Model(
            name=name,
            source=_source(model),
            version=_version(model, versions.get(name)),
            license=model.license,
            roles=tuple(dict.fromkeys(roles[name])),
        )
        for name, model in settings.models.items()
        if name in roles
    ]


def _uses(settings: Any) -> Iterator[tuple[str, str]]:
    """Yield each use of a ready model: its name and what it does there. The taught role model stands for its base."""
    taught = settings.role_model.base if settings.role_model else None
    if taught:
        yield taught, "is taught the format of the roles"
    reward = settings.reward_model
    uses = [(generator.base, f"writes questions ({name})") for name, generator in settings.generators.items()]
    if _has_rewriter(settings):
        uses.append((settings.roles.rewriter.model, "rewrites questions, from which the generators learn"))
    if _is_judged(settings):
        uses.append((settings.roles.judge.model, "judges whether questions can be solved"))
    elif _judges_pairs(settings):
        uses.append((settings.roles.judge.model, "judges the questions from which the generators learn"))
    uses += [
        (settings.roles.solver.model, "answers seed questions, which says how difficult they are"),
        (settings.difficulty.base, "learns to predict difficulty"),
        (settings.roles.responder.model, "answers the questions"),
        (reward.model if isinstance(reward, ReadyReward) else reward.base, "scores the answers"),
    ]
    if weak := settings.roles.weak_solver:
        uses.append((weak.model, "answers the questions as the weaker solver, which says how much they challenge"))
    for name, role in uses:
        yield (taught if name == TRAINED_ROLE_MODEL and taught else name), role


def _has_rewriter(settings: Any) -> bool:
    """Whether the generators learn from rewritten questions."""
    return bool(settings.question_tuning.pairs != OWN_SAMPLES)


def _is_judged(settings: Any) -> bool:
    """Whether a judge has a say in which questions are kept."""
    return bool(settings.solvability.evidence)


def _judges_pairs(settings: Any) -> bool:
    """Whether a judge says which pairs of questions the generators learn from."""
    return bool(settings.question_tuning.pairs != REWRITES)


def _asks_judge(settings: Any) -> bool:
    return _is_judged(settings) or _judges_pairs(settings)


def _source(model: Model) -> str:
    match model:
        case HubModel():
            return f"{model.id}, of the Hugging Face hub"
        case ApiModel():
            return f"{served_name(model.id)}, behind a server"
        case WheelModel():
            return f"in the Python package {model.package}"
        case PathModel():
            return f"{file_names(model)[0]}, files of its maker"
        case _:
            return f"{(file_names(model) or ['a file'])[0]}, a GGUF file"


def _version(model: Model, of_files: str | None) -> str | None:
    """Return a model's version as the profile says it, else that of its files; what serves one says none."""
    match model:
        case HubModel() | ApiModel():
            return model.revision
        case WheelModel() | PathModel():
            return of_files
        case _:
            return f"sha256:{model.sha256}"


def _origin(source: QuestionSource) -> str:
    match source:
        case FamiliesSource():
            return f"problem families of the package scalequest-assets, style {source.style}"
        case HubSource():
            config = f", {source.config}" if source.config else ""
            return f"{source.id}{config}, split {source.split}, revision {source.revision}"
        case FileSource():
            return f"a file of its maker ({source.kind})"


def _benchmarks(settings: Any, benchmark_questions: pl.DataFrame) -> list[facts.Source]:
    nums: Mapping[str, int] = dict(benchmark_questions.group_by("source").len().iter_rows())
    return [
        facts.Source(name=name, what=_origin(source), num_questions=nums.get(name, 0))
        for source in settings.benchmarks.sources
        if (name := source_name(source))
    ]


def _prompts(step: Step) -> list[facts.Prompt]:
    """Return what models are asked, in the order of the steps."""
    prompts, roles = step.subject.prompts, step.settings.roles
    systems = {generator.system_prompt for generator in step.settings.generators.values() if generator.system_prompt}
    found = [("Writing a question: system prompt (the user's turn is what the model writes)", text) for text in systems]
    found.sort()
    found += [
        (f"Rewriting a question, {direction}", prompts.rewrite(_QUESTION, direction, roles.rewriter.prompt_style))
        for direction in (DIRECTIONS if _has_rewriter(step.settings) else ())
    ]
    if _asks_judge(step.settings):
        found.append(("Judging a question", prompts.judge(_QUESTION, roles.judge.prompt_style)))
    answering = {role.prompt_style for role in (roles.solver, roles.responder, roles.weak_solver) if role}
    found += [("Answering a question", prompts.solve(_QUESTION, style)) for style in sorted(answering)]
    return [facts.Prompt(stage=stage, text=text) for stage, text in found]


def _samplings(settings: Any) -> list[facts.Sampling]:
    roles, asked = settings.roles, settings.question_sampling
    taught = f"{settings.role_model.base}, taught" if settings.role_model else TRAINED_ROLE_MODEL
    steps = [(f"questions of {name}", generator.base, asked, 1) for name, generator in settings.generators.items()]
    if _has_rewriter(settings):
        steps.append(("rewriting", roles.rewriter.model, roles.rewriter.sampling, 1))
    if _asks_judge(settings):
        steps.append(("judging", roles.judge.model, roles.judge.sampling, 1))
    steps += [
        ("answers to seed questions", roles.solver.model, roles.solver.sampling, settings.difficulty.num_samples),
        ("answers", roles.responder.model, roles.responder.sampling, settings.answers.num_samples),
    ]
    if weak := roles.weak_solver:
        steps.append(("answers of the weak solver", weak.model, weak.sampling, settings.answers.num_samples))
    return [
        facts.Sampling(
            stage=stage,
            model=taught if model == TRAINED_ROLE_MODEL else model,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=sampling.max_tokens,
            num_samples=num,
        )
        for stage, model, sampling, num in steps
    ]
