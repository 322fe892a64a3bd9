"""Engines whose model is on a managed vLLM server, shared by runs; see `server_lease`.

A server that dies is started again once in a call, and the rows that were not answered are sent again; if the second
dies too, the call ends with an `EngineError`. Rows that were yielded before are the caller's in either case.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scalequest_assets.engines.base import (
    Choice,
    Completion,
    EngineInfo,
    FinishReason,
    Request,
    RowError,
    Sampling,
    Score,
    refusal,
)
from scalequest_assets.engines.chat import TokenReader, choice_tokens, encode, load_tokenizer, stop_token_ids
from scalequest_assets.engines.loading import scoring_config
from scalequest_assets.engines.openai.sending import Failure, Outcome
from scalequest_assets.engines.scoring import chosen, end_token
from scalequest_assets.engines.server.client import Post, ServedModel, Servers
from scalequest_assets.errors import EngineError

_REASONS: Final[dict[str, FinishReason]] = {"stop": "stop", "length": "length"}


class ServedEngine:
    """A causal language model on a managed server. Implements `GenerationEngine`.

    Args:
        model_path: Directory, hub id, or directory with a LoRA adapter.
        servers: Where its server is looked for or started, and how.
        dtype: `bfloat16`, `float16`, `float32` or `auto`.
        revision: Of a hub id.
        identity: What else distinguishes models at the same path, such as a fingerprint.
        trust_remote_code: Whether code from the model's repository may run.
    """

    def __init__(
        self,
        model_path: str,
        servers: Servers,
        *,
        dtype: str = "bfloat16",
        revision: str | None = None,
        identity: str = "",
        trust_remote_code: bool = False,
    ) -> None:
        self.model_path = model_path
        trusted: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
        self._tokenizer = load_tokenizer(model_path, **trusted)
        self._stop_ids = sorted(stop_token_ids(self._tokenizer, _generation_config(model_path, **trusted)))
        self._reader = TokenReader(self._tokenizer)
        spec = servers.build(model_path, "generate", servers.settings, dtype=dtype, identity=identity, **trusted)
        self._info, self._server = spec.info, ServedModel(spec, servers)

    @property
    def info(self) -> EngineInfo:
        """Return what runs the model."""
        return self._info

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        """Complete those requests that are missing, yielding rows as they finish; see `GenerationEngine`.

        A prompt that fills the model's context becomes an error. A row whose prompt leaves less room than
        `sampling.max_tokens` ends at the context's end with `length`.
        """
        wanted = frozenset(missing)

        async def ask(post: Post, request: Request) -> _Written:
            return await self._ask(post, request, sampling)

        with closing(self._server.outcomes([r for r in requests if r.id in wanted], ask)) as outcomes:
            for outcome in outcomes:
                yield _completion(outcome)

    def choose(self, requests: Sequence[Request], choice: Choice, missing: Collection[str]) -> Iterator[Score]:
        """Choose for those requests that are missing; see `GenerationEngine`."""
        wanted, tokens = frozenset(missing), choice_tokens(self._tokenizer, choice)

        async def ask(post: Post, request: Request) -> _Scored:
            return await self._ask_choice(post, request, tokens)

        with closing(self._server.outcomes([r for r in requests if r.id in wanted], ask)) as outcomes:
            for outcome in outcomes:
                yield _score(outcome)

    def close(self) -> None:
        """Give the server back; it goes on for a while, and then its memory is free."""
        self._server.close()

    async def _ask(self, post: Post, request: Request, sampling: Sampling) -> "_Written":
        ids, context = encode(self._tokenizer, [request.prompt])[0], self._server.context
        if error := refusal(len(ids), context):
            return _Written(prompt_tokens=len(ids), error=error)
        body = {
            "prompt": ids,
            "max_tokens": min(sampling.max_tokens, context - len(ids)),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": request.seed,
            "stop_token_ids": self._stop_ids,
            "return_token_ids": True,
        }
        written, reason = _read_tokens(await post("/v1/completions", body))
        # Decoded here and not by the server, so that every engine makes the same text of the same tokens.
        text, reasoning, _ = self._reader.read(written, request.prompt)
        return _Written(
            prompt_tokens=len(ids), text=text, reasoning=reasoning, finish_reason=reason, num_tokens=len(written)
        )

    async def _ask_choice(self, post: Post, request: Request, tokens: tuple[list[int], list[int]]) -> "_Scored":
        ids = encode(self._tokenizer, [request.prompt])[0]
        if error := refusal(len(ids), self._server.context):
            return _Scored(prompt_tokens=len(ids), error=error)
        body = {
            "prompt": ids,
            "max_tokens": 1,
            "temperature": 0.0,
            "logprobs": 1,  # it wants some number, and goes by the list
            "logprob_token_ids": [*tokens[0], *tokens[1]],
            "return_tokens_as_token_ids": True,
        }
        value = _read_choice(await post("/v1/completions", body), tokens)
        return _Scored(value=value, prompt_tokens=len(ids))


class ServedScorer:
    """A sequence-classification model with one output on a managed server. Implements `ScoringEngine`.

    Args:
        model_path: Directory or hub id.
        servers: Where its server is looked for or started, and how.
        dtype: `bfloat16`, `float16`, `float32` or `auto`. A score's differences are small: float32 where it can be
            afforded.
        revision: Of a hub id.
        identity: What else distinguishes models at the same path, such as a fingerprint.
        trust_remote_code: Whether code from the model's repository may run.
    """

    def __init__(
        self,
        model_path: str,
        servers: Servers,
        *,
        dtype: str = "float32",
        revision: str | None = None,
        identity: str = "",
        trust_remote_code: bool = False,
    ) -> None:
        self.model_path = model_path
        trusted: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
        if end_token(scoring_config(model_path, **trusted)) is not None:
            raise EngineError(
                f"{model_path!r} scores each token of a text, which the managed server is not asked for",
                "run it in this process: --set engine.kind=vllm, or transformers",
            )
        self._tokenizer = load_tokenizer(model_path, **trusted)
        spec = servers.build(model_path, "score", servers.settings, dtype=dtype, identity=identity, **trusted)
        self._info, self._server = spec.info, ServedModel(spec, servers)

    @property
    def info(self) -> EngineInfo:
        """Return what runs the model."""
        return self._info

    def score(self, requests: Sequence[Request], missing: Collection[str]) -> Iterator[Score]:
        """Score those texts that are missing; see `ScoringEngine`. Longer ones are cut and flagged `is_truncated`."""
        wanted = frozenset(missing)
        with closing(self._server.outcomes([r for r in requests if r.id in wanted], self._ask)) as outcomes:
            for outcome in outcomes:
                yield _score(outcome)

    def close(self) -> None:
        """Give the server back; it goes on for a while, and then its memory is free."""
        self._server.close()

    async def _ask(self, post: Post, request: Request) -> "_Scored":
        ids = encode(self._tokenizer, [request.prompt])[0]
        kept = ids[: self._server.context]
        if not kept:
            return _Scored(error=RowError(kind="empty_prompt", message="nothing to score"))
        # Raw logits: by default vLLM applies a sigmoid.
        answer = await post("/classify", {"input": kept, "use_activation": False})
        value = _read_logit(answer, self.model_path)
        return _Scored(value=value, prompt_tokens=len(kept), is_truncated=len(kept) < len(ids))


def _generation_config(model_path: str, revision: str | None, trust_remote_code: bool) -> Any:
    """Return a model's generation config, of which the tokens that end a text are needed."""
    from transformers import AutoConfig, GenerationConfig

    adapter = Path(model_path) / "adapter_config.json"
    if adapter.is_file():
        fields = json.loads(adapter.read_text(encoding="utf-8"))
        return _generation_config(fields["base_model_name_or_path"], fields.get("revision"), trust_remote_code)
    try:
        return GenerationConfig.from_pretrained(model_path, revision=revision or "main")
    except OSError:
        config = AutoConfig.from_pretrained(model_path, revision=revision, trust_remote_code=trust_remote_code)
        return GenerationConfig.from_model_config(config)


@dataclass(frozen=True, kw_only=True)
class _Written:
    prompt_tokens: int = 0
    text: str = ""
    reasoning: str | None = None
    finish_reason: FinishReason = "error"
    num_tokens: int = 0
    error: RowError | None = None


@dataclass(frozen=True, kw_only=True)
class _Scored:
    value: float | None = None
    prompt_tokens: int = 0
    is_truncated: bool = False
    error: RowError | None = None


def _completion(outcome: Outcome[_Written]) -> Completion:
    answer = outcome.answer or _Written()
    return Completion(
        id=outcome.request.id,
        text=answer.text,
        reasoning=answer.reasoning,
        finish_reason=answer.finish_reason,
        prompt_tokens=answer.prompt_tokens,
        num_tokens=answer.num_tokens,
        engine_s=outcome.engine_s,
        num_retries=outcome.num_retries,
        error=answer.error or outcome.error,
    )


def _score(outcome: Outcome[_Scored]) -> Score:
    answer = outcome.answer or _Scored()
    return Score(
        id=outcome.request.id,
        value=answer.value,
        prompt_tokens=answer.prompt_tokens,
        engine_s=outcome.engine_s,
        is_truncated=answer.is_truncated,
        num_retries=outcome.num_retries,
        error=answer.error or outcome.error,
    )


def _read_tokens(answer: Any) -> tuple[list[int], FinishReason]:
    try:
        choice = answer["choices"][0]
        return list(choice["token_ids"]), _REASONS[choice["finish_reason"]]
    except (KeyError, IndexError, TypeError) as error:
        raise Failure("bad_answer", f"the answer is no completion with token ids: {error!r}") from None


def _read_choice(answer: Any, tokens: tuple[list[int], list[int]]) -> float:
    try:
        found = answer["choices"][0]["logprobs"]["top_logprobs"][0]
        return chosen({token: float(found[f"token_id:{token}"]) for part in tokens for token in part}, tokens)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Failure("bad_answer", f"the answer has no log probabilities of the tokens: {error!r}") from None


def _read_logit(answer: Any, model: str) -> float:
    try:
        logits = [float(logit) for logit in answer["data"][0]["probs"]]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Failure("bad_answer", f"the answer is no classification: {error!r}") from None
    if len(logits) != 1:
        raise EngineError(
            f"{model} has {len(logits)} outputs, and a score needs a model with one", "name another model"
        )
    return logits[0]
