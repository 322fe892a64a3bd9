"""The settings of the method, which the profile composes: each is what one module of this package decides by.

They stand apart from what they decide, so that a profile is read without Polars.
"""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from scalequest_assets.settings import Identifier, Positive, Settings, Share

if TYPE_CHECKING:
    import polars as pl

VerdictRule = Literal["final", "lax"]
"""`final`: the verdict at the end. `lax`: the authors' rule, any `yes` in the text passes."""

Evidence = Literal["verdict", "probability", "votes"]
"""`verdict`: what the judge's text says. `probability`: of Yes, as the first word of a verdict, with nothing written.
`votes`: what most of several sampled texts say."""

ArithmeticRule = Literal["count", "rank_last", "drop"]
"""What a false equality in a response does to it."""
Selection = Literal["reward", "reward_in_majority", "majority"]
"""Which response of a question is chosen: that with the highest reward (the paper); the highest among those whose
answer more than half of the samples give, where there is such an answer; or the highest among those of the commonest
answer."""

Arm = Literal["best", "random_response", "majority", "unscreened", "seeds_only"]
"""What a student learns from: see `recipe.arms.select`."""

MOST_VARIANTS = 100
"""Known variants of a question that are counted: questions of a bucket that each new one is compared with."""
_ROUNDING = 1e-9
"""A gap of 0.3 is computed as 0.30000000000000004 or a little less."""
Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Overlap(Settings):
    """When a question counts as taken from a benchmark.

    Attributes:
        ngram: Tokens in a row that must not be shared.
        max_share: Greatest share of a benchmark question's 8-token runs that a question may have.
        masked: Whether to look for copies with other numbers.
        masked_share: Least share of the masked runs that makes a copy.
    """

    cover_ngram: ClassVar[int] = 8
    """Tokens of the runs that cover is measured in. Shorter benchmark questions are compared as a whole."""
    min_masked_words: ClassVar[int] = 15
    """Words, numbers left out, from which a benchmark question takes part in the masked pass."""

    ngram: int = Field(default=13, ge=8)
    max_share: Share = 0.5
    masked: bool = True
    masked_share: float = Field(default=0.7, gt=0, le=1)


DEFAULT_OVERLAP = Overlap()


class TextRules(Settings):
    """Thresholds of the text rules.

    Attributes:
        min_tokens: Fewest tokens of a question, in those of its generator.
        max_tokens: Most tokens of a question, in those of its generator.
        language: What keeps questions of the profile's language: `langid` (py3langid's model), `ascii` (the paper's
            rule; for English), or `off`.
        max_repeated_share: Greatest share of a question's 4-word runs that have occurred in it before.
        ill_posed: Whether the subject's rules drop questions that plainly have no one answer, before a judge is asked.
        contamination: When a question counts as taken from a benchmark.
    """

    min_repetition_words: ClassVar[int] = 24
    """Words from which repetition is looked at."""
    max_character_run: ClassVar[int] = 30
    """Most times that a visible character stands in a row."""

    min_tokens: int = Field(default=8, ge=1)
    max_tokens: int = Field(default=512, ge=1)
    language: Literal["langid", "ascii", "off"] = "langid"
    max_repeated_share: Share = 0.5
    ill_posed: bool = True
    contamination: Overlap = DEFAULT_OVERLAP

    @model_validator(mode="after")
    def _bounds_agree(self) -> "TextRules":
        if self.min_tokens > self.max_tokens:
            raise ValueError(f"min_tokens ({self.min_tokens}) is above max_tokens ({self.max_tokens}): lower it")
        return self


class Solvability(Settings):
    """What decides whether a question can be solved.

    Attributes:
        rule: `final` reads the verdict at the end; `lax` takes any "yes" in the text, as the authors' code does.
        evidence: What decides, one or several of `verdict` (the judge's text), `probability` (of Yes, one pass and
            nothing written) and `votes` (most of several sampled texts). `[]`: nobody is asked and every question goes
            on, for who has no judge that is better than a coin, and lets the answers decide (`answers`).
        combine: Whether `all` of them must say yes, or `any`.
        threshold: Least probability of Yes that counts as one. `judge_report` shows which is best.
        num_votes: Texts sampled of each question for `votes`; `verdict` is that of the first.
    """

    rule: VerdictRule = "final"
    evidence: tuple[Evidence, ...] = ("verdict",)
    combine: Literal["all", "any"] = "all"
    threshold: float = Field(default=0.5, gt=0, le=1)
    num_votes: int = Field(default=5, ge=2)

    @field_validator("evidence")
    @classmethod
    def _once(cls, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        return distinct(evidence)


def distinct(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Return kinds of evidence, none of which may be named twice (`ValueError`)."""
    if len({*evidence}) < len(evidence):
        raise ValueError("a kind of evidence is named twice")
    return evidence


class Dedup(Settings):
    """Near-duplicates on character 5-grams: Jaccard threshold, and how many numeric variants a cluster keeps.

    Attributes:
        threshold: Least Jaccard, on character 5-grams, from which two questions are compared.
        max_variants: Numeric variants that a cluster keeps.
    """

    threshold: float = Field(default=0.7, ge=0.5, le=1)
    max_variants: int = Field(default=3, ge=1)


DEFAULT_DEDUP = Dedup()


class TargetDifficulty(Settings):
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


class Band(Settings):
    """A band of shares, both ends in it.

    Attributes:
        min: Least one; None for no bound.
        max: Greatest one; None for no bound.
    """

    min: Annotated[float, Field(ge=-1, le=1)] | None = None
    max: Annotated[float, Field(ge=-1, le=1)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Band":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}: nothing lies between them")
        return self

    @property
    def is_open(self) -> bool:
        """Whether everything lies in it."""
        return self.min is None and self.max is None

    def leaves_out(self, share: "pl.Expr") -> "pl.Expr":
        """Return whether a share lies outside; never for null."""
        low, high = (-1.0 if self.min is None else self.min), (1.0 if self.max is None else self.max)
        return ~share.is_between(low - _ROUNDING, high + _ROUNDING).fill_null(value=True)


class TokenPrices(Settings):
    """What a server takes for a million tokens.

    Attributes:
        prompt_million: A million tokens read.
        completion_million: A million tokens written.
    """

    prompt_million: float = Field(ge=0)
    completion_million: float = Field(ge=0)


class Prices(Settings):
    """What running models costs.

    Attributes:
        currency: Of all prices.
        gpu_hour: One GPU for an hour; None where that is not counted.
        cpu_hour: The machine for an hour, where models run on its CPU.
        tokens: By model, for those that are paid by token.
    """

    currency: str = "USD"
    gpu_hour: float | None = Field(default=None, ge=0)
    cpu_hour: float | None = Field(default=None, ge=0)
    tokens: dict[Identifier, TokenPrices] = Field(default_factory=dict)


class Limits(Settings):
    """What one command may spend; None for any amount. What is stored already costs nothing.

    Attributes:
        max_tokens: Tokens that models read, write and are trained on, all together.
        max_gpu_hours: Hours of the engines and trainings times their GPUs; a CPU counts none.
        max_usd: Dollars, by `prices`.
    """

    max_tokens: Positive | None = None
    max_gpu_hours: Amount | None = None
    max_usd: Amount | None = None
