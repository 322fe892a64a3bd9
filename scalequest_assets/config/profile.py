"""The profile: one YAML file that says what data set is made, and how.

What identifies the data (models, revisions, prompts, sampling, seeds, thresholds) enters an asset's fingerprint;
`engine`, `prices`, `hardware` and `checks` say how it is made and judged, and do not.
Reading, editing and error messages are in `file.py`.
"""

import functools
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from scalequest_assets.checks.settings import Checks
from scalequest_assets.config.models import NOT_IDENTIFYING, Model
from scalequest_assets.config.sections import (
    Answers,
    Difficulty,
    Generator,
    QuestionTuning,
    ReadyReward,
    Release,
    RoleModel,
    Roles,
    Study,
    TrainedReward,
)
from scalequest_assets.config.sources import KnownQuestions, Sources, learns_from, source_license, source_name
from scalequest_assets.config.students import Students
from scalequest_assets.engines.base import Sampling
from scalequest_assets.engines.settings import EngineSettings
from scalequest_assets.planning.settings import Hardware
from scalequest_assets.recipe.languages import ENGLISH
from scalequest_assets.recipe.settings import Dedup, Limits, Prices, Solvability, TextRules
from scalequest_assets.settings import Identifier, Positive, Settings
from scalequest_assets.simulated import SIMULATED
from scalequest_assets.subjects import DEFAULT, subject_names

MAX_SHARDS = 99
"""Shards a generator: a fan-in from 100 partitions or more silently loses Dagster's staleness."""
MAX_PARTITIONS = 200
"""Partitions an asset (generators x shards)."""
GENERATOR_NAMES = "generator_names"
"""Key of `Profile.fingerprint` for the generators' names in order: only for what spans all of them."""
STUDENT_NAMES = "student_names"
"""The same for the students' names."""
SEED_LICENSES = "seed_licenses"
"""Key of `Profile.fingerprint` for the licences of the seed sources: they identify the card, and no question."""
TRAINED_ROLE_MODEL = "role_model"
"""The model name that stands for the asset `role_model`."""


class Profile(Settings):
    """All that makes one data set. A home belongs to one profile, by its `name`.

    Attributes:
        name: Whose home this is.
        description: A sentence or two, for the card and the report.
        subject: What the questions are about: a folder of `scalequest_assets.subjects`.
        language: What they are in, as a code (`en`, `de`, `es`): prompts, how answers and numbers are read, and what
            `screening.language: langid` keeps follow from it.
        random_seed: From which every row's seed follows.
        num_shards: Shards a generator. A data set grows by raising it; old shards stay.
        questions_per_shard: Questions sampled for each shard.
        models: The ready models, by the names that the other sections use.
        seeds: Questions to learn from.
        benchmarks: Questions to keep clear of.
        known_questions: Earlier sets that new questions must not repeat.
        role_model: The small model taught every role; None where ready models fill the roles.
        roles: Who rewrites, judges, solves and responds.
        generators: The models that are taught to write questions; their order decides between duplicates.
        question_sampling: How questions are drawn.
        question_tuning: QFT, then QPO.
        screening: Text rules.
        solvability: What decides whether a question can be solved.
        difficulty: The solver's fail rates, and the regression fitted to them.
        dedup: Near-duplicates.
        answers: Responses to each question.
        reward_model: The model that chooses between responses.
        release: The released data set.
        study: What generators and judge are measured on.
        students: Models that are trained on the data, and the questions that show what they learned.
        engine: How models are run. Identifies nothing.
        prices: What running them costs. Identifies the costs alone.
        budget: What one command may spend. Identifies nothing.
        hardware: What a plan assumes of a device. Identifies nothing.
        checks: Bands outside which a check warns. Identifies nothing.
    """

    name: Identifier
    description: str = ""
    subject: str = DEFAULT
    language: str = ENGLISH
    random_seed: int = Field(ge=0, lt=2**31)
    num_shards: int = Field(ge=1, le=MAX_SHARDS)
    questions_per_shard: Positive
    models: dict[Identifier, Model]
    seeds: Sources
    benchmarks: Sources = Sources()
    known_questions: KnownQuestions = KnownQuestions()
    role_model: RoleModel | None = None
    roles: Roles
    generators: dict[Identifier, Generator] = Field(min_length=1)
    question_sampling: Sampling
    question_tuning: QuestionTuning
    screening: TextRules = TextRules()
    solvability: Solvability = Solvability()
    difficulty: Difficulty
    dedup: Dedup = Dedup()
    answers: Answers
    reward_model: Annotated[TrainedReward | ReadyReward, Field(discriminator="kind")]
    release: Release = Release()
    study: Study = Study()
    students: Students = Students()
    engine: EngineSettings = EngineSettings()
    prices: Prices = Prices()
    budget: Limits = Limits()
    hardware: Hardware = Hardware()
    checks: Checks = Checks()

    @model_validator(mode="before")
    @classmethod
    def _named_simulated(cls, document: Any) -> Any:
        """Let the name say that the data is simulated: it stands on card and report, and a home belongs to it."""
        engine = document.get("engine") if isinstance(document, Mapping) else None
        name = document.get("name") if isinstance(document, Mapping) else None
        is_simulated = isinstance(engine, Mapping) and engine.get("kind") == "simulate"
        if is_simulated and isinstance(name, str) and not name.endswith(f"_{SIMULATED}"):
            return {**document, "name": f"{name}_{SIMULATED}"}
        return document

    @field_validator("subject")
    @classmethod
    def _known_subject(cls, name: str) -> str:
        if name not in (names := subject_names()):
            raise ValueError(f"no subject is named '{name}': one of {', '.join(names)}")
        return name

    @model_validator(mode="after")
    def _known_groups(self) -> "Profile":
        known = [source_name(source) for source in self.benchmarks.sources]
        known += [source_name(source) for source in self.students.evaluation.held_out]
        if twice := sorted({name for name in known if known.count(name) > 1}):
            raise ValueError(f"students.evaluation.held_out: a benchmark is named {', '.join(twice)} too")
        members = [name for group in self.students.evaluation.groups.values() for name in group]
        if unknown := sorted(set(members) - set(known)):
            raise ValueError(f"students.evaluation.groups: no benchmark is named {', '.join(unknown)}")
        return self

    @property
    def max_num_shards(self) -> int:
        """Shards that each generator may have."""
        return min(MAX_SHARDS, MAX_PARTITIONS // len(self.generators))

    @property
    def seed_licenses(self) -> dict[str, str]:
        """Licences of the seed sources by their names."""
        return {source_name(source): source_license(source) for source in self.seeds.sources}

    def shards(self) -> list[str]:
        """Return the shard names, `s0000` first."""
        return [f"s{index:04d}" for index in range(self.num_shards)]

    def slice_of(self, partition: Mapping[str, str]) -> dict[str, Any]:
        """Return what belongs to one generator or one student alone, model names resolved."""
        if "student" in partition:
            return self.student_slice(partition["student"])
        return self.generator_slice(partition["generator"])

    def student_slice(self, student: str) -> dict[str, Any]:
        """Return what belongs to one student alone, the model that it starts from resolved."""
        return self.students.slice_of(student, self._model)

    def generator_slice(self, generator: str) -> dict[str, Any]:
        """Return what belongs to one generator alone, model names resolved."""
        names = [source_name(source) for source in self.seeds.sources if learns_from(source, generator)]
        return {**self._resolved(self.generators[generator].model_dump(mode="json")), "seed_sources": names}

    def value(self, key: str) -> Any:
        """Return the setting at a dotted key."""
        return functools.reduce(getattr, key.split("."), self)

    def fingerprint(self, *keys: str) -> str:
        """Hash the named parts of the profile (dotted keys), model names resolved to what they stand for.

        Default subject and language add nothing: profiles were about them before they could name one. Nor does a
        default of `_LATER`, in its section or as a key of its own. A simulation adds what simulated models write:
        nothing that is simulated is fresh for models, nor the reverse.

        Returns:
            8 hex digits. Adding shards, generators or unrelated models does not change it.
        """
        document = {**self.model_dump(mode="json"), GENERATOR_NAMES: list(self.generators)}
        document |= {SEED_LICENSES: self.seed_licenses, STUDENT_NAMES: self.students.names}
        values = {key: _get(document, key) for key in keys if _get(document, key) != _UNNAMED.get(key, ...)}
        parts = {key: self._resolved(_identifying(key, v)) for key, v in values.items() if not _is_default(key, v)}
        if self.engine.kind == "simulate":
            parts[SIMULATED] = self.engine.simulate.model_dump(mode="json", exclude={"tokens_per_s", "realtime"})
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


_LATER: Mapping[str, Mapping[str, Any]] = {
    "roles": {"enable_thinking": None},
    "role_model": {"styles": None, "families": None, "roles": None},
    "question_tuning": {"pairs": "rewrites"},
    "release": {"num_pairs": None, "validation_share": 0.0, "max_wrong_share": None},
    "seeds": {"families": None},
    "benchmarks": {"families": None},
    "study": Study().model_dump(mode="json", include={"num_judged"}),
    "solvability": Solvability().model_dump(mode="json", include={"evidence", "combine", "threshold", "num_votes"}),
}
"""Settings, by section, that profiles of earlier releases did not have, and their defaults. With those they identify
nothing, so that older homes stay fresh. Of seeds and benchmarks they are a source's."""

_UNNAMED: Mapping[str, str] = {"subject": DEFAULT, "language": ENGLISH}
"""Keys that profiles of earlier releases did not have, and what they were about."""

_OF_OTHERS = ("generators", "license")
"""Keys of a source that others ask for: who learns from it, `generator_config`; its licence, as `SEED_LICENSES`."""


def _get(document: Mapping[str, Any], key: str) -> Any:
    value: Any = document
    for part in key.split("."):
        value = value[part]
    return value


def _is_default(key: str, value: Any) -> bool:
    """Whether a key is a setting that earlier profiles did not have, at its default."""
    section, _, name = key.partition(".")
    later = _LATER.get(section, {})
    return name in later and value == later[name]


def _identifying(key: str, value: Any) -> Any:
    """Drop how models are reached, defaults of `_LATER`, and what identifies no question of a source (`_OF_OTHERS`)."""
    if key == "models":
        left_out = set(NOT_IDENTIFYING) - {"license"}  # the data set's card names licences
        return {name: {k: v for k, v in model.items() if k not in left_out} for name, model in value.items()}
    if not isinstance(value, Mapping):
        return value
    later = _LATER.get(key.partition(".")[0], {})

    def known(settings: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in settings.items() if k not in later or v != later[k]}

    if "sources" in value:
        sources = [{k: v for k, v in known(source).items() if k not in _OF_OTHERS} for source in value["sources"]]
        return {**value, "sources": sources}
    return known(value)
