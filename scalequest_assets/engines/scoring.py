"""Models that score: which of them can, and what they are given of a text.

Two kinds are known: sequence classification with one output, whose score is read at the last token that is no padding;
and reward models with code of their own (InternLM2-Reward, Qwen2.5-Math-RM), which `config.json` maps to `AutoModel`.
Of these, InternLM2-Reward reads its score at a token that it wants at the end of every text.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from scalequest_assets.errors import EngineError


def brings_own_class(config: Any) -> bool:
    """Whether a model is of a class that its repository brings and opens as `AutoModel`."""
    own = (getattr(config, "auto_map", None) or {}).get("AutoModel")
    return isinstance(own, str) and own.rpartition(".")[2] in (config.architectures or [])


def check_can_score(config: Any, model_path: str, *, trust_remote_code: bool) -> None:
    """Refuse a model whose configuration says that it gives no score, before its weights are loaded.

    Raises:
        EngineError: It writes text, it has several outputs, or its own code is not allowed.
    """
    if brings_own_class(config):
        if not trust_remote_code:
            raise EngineError(
                f"{model_path!r} scores with code of its own ({config.architectures[0]}), which is not allowed to run",
                "if you trust its makers: scalequest run --set models.NAME.trust_remote_code=true",
            )
        return
    names = config.architectures or []
    if names and not any(name.endswith("ForSequenceClassification") for name in names):
        raise EngineError(
            f"{model_path!r} is a {names[0]}: it has no head that scores, and a random one would say nothing",
            "name a reward model: a sequence classification with one output",
        )
    if config.num_labels != 1:
        raise EngineError(
            f"{model_path!r} has {config.num_labels} outputs, and a score needs a model with one", "name another model"
        )


def end_token(config: Any) -> int | None:
    """Return the token at which a model reads its score and that every text must end with; None for most models."""
    return getattr(config, "reward_token_id", None)


def fitted(ids: list[int], max_length: int, end: int | None) -> list[int]:
    """Return what a model reads of a text: cut to its length, and closed by the token that it wants at the end."""
    return ids[:max_length] if end is None else [*ids[: max_length - 1], end]


def chosen(log_probabilities: Mapping[int, float], tokens: tuple[Sequence[int], Sequence[int]]) -> float:
    """Return the probability of the first of two answers where one of both follows; see `base.Choice`.

    Args:
        log_probabilities: Of the answers' tokens, or their logits: a common summand makes no difference.
        tokens: Those that begin each of the answers.
    """
    most = max(log_probabilities[token] for answer in tokens for token in answer)
    this, other = (sum(math.exp(log_probabilities[token] - most) for token in answer) for answer in tokens)
    return this / (this + other)
