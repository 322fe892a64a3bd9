"""Engines that run models with transformers, in this process: on a CPU for small models, on one GPU otherwise."""

import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import compress
from typing import Any

from scalequest_assets.engines.base import (
    Asked,
    Choice,
    Completion,
    EngineInfo,
    Request,
    RowError,
    Sampling,
    Score,
    failed,
    refusal,
)
from scalequest_assets.engines.chat import TokenReader, choice_tokens, encode, load_tokenizer, stop_token_ids
from scalequest_assets.engines.loading import best_device, device_name, free_memory, load_model
from scalequest_assets.engines.scoring import chosen, end_token, fitted
from scalequest_assets.engines.settings import DEFAULT_ENGINE
from scalequest_assets.errors import EngineError

_Formed = tuple[list[Request], list[list[int]]]
"""A batch: requests, and their tokens."""


class TransformersEngine:
    """A causal language model. Implements `GenerationEngine`.

    Args:
        model_path: Directory, hub id, or directory with a LoRA adapter.
        revision: Of a hub id.
        trust_remote_code: Whether code from the model's repository may run.
        dtype: `bfloat16`, `float32` or `auto`; see `load_model`.
        device: `auto`, `cpu`, `cuda`, `mps`.
        batch_size: Most rows in a batch.
        max_batch_tokens: Most tokens, prompts and completions, that a batch may come to hold.
    """

    def __init__(
        self,
        model_path: str,
        *,
        revision: str | None = None,
        trust_remote_code: bool = False,
        dtype: str = "bfloat16",
        device: str = "auto",
        batch_size: int = DEFAULT_ENGINE.batch_size,
        max_batch_tokens: int = 65_536,
    ) -> None:
        self.model_path = model_path
        self._batch_size, self._max_batch_tokens = batch_size, max_batch_tokens
        self._tokenizer = load_tokenizer(model_path, revision=revision, trust_remote_code=trust_remote_code)
        model = load_model(model_path, "causal", dtype=dtype, revision=revision, trust_remote_code=trust_remote_code)
        self._model = _placed(model, device)
        self._stop_ids = stop_token_ids(self._tokenizer, model.generation_config)
        self._reader = TokenReader(self._tokenizer)
        self._context = _context_length(model)

    @property
    def info(self) -> EngineInfo:
        """Return what runs the model: rows of one list of requests are the same whenever they are made here."""
        return _info(self._model)

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, missing: Collection[str]
    ) -> Iterator[Completion]:
        """Complete those planned batches that lack a row, yielding rows as they finish."""
        for batch in self.plan(requests, sampling):
            if any(request.id in missing for request in batch):
                yield from self.complete(batch, sampling, missing)

    def plan(self, requests: Sequence[Request], sampling: Sampling) -> list[list[Request]]:
        """Cut requests, sorted by (prompt length, id), into batches of like length."""
        lengths = [len(ids) for ids in encode(self._tokenizer, [r.prompt for r in requests])]
        spans = [min(length + sampling.max_tokens, self._context) for length in lengths]
        order = sorted(range(len(requests)), key=lambda i: (lengths[i], requests[i].id))
        batches = _cut([spans[i] for i in order], self._batch_size, self._max_batch_tokens)
        return [[requests[order[i]] for i in batch] for batch in batches]

    def batches(self, requests: Sequence[Request], asked: Asked) -> list[list[Request]]:
        """Return the batches of `generate` or `choose`; see `Batched`. Refused prompts are one of their own."""
        if isinstance(asked, Sampling):
            return self.plan(requests, asked)
        rows = encode(self._tokenizer, [r.prompt for r in requests])
        refused = [r for r, ids in zip(requests, rows, strict=True) if refusal(len(ids), self._context)]
        formed = _of_like_length(*self._fitting(requests, rows), len, self._batch_size, self._max_batch_tokens)
        return [batch for batch, _ in formed] + ([refused] if refused else [])

    def complete(
        self, batch: Sequence[Request], sampling: Sampling, missing: Collection[str] | None = None
    ) -> Iterator[Completion]:
        """Complete one planned batch, yielding rows as they finish.

        A prompt that fills the model's context becomes a completion with `finish_reason` `error`. A row whose prompt
        leaves less room than `sampling.max_tokens` ends at the context's end with `length`.
        """
        from scalequest_assets.engines.transformers.decoding import decode

        prompts = encode(self._tokenizer, [r.prompt for r in batch])
        refusals = [refusal(len(ids), self._context) for ids in prompts]
        fitting = [i for i, error in enumerate(refusals) if error is None]
        for request, ids, error in zip(batch, prompts, refusals, strict=True):
            if error:
                yield failed(request.id, error, len(ids))
        if missing is not None:  # those that are refused each time call for no work on their neighbours
            fitting = fitting if any(batch[i].id in missing for i in fitting) else []
        if not fitting:
            return
        for row in decode(
            self._model,
            [prompts[i] for i in fitting],
            seeds=[batch[i].seed for i in fitting],
            budgets=[min(sampling.max_tokens, self._context - len(prompts[i])) for i in fitting],
            sampling=sampling,
            stop_ids=self._stop_ids,
        ):
            request, prompt = batch[fitting[row.row]], prompts[fitting[row.row]]
            if row.is_broken:
                yield failed(request.id, _broken(len(row.token_ids)), len(prompt))
                continue
            said = self._reader.read(row.token_ids, request.prompt)
            yield Completion(
                id=request.id,
                text=said.text,
                reasoning=said.reasoning,
                finish_reason="stop" if row.is_stopped else "length",
                prompt_tokens=len(prompt),
                num_tokens=len(row.token_ids),
                engine_s=row.seconds,
            )

    def choose(self, requests: Sequence[Request], choice: Choice, missing: Collection[str]) -> Iterator[Score]:
        """Choose in those batches of like length that lack a row, one forward pass each; see `GenerationEngine`."""
        tokens = choice_tokens(self._tokenizer, choice)
        rows = encode(self._tokenizer, [r.prompt for r in requests])
        for request, ids in zip(requests, rows, strict=True):
            if error := refusal(len(ids), self._context):
                yield Score(id=request.id, value=None, prompt_tokens=len(ids), engine_s=0.0, error=error)
        formed = _of_like_length(*self._fitting(requests, rows), len, self._batch_size, self._max_batch_tokens)
        for batch in _lacking(formed, missing):
            yield from self._choose_batch(*batch, tokens)

    def close(self) -> None:
        """Give the memory back."""
        self._model = None
        free_memory()

    def _fitting(self, requests: Sequence[Request], rows: list[list[int]]) -> tuple[list[Request], list[list[int]]]:
        """Return those requests that can be continued, and their tokens."""
        fits = [refusal(len(ids), self._context) is None for ids in rows]
        return list(compress(requests, fits)), list(compress(rows, fits))

    def _choose_batch(
        self, batch: list[Request], rows: list[list[int]], tokens: tuple[list[int], list[int]]
    ) -> Iterator[Score]:
        from scalequest_assets.engines.transformers.decoding import next_logits

        started = time.perf_counter()
        both = [*tokens[0], *tokens[1]]
        logits = next_logits(self._model, rows)[:, both].double().tolist()
        values = [chosen(dict(zip(both, row, strict=True)), tokens) for row in logits]
        seconds = (time.perf_counter() - started) / len(batch)
        for request, row, value in zip(batch, rows, values, strict=True):
            yield Score(id=request.id, value=value, prompt_tokens=len(row), engine_s=seconds)


class TransformersScorer:
    """A model that scores: see `engines.scoring`. Implements `ScoringEngine`.

    Args:
        model_path: Directory, hub id, or directory with a LoRA adapter.
        revision: Of a hub id.
        trust_remote_code: Whether code from the model's repository may run.
        dtype: `bfloat16`, `float32` or `auto`. A score's differences are small: float32 where it can be afforded.
        device: `auto`, `cpu`, `cuda`, `mps`.
        max_batch_tokens: Most tokens, padding included, in one forward pass.
    """

    def __init__(
        self,
        model_path: str,
        *,
        revision: str | None = None,
        trust_remote_code: bool = False,
        dtype: str = "float32",
        device: str = "auto",
        max_batch_tokens: int = 8192,
    ) -> None:
        self.model_path = model_path
        self._max_batch_tokens = max_batch_tokens
        self._tokenizer = load_tokenizer(model_path, revision=revision, trust_remote_code=trust_remote_code)
        model = load_model(model_path, "score", dtype=dtype, revision=revision, trust_remote_code=trust_remote_code)
        self._model = _placed(model, device)
        self._context = _context_length(model)
        # The score is read at the last token that is not padding, so the two must agree on what padding is.
        self._pad_id = _pad_id(model, self._tokenizer)
        self._end = end_token(model.config)

    @property
    def info(self) -> EngineInfo:
        """Return what runs the model: scores of one list of requests are the same whenever they are made here."""
        return _info(self._model)

    def score(self, requests: Sequence[Request], missing: Collection[str]) -> Iterator[Score]:
        """Score those batches of like length that lack a row. Texts over the model's context are cut and flagged."""
        for batch in _lacking(self._formed(requests), missing):
            yield from self._score_batch(*batch)

    def batches(self, requests: Sequence[Request], asked: Asked) -> list[list[Request]]:
        """Return the batches of `score`; see `Batched`."""
        return [batch for batch, _ in self._formed(requests)]

    def close(self) -> None:
        """Give the memory back."""
        self._model = None
        free_memory()

    def _formed(self, requests: Sequence[Request]) -> Iterator[_Formed]:
        rows = encode(self._tokenizer, [r.prompt for r in requests])

        def span(row: Sequence[int]) -> int:
            return min(len(row) + (self._end is not None), self._context)

        return _of_like_length(requests, rows, span, len(requests), self._max_batch_tokens)

    def _score_batch(self, batch: list[Request], rows: list[list[int]]) -> Iterator[Score]:
        import torch

        started = time.perf_counter()
        cut = [fitted(row, self._context, self._end) or [self._pad_id] for row in rows]
        width = max(map(len, cut))
        ids = torch.tensor([row + [self._pad_id] * (width - len(row)) for row in cut])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in cut])
        with torch.inference_mode():
            logits = self._model(
                input_ids=ids.to(self._model.device), attention_mask=mask.to(self._model.device)
            ).logits
        if logits.numel() != len(batch):
            raise EngineError(f"{self.model_path!r} gives {logits.numel() // len(batch)} scores", "name another model")
        values = logits.flatten().float().tolist()
        seconds = (time.perf_counter() - started) / len(batch)
        for request, row, kept, value in zip(batch, rows, cut, values, strict=True):
            is_truncated = len(row) > self._context - (self._end is not None)
            yield Score(
                id=request.id, value=value, prompt_tokens=len(kept), engine_s=seconds, is_truncated=is_truncated
            )


def _of_like_length(
    requests: Sequence[Request],
    rows: Sequence[list[int]],
    span: Callable[[Sequence[int]], int],
    max_rows: int,
    max_tokens: int,
) -> Iterator[_Formed]:
    """Yield batches of like length."""
    order = sorted(range(len(requests)), key=lambda i: (len(rows[i]), requests[i].id))
    for batch in _cut([span(rows[i]) for i in order], max_rows, max_tokens):
        indices = [order[i] for i in batch]
        yield [requests[i] for i in indices], [rows[i] for i in indices]


def _lacking(formed: Iterator[_Formed], missing: Collection[str]) -> Iterator[_Formed]:
    """Yield the batches with a row that is missing."""
    return (batch for batch in formed if any(request.id in missing for request in batch[0]))


def _cut(spans: Sequence[int], max_rows: int, max_tokens: int) -> Iterator[list[int]]:
    """Cut ascending lengths into runs of at most `max_rows`, each at most `max_tokens` when padded (but one row)."""
    batch: list[int] = []
    for i, span in enumerate(spans):
        if batch and (len(batch) == max_rows or (len(batch) + 1) * span > max_tokens):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _broken(num_tokens: int) -> RowError:
    return RowError(
        kind="not_finite",
        message=f"after {num_tokens} tokens the model's logits are no numbers: its weights are damaged, it cannot run "
        "in int8, or a value is too large for the dtype (engine.dtype: float32 or bfloat16)",
    )


def _placed(model: Any, device: str) -> Any:
    """Return the model on its device, ready to be asked."""
    from scalequest_assets.engines.frozen import pack

    placed = model.to(best_device() if device == "auto" else device)
    pack(placed)
    return placed


def _info(model: Any) -> EngineInfo:
    import transformers

    kind = model.device.type
    return EngineInfo(
        name=f"transformers {transformers.__version__}",
        device=device_name(kind),
        num_devices=int(kind != "cpu"),
        is_exact=True,
    )


def _context_length(model: Any) -> int:
    return int(getattr(model.config.get_text_config(), "max_position_embeddings", None) or sys.maxsize)


def _pad_id(model: Any, tokenizer: Any) -> int:
    config = model.config.get_text_config()
    if config.pad_token_id is None:
        config.pad_token_id = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    model.config.pad_token_id = config.pad_token_id
    return int(config.pad_token_id)
