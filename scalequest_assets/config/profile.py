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

from scalequest_assets.checks.settings import Checks
from scalequest_assets.config.models import NOT_IDENTIFYING, Model
from scalequest_assets.config.sources import KnownQuestions, Sources, learns_from, source_name
from scalequest_assets.engines.base import Hyperparameters, Sampling
from scalequest_assets.engines.settings import EngineSettings
from scalequest_assets.planning.settings import Hardware
from scalequest_assets.recipe.difficulty import TargetDifficulty
from scalequest_assets.recipe.duplicates import Dedup
from scalequest_assets.recipe.manifest import Prices
from scalequest_assets.recipe.prompting import Style
from scalequest_assets.recipe.selection import ArithmeticRule
from scalequest_assets.recipe.solvability import Solvability
from scalequest_assets.recipe.text_rules import TextRules
from scalequest_assets.settings import Identifier, Positive, Settings, Share
from scalequest_assets.subjects import DEFAULT, subject_names

MAX_SHARDS = 99
"""Shards a generator: a fan-in from 100 partitions or more silently loses Dagster's staleness."""
MAX_PARTITIONS = 200
"""Partitions an asset (generators x shards)."""
GENERATOR_NAMES = "generator_names"
"""Key of `Profile.fingerprint` for the generators' names in order: only for what spans all of them."""
TRAINED_ROLE_MODEL = "role_model"
"""The model name that stands for the asset `role_model`."""


class RoleModel(Settings):
    """The small base model taught every role's format. Absent where ready models fill the roles.

    Attributes:
        base: Name of a model.
        retrain: Train here instead of applying the adapter that the package ships.
        styles: Styles of the problem families that it learns from and is measured on; None for all of the subject's.
        num_examples: Supervised examples (`retrain` only).
        num_held_out: Questions in each of two sets that the result is measured on (`recipe.role_scores`).
        training: Hyperparameters (`retrain` only).
    """

    base: str
    retrain: bool = False
    styles: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    num_examples: Positive = 4000
    num_held_out: int = Field(default=32, ge=0)
    training: Hyperparameters


class Role(Settings):
    """A model in a role, the style of its prompt, and how it samples.

    Attributes:
        model: Name of a model, or `role_model`.
        prompt_style: `full` for capable models, `compact` for one that was trained on these prompts.
        sampling: How it samples.
        enable_thinking: Whether the chat template shall let the model think (Qwen3 and others); None leaves it to the
            template. Thinking is never part of a text, but counts towards `sampling.max_tokens`.
    """

    model: str
    prompt_style: Style = "full"
    sampling: Sampling = Sampling()
    enable_thinking: bool | None = None


class Roles(Settings):
    """Who does what: rewriter and judge of questions, solver of seed questions, responder to synthetic ones.

    Attributes:
        rewriter: Rewrites questions: its pairs teach the generators.
        judge: Says whether a question can be solved.
        solver: Answers seed questions: its fail rates are what difficulty means.
        responder: Answers the questions of the data set.
    """

    rewriter: Role
    judge: Role
    solver: Role
    responder: Role


class Generator(Settings):
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


class QuestionTuning(Settings):
    """QFT, then QPO.

    Attributes:
        qft: Training on seed questions.
        qpo: Training on preference pairs.
        num_raw_questions: Questions sampled from the QFT model, to be rewritten.
        solvability_share: Share of them rewritten for solvability; the others for difficulty.
        min_pairs: Fewest preference pairs that QPO is done with.
    """

    qft: Hyperparameters
    qpo: Hyperparameters
    num_raw_questions: Positive
    solvability_share: Share = 0.5
    min_pairs: Positive = 2


HeldOut = Annotated[float, Field(ge=0, lt=1)]
"""Share of the seed questions that a scorer is measured on, and does not learn from; 0 measures nothing."""


class Difficulty(Settings):
    """Fail rates of the solver on seed questions, and the regression fitted to them.

    Attributes:
        base: Name of the model that the regression starts from.
        num_questions: Seed questions that the solver answers.
        num_samples: Answers to each.
        held_out_share: Share of the seed questions that it is measured on and does not learn from; 0 measures nothing.
        training: Hyperparameters.
    """

    base: str
    num_questions: Positive
    num_samples: Positive
    held_out_share: HeldOut = 0.2
    training: Hyperparameters


class TrainedReward(Settings):
    """A Bradley-Terry model trained on the solver's right and wrong answers to seed questions.

    Attributes:
        kind: `trained`.
        base: Name of the model that it starts from.
        use_gold_solutions: Whether the gold solution is the right answer where no sample is right.
        max_pairs_per_question: Pairs of a right and a wrong answer to one question, at most.
        held_out_share: Share of the seed questions that it is measured on and does not learn from; 0 measures nothing.
        training: Hyperparameters.
    """

    kind: Literal["trained"]
    base: str
    use_gold_solutions: bool = True
    max_pairs_per_question: Positive = 4
    held_out_share: HeldOut = 0.2
    training: Hyperparameters


class ReadyReward(Settings):
    """A ready reward model: sequence classification with one output, or one with code of its own.

    Attributes:
        kind: `ready`.
        model: Name of a model.
        num_measured: Seed questions whose right and wrong answers it is measured on before it is used; 0 measures not.
    """

    kind: Literal["ready"]
    model: str
    num_measured: int = Field(default=100, ge=0)


class Answers(Settings):
    """Best of n.

    Attributes:
        num_samples: Responses to each question.
        min_agreement: Least share of a question's responses that must agree with the one that is chosen.
        arithmetic: What a false equality in a response ("27*6 = 196") does: `count` it only, `rank_last` behind all
            responses of the question without one, or `drop` the response.
    """

    num_samples: Positive
    min_agreement: Share = 0.0
    arithmetic: ArithmeticRule = "rank_last"


class Release(Settings):
    """The released data set.

    Attributes:
        mix: Question-answer pairs taken at most from each generator; a generator that is not named gives all.
        num_pairs: Pairs in all, of those that the generators give; None takes them all.
        validation_share: Share of the pairs that become the split `validation`, by a hash of their questions' ids.
        license: Of the data set, as a hub identifier.
    """

    mix: dict[Identifier, Positive] = Field(default_factory=dict)
    num_pairs: Positive | None = None
    validation_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    license: str = "apache-2.0"


class Study(Settings):
    """What `scalequest run --select +generator_report,+judge_report` looks at; `run` alone leaves it out.

    Attributes:
        num_questions: Questions sampled from each model of a generator, and preference pairs at most. For the judge,
            sound questions of each source at most, each broken too.
    """

    num_questions: Positive = 200


class Profile(Settings):
    """All that makes one data set. A home belongs to one profile, by its `name`.

    Attributes:
        name: Whose home this is.
        description: A sentence or two, for the card and the report.
        subject: What the questions are about: a folder of `scalequest_assets.subjects`.
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
        study: What the comparison of a generator's models looks at.
        engine: How models are run. Identifies nothing.
        prices: What running them costs. Identifies the costs alone.
        hardware: What a plan assumes of a device. Identifies nothing.
        checks: Bands outside which a check warns. Identifies nothing.
    """

    name: Identifier
    description: str = ""
    subject: str = DEFAULT
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
    engine: EngineSettings = EngineSettings()
    prices: Prices = Prices()
    hardware: Hardware = Hardware()
    checks: Checks = Checks()

    @field_validator("subject")
    @classmethod
    def _known_subject(cls, name: str) -> str:
        if name not in (names := subject_names()):
            raise ValueError(f"no subject is named '{name}': one of {', '.join(names)}")
        return name

    @property
    def max_num_shards(self) -> int:
        """Shards that each generator may have."""
        return min(MAX_SHARDS, MAX_PARTITIONS // len(self.generators))

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


_LATER: Mapping[str, Mapping[str, Any]] = {
    "roles": {"enable_thinking": None},
    "role_model": {"styles": None},
    "release": {"num_pairs": None, "validation_share": 0.0},
    "seeds": {"families": None},
    "benchmarks": {"families": None},
    "solvability": Solvability().model_dump(mode="json", include={"evidence", "combine", "threshold", "num_votes"}),
}
"""Settings, by section, that profiles of earlier releases did not have, and their defaults. With those they identify
nothing, so that older homes stay fresh. Of seeds and benchmarks they are a source's."""


def _get(document: Mapping[str, Any], key: str) -> Any:
    value: Any = document
    for part in key.split("."):
        value = value[part]
    return value


def _identifying(key: str, value: Any) -> Any:
    """Drop how models are reached, who learns from a source (`generator_config` has that), defaults of `_LATER`."""
    if key == "models":
        left_out = set(NOT_IDENTIFYING) - {"license"}  # the data set's card names licences
        return {name: {k: v for k, v in model.items() if k not in left_out} for name, model in value.items()}
    if not isinstance(value, Mapping):
        return value
    later = _LATER.get(key.partition(".")[0], {})

    def known(settings: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in settings.items() if k not in later or v != later[k]}

    if "sources" in value:
        sources = [{k: v for k, v in known(source).items() if k != "generators"} for source in value["sources"]]
        return {**value, "sources": sources}
    return known(value)
