"""The section of a profile that says which models learn from the data, and on which questions they show it.

A student is a partition: three seeds are three students, and one that changes is made again alone.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, model_validator

from scalequest_assets.config.sources import FamiliesSource, source_name
from scalequest_assets.engines.base import Hyperparameters, Sampling
from scalequest_assets.recipe.prompting import Style
from scalequest_assets.recipe.settings import Arm
from scalequest_assets.settings import Identifier, Positive, Settings

UNTRAINED = "base"
"""In place of an arm: the base model as it is."""
MAX_STUDENTS = 99
"""Students, bases among them: a fan-in from 100 partitions or more silently loses Dagster's staleness."""


class PlainPrompt(Settings):
    """How a question is put to a model whose tokenizer has no chat template, as those of base models often have none.

    Attributes:
        prompt: The text around the question, which is `{prompt}` in it.
        end: What ends the response: the tokenizer's end token.
    """

    prompt: str = Field(pattern=r"\{prompt\}")
    end: str = Field(min_length=1)


class StudentBase(Settings):
    """A model that students start from; untrained, it answers the same questions under its own name.

    Attributes:
        model: Name of a model with weights, from `models`.
        prompt_style: Style of the prompt in which questions are asked, in training and after it.
        plain: What is around the prompt in place of a chat template; None uses the model's own.
        training: Hyperparameters of its students: prompt and response, the loss on the response alone.
    """

    model: str
    prompt_style: Style = "full"
    plain: PlainPrompt | None = None
    training: Hyperparameters


class Student(Settings):
    """A base that is trained on one selection of the finished tables.

    Attributes:
        base: Name of one of `bases`.
        arm: What it learns from. `best`: what is released. `random_response`: to the released questions, one of their
            scored responses, drawn by the seed. `majority`: to the same, the best of the commonest answer.
            `unscreened`: the first response to every question that was answered, whatever became of it. `seeds_only`:
            the seed questions with their own solutions.
        generator: The generator whose questions it learns from alone; None for all.
        num_pairs: Pairs that it learns from, drawn by the seed, of one seed fewer among more; None for all there are.
        seed: Of draw, shuffling and initialisation. Students that differ in it alone are one arm, averaged over seeds.
    """

    base: Identifier
    arm: Arm
    generator: Identifier | None = None
    num_pairs: Positive | None = None
    seed: int = Field(default=1, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _seeds_are_nobodys(self) -> "Student":
        if self.arm == "seeds_only" and self.generator:
            raise ValueError("seed questions are no generator's: leave `generator` out")
        return self


class Evaluation(Settings):
    """What students and bases are asked: every benchmark question with an answer, and questions of held-out families.

    Attributes:
        sampling: How they answer; greedy, as the paper's do (pass@1).
        num_samples: Answers besides, for maj@k; 0 asks for none.
        majority: How those are sampled.
        max_questions: Questions of each benchmark at most, a seeded sample; None asks all.
        groups: Benchmarks of several sources, counted as one: a name, and those of its sources.
        lm_eval_task: Task of lm-evaluation-harness that reads and compares answers in the cross-check of students.
            `gsm8k` reads numbers.
        held_out: Families of problems that no text is screened against. Questions among the seeds are left out, and in
            the report those that a student learned from.
    """

    sampling: Sampling = Sampling(temperature=0.0, max_tokens=2048)
    num_samples: int = Field(default=0, ge=0, le=256)
    majority: Sampling = Sampling(temperature=0.7, top_p=0.95, max_tokens=2048)
    max_questions: Positive | None = None
    groups: dict[Identifier, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)
    lm_eval_task: str = Field(default="gsm8k", min_length=1)
    held_out: tuple[FamiliesSource, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> "Evaluation":
        names = [source_name(source) for source in self.held_out]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"held_out: two sources are named {', '.join(twice)}: give one another `name`")
        if self.num_samples and not self.majority.temperature:
            raise ValueError("majority.temperature is 0, at which all samples are the same text")
        return self


class Students(Settings):
    """Models that are trained on the data: those that are named, and they are made where they are asked for.

    Attributes:
        bases: The models that they start from, by names of their own; each is a student too, untrained.
        trained: The students, by names of their own.
        evaluation: What all of them are asked.
    """

    bases: dict[Identifier, StudentBase] = Field(default_factory=dict)
    trained: dict[Identifier, Student] = Field(default_factory=dict)
    evaluation: Evaluation = Evaluation()

    @model_validator(mode="after")
    def _fit(self) -> "Students":
        if both := sorted(set(self.bases) & set(self.trained)):
            raise ValueError(f"both a base and a student: {', '.join(both)}")
        if len(self.names) > MAX_STUDENTS:
            raise ValueError(f"{len(self.names)} bases and students: at most {MAX_STUDENTS}")
        return self

    @property
    def names(self) -> list[str]:
        """All students, the bases first."""
        return [*self.bases, *self.trained]

    def model_of(self, name: str) -> str:
        """Return the name of the model that a student starts from, or that a base is."""
        return self.bases[self.trained[name].base if name in self.trained else name].model

    def slice_of(self, name: str, resolve: Callable[[str], Any]) -> dict[str, Any]:
        """Return what belongs to one student alone.

        Args:
            name: A student or a base.
            resolve: Returns what the profile says of a model.
        """
        student = self.trained.get(name)
        own = student.model_dump(mode="json") if student else {"base": name, "arm": UNTRAINED}
        base = self.bases[own["base"]]
        told = {"model": resolve(base.model), **base.model_dump(mode="json", include={"prompt_style", "plain"})}
        return {**own, **told, **({"training": base.training.model_dump(mode="json")} if student else {})}
