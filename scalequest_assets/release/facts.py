"""What a card tells of a release beside its rows: plain data, filled in by who knows profile and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from scalequest_assets.recipe.settings import ArithmeticRule, Selection
from scalequest_assets.subjects import base


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that took part.

    Attributes:
        name: Its name in the profile.
        source: What it is, for who looks for it: the id on the hub or a server, or the name of its file or package.
        version: Commit, hash or date; None where the release does not know it.
        license: Hub identifier of its licence.
        roles: What it did.
    """

    name: str
    source: str
    version: str | None
    license: str
    roles: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source of questions.

    Attributes:
        name: Its name in the profile.
        what: Its kind and where it is from: an id of the hub, the name of a file, a style of problem families.
        license: Hub identifier of its licence; None for a benchmark, which nothing is taken from.
        num_questions: How many were compared with; None where that is not counted.
    """

    name: str
    what: str
    license: str | None = None
    num_questions: int | None = None


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What models are asked in one step, as a template.

    Attributes:
        stage: The step, in words.
        text: The user's message, with `{question}` where the question goes.
    """

    stage: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How a model drew its tokens in one step.

    Attributes:
        stage: The step, in words.
        model: Name of the model.
        temperature: 0 is greedy.
        top_p: Nucleus probability mass.
        max_tokens: Most tokens of a text.
        num_samples: Texts for each question.
    """

    stage: str
    model: str
    temperature: float
    top_p: float
    max_tokens: int
    num_samples: int = 1


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a card tells.

    Attributes:
        name: The profile's name.
        description: The profile's description.
        about: What the subject says of itself.
        reward: Name of the function in `verifier` that compares answers of the subject.
        license: The profile's word on the data set's licence; None derives it.
        is_rewritten: Whether generators learn from rewritten questions; else from pairs of their own.
        is_judged: Whether a judge has a say in which questions are kept.
        is_masked: Whether questions were compared with benchmarks without their numbers too.
        selection: Which response is chosen.
        false_equalities: What one in a response does to it.
        models: Models that took part.
        seeds: Sources that generators learned from.
        benchmarks: Held-out questions that nothing may be taken from.
        prompts: What models were asked.
        samplings: How they drew.
        meanings: What each drop reason means.
        ngram: Tokens in a row that a question may not share with a benchmark's.
        threshold: Jaccard similarity from which two questions are compared as near-duplicates.
        response_tokens: Tokens of each released response; None where they are not known.
        costs: Rows of `costs`.
        currency: Of the costs' money.
    """

    name: str
    description: str = ""
    about: base.Card
    reward: str = "answer_reward"
    license: str | None = None
    is_rewritten: bool = True
    is_judged: bool = True
    is_masked: bool = True
    selection: Selection = "reward"
    false_equalities: ArithmeticRule = "rank_last"
    models: Sequence[Model] = ()
    seeds: Sequence[Source] = ()
    benchmarks: Sequence[Source] = ()
    prompts: Sequence[Prompt] = ()
    samplings: Sequence[Sampling] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)
    ngram: int
    threshold: float
    response_tokens: pl.Series | None = None
    costs: pl.DataFrame
    currency: str = "USD"
