"""Engines that run models with vLLM, on GPUs or on a CPU, started and stopped by this process."""

import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from types import SimpleNamespace
from typing import Any, ClassVar, Final

from scalequest_assets.engines.base import (
    Choice,
    Completion,
    EngineInfo,
    Request,
    Sampling,
    Score,
    failed,
    refusal,
)
from scalequest_assets.engines.chat import TokenReader, choice_tokens, encode, load_tokenizer, stop_token_ids
from scalequest_assets.engines.scoring import check_can_score, chosen, end_token, fitted
from scalequest_assets.engines.vllm.process import VllmProcess
from scalequest_assets.engines.vllm.settings import DEFAULT_VLLM, VllmSettings
from scalequest_assets.errors import EngineError

_WINDOW: Final = 2  # rows handed to vLLM, in multiples of those that it works on: none of its places waits for us
_ENCODED: Final = 256  # rows tokenized at a time

_Row = tuple[Request, list[int], Any]
"""A request, its token ids, and vLLM's parameters; None for a row that vLLM is not asked."""


class _VllmModel(ABC):
    """A model that vLLM runs, and the loop that feeds it and takes finished rows out.

    Args:
        model_path: Directory or hub id.
        revision: Of a hub id.
        trust_remote_code: Whether code from the model's repository may run.
        dtype: `bfloat16`, `float16`, `float32`, or `auto`: what the device is fast at.
        settings: How vLLM runs it.

    Raises:
        EngineError: vLLM is not installed, or cannot run the model.
    """

    _purpose: ClassVar[dict[str, Any]]
    """vLLM's settings for what the model is used for."""

    def __init__(
        self,
        model_path: str,
        *,
        revision: str | None = None,
        trust_remote_code: bool = False,
        dtype: str,
        settings: VllmSettings = DEFAULT_VLLM,
    ) -> None:
        self.model_path = model_path
        self._window = _WINDOW * settings.max_num_seqs
        self._tokenizer = load_tokenizer(model_path, revision=revision, trust_remote_code=trust_remote_code)
        fields = {
            "model": model_path,
            "revision": revision,
            "trust_remote_code": trust_remote_code,
            "dtype": dtype,
            **settings.model_dump(exclude={"batch_invariant"}),  # vLLM's own names
            "skip_tokenizer_init": True,  # token ids go in and come out
            "disable_log_stats": True,
            "use_tqdm_on_load": False,
        }
        self._process: VllmProcess | None = VllmProcess(
            fields | self._purpose, is_batch_invariant=settings.batch_invariant
        )
        self._info = self._process.info
        self._context = int(self._process.llm.model_config.max_model_len)
        try:
            self._prepare(self._process.llm.model_config)
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> EngineInfo:
        """Return what runs the model."""
        return self._info

    def close(self) -> None:
        """End vLLM's processes, and with them all that they hold. The engine cannot be used afterwards."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    @abstractmethod
    def _prepare(self, model_config: Any) -> None:
        """Read off vLLM's model configuration what the model's use needs."""

    def _given(self, ids: list[int]) -> list[int]:
        """Return the token ids that vLLM is given for a row's."""
        return ids

    def _encoded(self, requests: Sequence[Request], missing: Collection[str]) -> Iterator[tuple[Request, list[int]]]:
        """Yield missing requests with their token ids, tokenized as they are needed."""
        wanted = (request for request in requests if request.id in missing)
        while batch := list(islice(wanted, _ENCODED)):
            yield from zip(batch, encode(self._tokenizer, [r.prompt for r in batch]), strict=True)

    def _run(self, rows: Iterator[_Row]) -> Iterator[tuple[Request, list[int], Any, float]]:
        """Have rows computed; yield each with vLLM's output and its share of the seconds, in the order they finish.

        A row without parameters comes back at once, with output None. Whoever closes the iterator early takes back
        the rows that are not finished.
        """
        process = self._process
        if process is None:
            raise EngineError(f"the engine of {self.model_path!r} is closed", "open the model again")
        if process.llm.has_unfinished_requests():
            raise EngineError(f"{self.model_path!r} is at work for another caller", "let that one finish, or close it")
        running: dict[str, tuple[Request, list[int], float]] = {}
        share, clock = 0.0, time.perf_counter()
        try:
            while True:
                taken = list(islice(rows, self._window - len(running)))
                for request, ids, params in taken:
                    if params is None:
                        yield request, ids, None, 0.0
                    else:
                        process.ask(request.id, self._given(ids), params)
                        running[request.id] = request, ids, share
                if not running:
                    if not taken:
                        return
                    continue  # all of them came back at once
                outputs = process.step()
                now = time.perf_counter()
                share, clock = share + (now - clock) / len(running), now
                for output in outputs:
                    request, ids, started = running.pop(output.request_id)
                    yield request, ids, output, share - started
        finally:
            if running and self._process is process:
                process.take_back(list(running))


class VllmEngine(_VllmModel):
    """A causal language model. Implements `GenerationEngine`; arguments as in `_VllmModel`."""

    _purpose: ClassVar[dict[str, Any]] = {"runner": "generate", "enable_prefix_caching": True}

    def _prepare(self, model_config: Any) -> None:
        generation_config = SimpleNamespace(**model_config.try_get_generation_config())
        self._stop_ids = sorted(stop_token_ids(self._tokenizer, generation_config))
        self._reader = TokenReader(self._tokenizer)

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        """Complete the missing requests, yielding rows as they finish.

        A prompt that fills the model's context becomes a completion with `finish_reason` `error`. A row whose prompt
        leaves less room than `sampling.max_tokens` ends at the context's end with `length`.
        """
        rows = ((r, ids, self._params(r, len(ids), sampling)) for r, ids in self._encoded(requests, missing))
        for request, ids, output, seconds in self._run(rows):
            if error := refusal(len(ids), self._context):
                yield failed(request.id, error, len(ids))
                continue
            written = output.outputs[0]
            token_ids = list(written.token_ids)
            said = self._reader.read(token_ids, request.prompt)
            yield Completion(
                id=request.id,
                text=said.text,
                reasoning=said.reasoning,
                finish_reason="stop" if written.finish_reason == "stop" else "length",
                prompt_tokens=len(ids),
                num_tokens=len(token_ids),
                engine_s=seconds,
            )

    def choose(self, requests: Sequence[Request], choice: Choice, missing: Collection[str]) -> Iterator[Score]:
        """Choose for the missing requests; see `GenerationEngine`."""
        from vllm import SamplingParams

        tokens = choice_tokens(self._tokenizer, choice)
        both = [*tokens[0], *tokens[1]]
        params = SamplingParams(temperature=0.0, max_tokens=1, logprob_token_ids=both, detokenize=False)
        encoded = self._encoded(requests, missing)
        rows = ((r, ids, None if refusal(len(ids), self._context) else params) for r, ids in encoded)
        for request, ids, output, seconds in self._run(rows):
            error = refusal(len(ids), self._context)
            value = None if error else chosen(_log_probabilities(output), tokens)
            yield Score(id=request.id, value=value, prompt_tokens=len(ids), engine_s=seconds, error=error)

    def _params(self, request: Request, prompt_tokens: int, sampling: Sampling) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        if refusal(prompt_tokens, self._context):
            return None
        return SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=min(sampling.max_tokens, self._context - prompt_tokens),
            seed=request.seed,
            stop_token_ids=self._stop_ids,
            detokenize=False,  # all tokens of a row at once are decoded faster, and as the transformers engine does
            output_kind=RequestOutputKind.FINAL_ONLY,
        )


class VllmScorer(_VllmModel):
    """A sequence-classification model with one output. Implements `ScoringEngine`; arguments as in `_VllmModel`."""

    _purpose: ClassVar[dict[str, Any]] = {"runner": "pooling"}

    def _prepare(self, model_config: Any) -> None:
        config = model_config.hf_config
        check_can_score(config, self.model_path, trust_remote_code=model_config.trust_remote_code)
        self._end = end_token(config)
        pads = (
            getattr(model_config.hf_text_config, "pad_token_id", None),
            self._tokenizer.pad_token_id,
            self._tokenizer.eos_token_id,
        )
        self._pad_id = next((pad for pad in pads if pad is not None), 0)

    def score(self, requests: Sequence[Request], missing: Collection[str]) -> Iterator[Score]:
        """Score the missing texts, yielding rows as they finish. Texts over the model's length are cut and flagged."""
        from vllm import PoolingParams

        # The logit, as transformers gives it; of a model that scores each token, that of the last.
        params = PoolingParams(task="classify" if self._end is None else "token_classify", use_activation=False)
        rows = ((r, ids, params) for r, ids in self._encoded(requests, missing))
        for request, ids, output, seconds in self._run(rows):
            yield Score(
                id=request.id,
                value=float(output.outputs.data.reshape(-1)[-1]),
                prompt_tokens=max(1, len(fitted(ids, self._context, self._end))),
                engine_s=seconds,
                is_truncated=len(ids) > self._context - (self._end is not None),
            )

    def _given(self, ids: list[int]) -> list[int]:
        """Cut a text to the context, and to its last token that is not padding: there transformers reads the score."""
        kept = fitted(ids, self._context, self._end) or [self._pad_id]
        end = len(kept)
        while end > 1 and kept[end - 1] == self._pad_id:
            end -= 1
        return kept[:end]


def _log_probabilities(output: Any) -> dict[int, float]:
    """Return the log probabilities that a row of one token came with, by token."""
    return {token: float(found.logprob) for token, found in output.outputs[0].logprobs[0].items()}
