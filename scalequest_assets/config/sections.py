"""The sections of a profile that say who does what: models in roles, generators, trainings, answers, release."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from scalequest_assets.engines.base import Hyperparameters, Sampling
from scalequest_assets.recipe.prompting import Style
from scalequest_assets.recipe.settings import ArithmeticRule, Band, Selection, TargetDifficulty
from scalequest_assets.settings import Identifier, Positive, Settings, Share
from scalequest_assets.subjects.drawing import RoleName


class RoleModel(Settings):
    """The small base model taught every role's format. Absent where ready models fill the roles.

    Attributes:
        base: Name of a model.
        retrain: Train here instead of applying the adapter that the package ships.
        styles: Styles of the problem families that it learns from and is measured on; None for all of the subject's.
        families: Names of families of a style that it learns, by style; of a style that is not named, all.
        roles: Which roles it is taught and measured in; None for all. `[judge]` with `retrain` makes a judge alone.
        num_examples: Supervised examples (`retrain` only).
        num_held_out: Questions in each of two sets that the result is measured on, spread evenly over all roles.
        training: Hyperparameters (`retrain` only).
    """

    base: str
    retrain: bool = False
    styles: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    families: Mapping[str, Annotated[tuple[str, ...], Field(min_length=1)]] | None = None
    roles: Annotated[tuple[RoleName, ...], Field(min_length=1)] | None = None
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
        weak_solver: Answers them too, as often: what it gets right is no challenge. None asks no model.
    """

    rewriter: Role
    judge: Role
    solver: Role
    responder: Role
    weak_solver: Role | None = None


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


PairsFrom = Literal["rewrites", "judged_rewrites", "own_samples"]
"""What the preference pairs of QPO are: a question and its rewrite (the paper); those of which the judge finds the
rewrite better; two questions of the generator's own, a solvable and hard one and one that is neither."""


class QuestionTuning(Settings):
    """QFT, then QPO.

    Attributes:
        qft: Training on seed questions.
        qpo: Training on preference pairs.
        pairs: Where the preference pairs come from: `rewrites` (the paper), `judged_rewrites`, or `own_samples`, for
            which no rewriter is asked.
        num_raw_questions: Questions sampled from the QFT model, to be rewritten or, with `own_samples`, compared.
        solvability_share: Share of them rewritten for solvability; the others for difficulty.
        min_pairs: Fewest preference pairs that QPO is done with.
    """

    qft: Hyperparameters
    qpo: Hyperparameters
    pairs: PairsFrom = "rewrites"
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
        arithmetic: What a false equality in a response ("27*6 = 196", the output of a program that nobody ran, fewer
            than no apples where it asks how many, an example of its question that a program contradicts) does: `count`
            it only, `rank_last` behind all responses of the question without one, or `drop` the response.
        selection: Which eligible response is chosen: the one with the highest `reward` (the paper);
            `reward_in_majority`, the same among those whose answer more than half of the samples give, if there is
            such an answer; or `majority`, the same among those of the commonest answer.
        pass_rate: Band of the share of samples with the chosen answer; questions outside become no pair.
        gap: Band of that share less the weak solver's. Needs `roles.weak_solver`.
    """

    num_samples: Positive
    min_agreement: Share = 0.0
    arithmetic: ArithmeticRule = "rank_last"
    selection: Selection = "reward"
    pass_rate: Band = Band()
    gap: Band = Band()


class Release(Settings):
    """The released data set.

    Attributes:
        mix: Question-answer pairs taken at most from each generator; a generator that is not named gives all.
        num_pairs: Pairs in all, of those that the generators give; None takes them all. Fewer than a `mix` of all
            generators takes are shared out in its proportions.
        validation_share: Share of the pairs that become the split `validation`, by a hash of their questions' ids.
        max_wrong_share: Share of wrong pairs, by `scalequest review`, above which nothing is released: where the 95%
            interval of the judged pairs lies wholly above it, in (0, 1). None releases whatever people say.
        license: Of the data set, as a hub identifier; None derives it from those of its models and seeds
            (`release.licences`).
    """

    mix: dict[Identifier, Positive] = Field(default_factory=dict)
    num_pairs: Positive | None = None
    validation_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    max_wrong_share: Annotated[float, Field(gt=0, lt=1)] | None = None
    license: str | None = None


class Study(Settings):
    """What generators and judge are measured on. `run` measures the judge; the generators, where they are selected.

    Attributes:
        num_questions: Questions sampled from each model of a generator, and preference pairs at most.
        num_judged: Sound questions of each source that the judge is measured on at most, each broken too; 8 to 2,000.
    """

    num_questions: Positive = 200
    num_judged: int = Field(default=16, ge=8, le=2000)
