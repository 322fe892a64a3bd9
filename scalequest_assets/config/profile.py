"""The profile: one YAML file that says what data set is made, and how.

What identifies the data (models, revisions, prompts, sampling, seeds, thresholds) enters an asset's fingerprint;
`engine`, `prices`, `hardware` and `checks` say how it is made and judged, and do not.
Reading, editing and error messages are in `file.py`.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from scalequest_assets.config.engine import Engine, Hardware, Prices
from scalequest_assets.config.models import NOT_IDENTIFYING, Model
from scalequest_assets.config.sources import (
    Identifier,
    Positive,
    Section,
    Share,
    Sources,
    learns_from,
    source_name,
)
from scalequest_assets.subjects import DEFAULT, subject_names

MAX_SHARDS = 99
"""Shards a generator: a fan-in from 100 partitions or more silently loses Dagster's staleness."""
MAX_PARTITIONS = 200
"""Partitions an asset (generators x shards)."""
GENERATOR_NAMES = "generator_names"
"""Key of `Profile.fingerprint` for the generators' names in order: only for what spans all of them."""
TRAINED_ROLE_MODEL = "role_model"
"""The model name that stands for the asset `role_model`."""


class Sampling(Section):
    """How tokens are drawn; temperature 0 is greedy."""

    temperature: float = Field(default=0.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=512, ge=1, le=32768)


class Training(Section):
    """How a model is trained. Field meanings as in `engines.base.Hyperparameters`."""

    learning_rate: float = Field(gt=0, lt=0.1)
    num_epochs: float = Field(default=1.0, gt=0, le=100)
    batch_size: Positive = 8
    micro_batch_size: Positive = 8
    max_length: int = Field(default=256, ge=16, le=131072)
    warmup: float = Field(default=0.03, ge=0)
    weight_decay: float = Field(default=0.0, ge=0)
    packing: bool = False
    beta: float = Field(default=0.1, gt=0)
    lora_rank: Positive | None = None

    @model_validator(mode="after")
    def _batches_divide(self) -> "Training":
        if self.batch_size % self.micro_batch_size:
            raise ValueError(f"batch_size {self.batch_size} is no multiple of micro_batch_size {self.micro_batch_size}")
        return self


class RoleModel(Section):
    """The small base model taught every role's format. Absent where ready models fill the roles.

    Attributes:
        base: Name of a model.
        retrain: Train here instead of applying the adapter that the package ships.
        num_examples: Supervised examples (`retrain` only).
        num_held_out: Questions in each of two sets that the result is measured on (`recipe.role_scores`).
        training: Hyperparameters (`retrain` only).
    """

    base: str
    retrain: bool = False
    num_examples: Positive = 4000
    num_held_out: int = Field(default=32, ge=0)
    training: Training


class Role(Section):
    """A model in a role, the style of its prompt, and how it samples."""

    model: str
    prompt_style: Literal["full", "compact"] = "full"
    sampling: Sampling = Sampling()


class Roles(Section):
    """Who does what: rewriter and judge of questions, solver of seed questions, responder to synthetic ones."""

    rewriter: Role
    judge: Role
    solver: Role
    responder: Role


class TargetDifficulty(Section):
    """A distribution of difficulty to sample towards.

    Attributes:
        weights: Of bins of equal width from difficulty 0 to 1.
        keep: Share of each shard kept.
    """

    weights: tuple[Annotated[float, Field(ge=0, lt=1e9)], ...] = Field(min_length=2, max_length=100)
    keep: float = Field(gt=0, le=1)

    @model_validator(mode="after")
    def _some_weight(self) -> "TargetDifficulty":
        if not any(self.weights):
            raise ValueError("all weights are 0: give one at least a positive weight")
        return self


class Generator(Section):
    """A model that is taught to write questions. At most one of the last three is given.

    Attributes:
        base: Name of a model, or `role_model`.
        num_seed_questions: Seed questions for QFT; None takes all of its sources.
        system_prompt: System turn before each question; None uses the chat template's own default.
        drop_easiest: Share of each shard dropped as too easy.
        min_difficulty: Predicted fail rate below which a question is too easy.
        target_difficulty: Sample each shard towards a distribution of difficulty.
    """

    base: str
    num_seed_questions: Positive | None = None
    system_prompt: str | None = None
    drop_easiest: Share = 0.0
    min_difficulty: Share | None = None
    target_difficulty: TargetDifficulty | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Generator":
        ways = {"drop_easiest": self.drop_easiest, "min_difficulty": self.min_difficulty}
        ways["target_difficulty"] = None if self.target_difficulty is None else self.target_difficulty.keep
        given = [name for name, value in ways.items() if value]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other: keep one")
        return self

    @property
    def share_kept(self) -> float | None:
        """Share of a shard that is left after its difficulty is known; None where a cutoff decides."""
        if self.target_difficulty is not None:
            return self.target_difficulty.keep
        return None if self.min_difficulty else 1 - self.drop_easiest


class QuestionTuning(Section):
    """QFT, then QPO."""

    qft: Training
    qpo: Training
    num_raw_questions: Positive
    solvability_share: Share = 0.5
    min_pairs: Positive = 2


class Contamination(Section):
    """When a question counts as taken from a benchmark: see `recipe.contamination.Overlap`."""

    ngram: int = Field(default=13, ge=8)
    max_share: Share = 0.5
    masked: bool = True
    masked_share: float = Field(default=0.7, gt=0, le=1)


class Screening(Section):
    """Text rules. Lengths in tokens of the generator; see `recipe.text_rules.TextRules`."""

    min_tokens: int = Field(default=8, ge=1)
    max_tokens: int = Field(default=512, ge=1)
    language: Literal["langid", "ascii", "off"] = "langid"
    max_repeated_share: Share = 0.5
    ill_posed: bool = True
    contamination: Contamination = Contamination()


class Solvability(Section):
    """How a verdict is read: at the end (`final`), or any "yes" in the text (`lax`, the authors' code)."""

    rule: Literal["final", "lax"] = "final"


HeldOut = Annotated[float, Field(ge=0, lt=1)]
"""Share of the seed questions that a scorer is measured on, and does not learn from; 0 measures nothing."""


class Difficulty(Section):
    """Fail rates of the solver on seed questions, and the regression fitted to them."""

    base: str
    num_questions: Positive
    num_samples: Positive
    held_out_share: HeldOut = 0.2
    training: Training


class Dedup(Section):
    """Near-duplicates on character 5-grams: Jaccard threshold, and how many numeric variants a cluster keeps."""

    threshold: float = Field(default=0.7, ge=0.5, le=1)
    max_variants: int = Field(default=3, ge=1)


class TrainedReward(Section):
    """A Bradley-Terry model trained on the solver's right and wrong answers to seed questions."""

    kind: Literal["trained"]
    base: str
    use_gold_solutions: bool = True
    max_pairs_per_question: Positive = 4
    held_out_share: HeldOut = 0.2
    training: Training


class ReadyReward(Section):
    """A ready reward model: sequence classification with one output, or one with code of its own.

    Attributes:
        model: Name of a model.
        num_measured: Seed questions whose right and wrong answers it is measured on before it is used; 0 measures not.
    """

    kind: Literal["ready"]
    model: str
    num_measured: int = Field(default=100, ge=0)


class Answers(Section):
    """Best of n."""

    num_samples: Positive
    min_agreement: Share = 0.0


class Release(Section):
    """The released data set.

    Attributes:
        mix: Question-answer pairs taken at most from each generator; a generator that is not named gives all.
        license: Of the data set, as a hub identifier.
    """

    mix: dict[Identifier, Positive] = Field(default_factory=dict)
    license: str = "apache-2.0"


class Study(Section):
    """What `scalequest run --select +generator_report` compares; `run` alone leaves it out.

    Attributes:
        num_questions: Questions sampled from each model of a generator, and preference pairs at most.
    """

    num_questions: Positive = 200


class Checks(Section):
    """Bands outside which an asset check warns. Defaults: what the paper observed, with room (PAPER section 5)."""

    min_language_pass: Share = 0.70
    min_solvability_pass: Share = 0.65
    max_exact_duplicates: Share = 0.01
    max_without_answer: Share = 0.02
    min_yield: Share = 0.40
    max_topic_share: Share = 0.45
    max_solvable_drop: Share = 0.02
    max_difficulty_drop: Share = 0.02
    max_similarity_rise: Share = 0.02


class Profile(Section):
    """All that makes one data set. A home belongs to one profile, by its `name`."""

    name: Identifier
    description: str = ""
    subject: str = DEFAULT
    random_seed: int = Field(ge=0, lt=2**31)
    num_shards: int = Field(ge=1, le=MAX_SHARDS)
    questions_per_shard: Positive
    models: dict[Identifier, Model]
    seeds: Sources
    benchmarks: Sources = Sources()
    role_model: RoleModel | None = None
    roles: Roles
    generators: dict[Identifier, Generator] = Field(min_length=1)
    question_sampling: Sampling
    question_tuning: QuestionTuning
    screening: Screening = Screening()
    solvability: Solvability = Solvability()
    difficulty: Difficulty
    dedup: Dedup = Dedup()
    answers: Answers
    reward_model: Annotated[TrainedReward | ReadyReward, Field(discriminator="kind")]
    release: Release = Release()
    study: Study = Study()
    engine: Engine = Engine()
    prices: Prices = Prices()
    hardware: Hardware = Hardware()
    checks: Checks = Checks()

    @field_validator("subject")
    @classmethod
    def _known_subject(cls, name: str) -> str:
        if name not in (names := subject_names()):
            raise ValueError(f"no subject is named '{name}'; one of: {', '.join(names)}")
        return name

    def shards(self) -> list[str]:
        """Return the shard names, `s0000` first."""
        return [f"s{index:04d}" for index in range(self.num_shards)]

    def generator_slice(self, generator: str) -> dict[str, Any]:
        """Return what belongs to one generator alone, model names resolved."""
        names = [source_name(source) for source in self.seeds.sources if learns_from(source, generator)]
        return {**self._resolved(self.generators[generator].model_dump(mode="json")), "seed_sources": names}

    def fingerprint(self, *keys: str) -> str:
        """Hash the named parts of the profile (dotted keys), model names resolved to what they stand for.

        The default subject adds nothing: profiles were about it before they could name one.

        Returns:
            8 hex digits. Adding shards, generators or unrelated models does not change it.
        """
        document = {**self.model_dump(mode="json"), GENERATOR_NAMES: list(self.generators)}
        kept = [key for key in keys if not (key == "subject" and self.subject == DEFAULT)]
        parts = {key: self._resolved(_identifying(key, _get(document, key))) for key in kept}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                key: self._model(item) if key in ("base", "model") else self._resolved(item)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._resolved(item) for item in value]
        return value

    def _model(self, name: str) -> Any:
        return self.models[name].model_dump(mode="json", exclude=set(NOT_IDENTIFYING)) if name in self.models else name


def _get(document: Mapping[str, Any], key: str) -> Any:
    value: Any = document
    for part in key.split("."):
        value = value[part]
    return value


def _identifying(key: str, value: Any) -> Any:
    """Drop the `generators` of sources (`generator_config` tells who learns from one), and how models are reached."""
    if key == "models":
        left_out = set(NOT_IDENTIFYING) - {"license"}  # the data set's card names licences
        return {name: {k: v for k, v in model.items() if k not in left_out} for name, model in value.items()}
    if isinstance(value, Mapping) and "sources" in value:
        kept = [{k: v for k, v in source.items() if k != "generators"} for source in value["sources"]]
        return {**value, "sources": kept}
    return value
