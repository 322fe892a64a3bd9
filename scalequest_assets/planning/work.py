"""What every asset asks of models, in requests and tokens, as far as the profile says before anything has run."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scalequest_assets.config.models import ApiModel
from scalequest_assets.config.profile import TRAINED_ROLE_MODEL, Profile
from scalequest_assets.config.sections import Role, TrainedReward
from scalequest_assets.config.sources import source_name
from scalequest_assets.engines.base import Hyperparameters
from scalequest_assets.planning.assumptions import assumed, assumptions, base_of, num_seed_questions, question_tokens
from scalequest_assets.recipe.prompting import Style
from scalequest_assets.stages import STAGES, Stages
from scalequest_assets.subjects import subject_named

Task = Literal["write", "score", "sft", "dpo", "reward", "regression", "none"]
TRAINS: tuple[Task, ...] = ("sft", "dpo", "reward", "regression")
KeepRate = Callable[[str, str | None], float | None]
"""From an asset and a generator to the share that was kept, where that has been measured."""

Rate = tuple[str, str | None]
"""An asset and a generator (None: all), of which a share is kept."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one asset does for one generator (None: for all).

    Attributes:
        asset: The asset.
        generator: Its generator.
        task: What a model does; `none` where no model runs.
        model: The profile's model it is, or starts from.
        label: What the model is called in `Cost.model`, without its version.
        num_rows: Rows that come in.
        num_kept: Rows that the next stage reads; None where none are dropped.
        num_requests: Completions or scores, or rows trained (times epochs).
        prompt_tokens: Of one request, read.
        completion_tokens: Of one request, written, or trained.
        max_tokens: Most that is written.
        num_epochs: How often a row is trained.
        is_lora: Whether an adapter is trained.
        rates: The shares kept that rows and requests rest on.
        is_of_seeds: Whether they rest on the number of seed questions, too.
    """

    asset: str
    generator: str | None = None
    task: Task
    model: str | None = None
    label: str | None = None
    num_rows: float
    num_kept: float | None = None
    num_requests: float = 0.0
    prompt_tokens: float = 0.0
    completion_tokens: float = 0.0
    max_tokens: float | None = None
    num_epochs: float = 1.0
    is_lora: bool = False
    rates: tuple[Rate, ...] = ()
    is_of_seeds: bool = False


def works(profile: Profile, measured: KeepRate, stages: Stages = STAGES) -> list[Work]:
    """Return the work of all assets, in the order of the stages.

    Args:
        profile: What is planned.
        measured: Shares that were kept, where known; the rest is assumed.
        stages: The assets. Of a screening stage that is not known here, it is planned that it runs no model.
    """
    found = [*_shared(profile, measured)]
    for generator in profile.generators:
        found += _tuning(profile, generator, measured)
        found += _screening(profile, generator, measured, stages)
    return sorted(found, key=lambda work: stages.planned.index(work.asset))


def _tuning(profile: Profile, generator: str, measured: KeepRate) -> Iterator[Work]:
    settings, base = profile.question_tuning, profile.generators[generator].base
    prefix, raw = assumed(profile, "tokens.prefix"), question_tokens(profile, generator)
    num_raw, better = float(settings.num_raw_questions), _length(profile, generator, longest=math.inf)
    rate = measured("optimized_questions", generator) or _pair_share(profile)
    num_pairs = num_raw * rate
    num_seeds = num_seed_questions(profile, generator)
    own = Work(asset="qft_model", generator=generator, task="sft", model=base, label=base, num_rows=num_seeds)
    yield replace(_trained(own, settings.qft, prefix + raw), is_of_seeds=True)
    sampled = _sampled(profile, own, raw, "qft_model")
    yield replace(sampled, asset="raw_questions", num_rows=num_raw, num_requests=num_raw)
    rates = (("optimized_questions", generator),)
    first, *others = _paired(profile, num_raw, raw, better)
    yield replace(first, generator=generator, num_kept=num_pairs, rates=rates)
    yield from (replace(work, generator=generator, num_rows=0.0) for work in others)
    pairs = replace(own, asset="qpo_model", task="dpo", label=f"qft_model/{generator}", num_rows=num_pairs, rates=rates)
    pair_tokens = 2 * prefix + better + raw
    yield _trained(pairs, settings.qpo, 2 * pair_tokens, longest=4 * settings.qpo.max_length)


def _paired(profile: Profile, num: float, raw: float, better: float) -> Iterator[Work]:
    """Yield what is asked to make pairs of so many raw questions, of whose rows the first alone has account."""
    asset, roles, way = "optimized_questions", profile.roles, profile.question_tuning.pairs
    if way == "own_samples":
        passing = num * assumed(profile, "keep.screened_questions")
        yield replace(_judged(profile, asset, passing, raw), num_rows=num)
        solvable = passing * assumed(profile, "keep.solvability_verdicts")
        yield _asked(profile, asset, roles.solver, "solve", solvable, raw, profile.difficulty.num_samples)
        return
    yield _asked(profile, asset, roles.rewriter, "rewriter", num, raw)
    if way == "judged_rewrites":
        yield _judged(profile, asset, 2 * num * _rewritten_share(profile), (raw + better) / 2)


def _pair_share(profile: Profile) -> float:
    """Return the share of raw questions that are expected to become pairs, or their rejected side."""
    match profile.question_tuning.pairs:
        case "own_samples":
            return assumed(profile, "keep.own_samples")
        case "judged_rewrites":
            return _rewritten_share(profile) * assumed(profile, "keep.judged_rewrites")
        case "rewrites":
            return _rewritten_share(profile)


def _rewritten_share(profile: Profile) -> float:
    return assumed(profile, f"keep.optimized_questions.{profile.roles.rewriter.prompt_style}")


def _screening(profile: Profile, generator: str, measured: KeepRate, stages: Stages) -> Iterator[Work]:
    """Yield the way of a generator's questions from sampling to what survives, each stage taking what is left."""
    length = _length(profile, generator)
    num, rates = float(profile.num_shards * profile.questions_per_shard), list[Rate]()
    base = profile.generators[generator].base
    own = Work(asset=stages.candidates, generator=generator, task="write", model=base, num_rows=num)
    yield replace(_sampled(profile, own, length, "qpo_model"), num_requests=num)
    for asset in stages.screening:
        share = profile.generators[generator].share_kept if asset == "difficulty_scores" else None
        if share is None:
            share = _share(profile, asset, generator, measured)
            rates.append((asset, generator))
        work = _asked_of_question(profile, asset, num, length)
        yield replace(work, generator=generator, num_kept=num * share, rates=tuple(rates))
        num *= share
    yield from _answers(profile, generator, num, rates, measured)


def _asked_of_question(profile: Profile, asset: str, num: float, length: float) -> Work:
    """Return what a screening stage asks a model about questions of so many tokens; most ask none."""
    if asset == STAGES.provenance["judge_model"] and profile.solvability.evidence:
        return _judged(profile, asset, num, length)
    if asset == "difficulty_scores":
        base = profile.difficulty.base
        scored = Work(asset=asset, task="score", model=base, label="difficulty_model", num_rows=num)
        return replace(scored, num_requests=num, prompt_tokens=length)
    return Work(asset=asset, task="none", num_rows=num)


def _judged(profile: Profile, asset: str, num: float, length: float) -> Work:
    """Return what the judge is asked. Beside texts, a probability is one more prompt that is read: not planned."""
    settings = profile.solvability
    num_texts = settings.num_votes if "votes" in settings.evidence else 1
    asked = _asked(profile, asset, profile.roles.judge, "judge", num, length, num_texts)
    if {*settings.evidence} <= {"probability"}:
        return replace(asked, task="score", completion_tokens=0.0, max_tokens=None)
    return asked


def _answers(profile: Profile, generator: str, num: float, rates: Sequence[Rate], measured: KeepRate) -> Iterator[Work]:
    """Yield the way of a generator's distinct questions to pairs; their number rests on some shares kept."""
    length, style = _length(profile, generator), profile.roles.responder.prompt_style
    answered = _asked(profile, "responses", profile.roles.responder, "solve", num, length, profile.answers.num_samples)
    yield replace(answered, generator=generator, rates=tuple(rates))
    usable = answered.num_requests * _share(profile, "response_scores", generator, measured)
    scored = (*rates, ("response_scores", generator))
    reward = profile.reward_model
    model, label = (reward.base, "reward_model") if isinstance(reward, TrainedReward) else (reward.model, reward.model)
    yield Work(
        asset="response_scores",
        generator=generator,
        task="score",
        model=model,
        label=label,
        num_rows=answered.num_requests,
        num_kept=usable,
        num_requests=usable,
        prompt_tokens=length + _overhead(profile, "solve", style) + answered.completion_tokens,
        rates=scored,
    )
    weak, observed = profile.roles.weak_solver, Work(asset="observed_difficulty", task="none", num_rows=num)
    if weak is not None:
        observed = _asked(profile, observed.asset, weak, "solve", num, length, profile.answers.num_samples)
    yield replace(observed, generator=generator, rates=tuple(rates))
    kept, chosen = num * _share(profile, "qa_pairs", generator, measured), (*scored, ("qa_pairs", generator))
    yield Work(asset="qa_pairs", generator=generator, task="none", num_rows=num, num_kept=kept, rates=chosen)


def _shared(profile: Profile, measured: KeepRate) -> Iterator[Work]:
    """Yield what is done once for all generators."""
    yield from _role_model(profile)
    yield from _judge_measured(profile)
    settings, length = profile.difficulty, question_tokens(profile, None)
    num = min(float(settings.num_questions), num_seed_questions(profile, None))
    answered = _asked(profile, "seed_responses", profile.roles.solver, "solve", num, length, settings.num_samples)
    yield replace(answered, is_of_seeds=True)
    # Scoring what a scorer does not learn from, to measure it, is under 2% of its training's operations: not planned.
    base, learned = settings.base, num * (1 - settings.held_out_share)
    regression = Work(asset="difficulty_model", task="regression", model=base, label=base, num_rows=learned)
    yield replace(_trained(regression, settings.training, length), is_of_seeds=True)
    reward = profile.reward_model
    if isinstance(reward, TrainedReward):
        rate = measured("reward_model", None) or assumed(profile, "keep.reward_model")
        solver = profile.roles.solver
        reply = min(assumed(profile, f"reply.solve.{solver.prompt_style}"), solver.sampling.max_tokens)
        text = length + _overhead(profile, "solve", profile.roles.responder.prompt_style) + reply
        pairs = Work(asset="reward_model", task="reward", model=reward.base, label=reward.base, num_rows=num)
        pairs = replace(pairs, num_rows=num * (1 - reward.held_out_share) * reward.max_pairs_per_question * rate)
        pairs = replace(pairs, rates=(("reward_model", None),), is_of_seeds=True)
        yield _trained(pairs, reward.training, 2 * text, longest=2 * reward.training.max_length)


def _judge_measured(profile: Profile) -> Iterator[Work]:
    """Yield what the judge is asked about questions of which it is known whether they can be solved.

    As if each source had enough that can be broken: those in formulas have none.
    """
    asset, judge = "judge_report", profile.roles.judge.model
    styles = {*subject_named(profile.subject, profile.language).families.styles}
    named = {source_name(source) for source in (*profile.seeds.sources, *profile.benchmarks.sources)}
    num = 2.0 * profile.study.num_judged * len((named & styles or styles) | named)
    asked = _judged(profile, asset, num, question_tokens(profile, None))
    yield asked
    is_api = isinstance(profile.models[base_of(profile, judge)], ApiModel)
    if asked.task == "write" and not is_api:  # how probable Yes is, too
        yield replace(asked, task="score", num_rows=0.0, num_requests=num, completion_tokens=0.0, max_tokens=None)


def _role_model(profile: Profile) -> Iterator[Work]:
    settings = profile.role_model
    if settings is None:
        return
    num = float(settings.num_examples)
    taught = Work(asset="role_model", task="sft", model=settings.base, label=settings.base, num_rows=num)
    if settings.retrain:
        yield _trained(taught, settings.training, assumed(profile, "tokens.role_example"))
    num_asked = 2.0 * settings.num_held_out  # new instances of known families, and families it never saw
    if not num_asked:
        return
    yield replace(
        taught,
        task="write",
        model=TRAINED_ROLE_MODEL,
        label=TRAINED_ROLE_MODEL,
        num_rows=num_asked,
        num_requests=num_asked,
        prompt_tokens=assumed(profile, "tokens.role_question") + assumed(profile, "tokens.chat"),
        completion_tokens=assumed(profile, "tokens.role_answer"),
    )


def _trained(work: Work, training: Hyperparameters, tokens: float, *, longest: float | None = None) -> Work:
    return replace(
        work,
        num_requests=work.num_rows * training.num_epochs,
        completion_tokens=min(tokens, longest or training.max_length),
        num_epochs=training.num_epochs,
        is_lora=training.lora_rank is not None,
    )


def _sampled(profile: Profile, work: Work, tokens: float, asset: str) -> Work:
    """Return questions sampled from a tuned model: the chat prefix alone is the prompt."""
    longest = profile.question_sampling.max_tokens
    prefix, written = assumed(profile, "tokens.prefix"), min(tokens, longest)
    label = f"{asset}/{work.generator}"
    return replace(work, task="write", label=label, prompt_tokens=prefix, completion_tokens=written, max_tokens=longest)


def _asked(
    profile: Profile, asset: str, role: Role, what: str, num_rows: float, tokens: float, num_samples: int = 1
) -> Work:
    """Return what a role is asked about rows of so many tokens."""
    return Work(
        asset=asset,
        task="write",
        model=role.model,
        label=role.model,
        num_rows=num_rows,
        num_requests=num_rows * num_samples,
        prompt_tokens=tokens + _overhead(profile, what, role.prompt_style),
        completion_tokens=min(assumed(profile, f"reply.{what}.{role.prompt_style}"), role.sampling.max_tokens),
        max_tokens=role.sampling.max_tokens,
    )


def _length(profile: Profile, generator: str, longest: float | None = None) -> float:
    """Return the mean length of a generator's questions after QPO, which teaches it to write as the rewriter does.

    Nobody rewrites its own samples. Unless it is said otherwise, no question is longer than the sampling allows.
    """
    is_rewritten = profile.question_tuning.pairs != "own_samples"
    longer = assumed(profile, f"tokens.rewrite.{profile.roles.rewriter.prompt_style}") if is_rewritten else 0.0
    return min(question_tokens(profile, generator) + longer, longest or profile.question_sampling.max_tokens)


def _share(profile: Profile, asset: str, generator: str, measured: KeepRate) -> float:
    """Return the share that an asset keeps: as measured, else as assumed, all where nothing is assumed of it."""
    rate = measured(asset, generator)
    if rate is not None:
        return rate
    return assumed(profile, f"keep.{asset}") if f"keep.{asset}" in assumptions(profile) else 1.0


def _overhead(profile: Profile, what: str, style: Style) -> float:
    return assumed(profile, "tokens.chat") + assumed(profile, f"prompt.{what}.{style}")
