"""The decode loop: many prompts in, token ids out, rows leaving the batch as they end.

Against `model.generate` it saves what costs most on small models: no sorting of the vocabulary (see `sampling`), a
cache that grows by blocks and not by copying itself at each token, rows dropped from the batch once done, prompts that
several rows have computed once, and so what all of them begin with.

This module imports torch and transformers: load it only where a model is loaded.
"""

# mypy: allow-untyped-calls
# (torch and transformers are typed in part)

import inspect
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from scalequest_assets.engines.base import Sampling
from scalequest_assets.engines.transformers.sampling import NO_TOKEN, draw, seed_array

_BLOCK: Final = 64  # tokens by which a cache layer grows
_COMPACT_AT: Final = 0.8  # share of rows still unfinished at which the finished are dropped
_MIN_SHARED_PREFIX: Final = 8


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """One finished row.

    Attributes:
        row: Position in the list of prompts.
        token_ids: Generated tokens, the end token included where there is one.
        is_stopped: Whether the last token is an end token.
        is_broken: Whether the model's logits were no numbers after these tokens.
        seconds: The row's share of the time spent: each step's seconds divided among the rows then unfinished.
    """

    row: int
    token_ids: list[int]
    is_stopped: bool
    is_broken: bool
    seconds: float


def decode(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    seeds: Sequence[int],
    budgets: Sequence[int],
    sampling: Sampling,
    stop_ids: frozenset[int],
) -> Iterator[Decoded]:
    """Continue each prompt until an end token or its budget.

    Args:
        model: A causal language model of transformers, in eval mode.
        prompts: Token ids, none empty.
        seeds: One for each prompt, in [0, 2**63).
        budgets: Most tokens for each prompt, at least 1.
        sampling: Temperature and top_p; `max_tokens` is not read.
        stop_ids: Tokens that end a row.

    Yields:
        Rows in the order in which they end.
    """
    decoder = _Decoder(model, prompts, seeds, budgets)
    while decoder.num_unfinished:
        yield from decoder.step(sampling, stop_ids)


@torch.inference_mode()
def next_logits(model: Any, prompts: Sequence[Sequence[int]]) -> torch.Tensor:
    """Return the logits `(rows, vocabulary)` behind each prompt: what `decode` draws its first token from."""
    return _Decoder(model, prompts, seeds=[0] * len(prompts), budgets=[1] * len(prompts)).prefill()


class _Decoder:
    """A batch on its way: what was written for each prompt, and the rows that the model still computes."""

    def __init__(
        self, model: Any, prompts: Sequence[Sequence[int]], seeds: Sequence[int], budgets: Sequence[int]
    ) -> None:
        self._model, self._prompts, self._budgets = model, prompts, budgets
        self._cache = growing_cache(model.config)
        parameters = inspect.signature(model.forward).parameters  # renamed between transformers 5.19 and 5.24
        self._cache_name = "cache" if "cache" in parameters else "past_key_values"
        self._written: list[list[int]] = [[] for _ in prompts]
        self._unfinished = set(range(len(prompts)))
        self._step = 0
        self._seconds = 0.0
        # One entry for each row that is still computed:
        self._rows = list(range(len(prompts)))
        self._seeds = seed_array(seeds)

    @property
    def num_unfinished(self) -> int:
        return len(self._unfinished)

    @torch.inference_mode()
    def step(self, sampling: Sampling, stop_ids: frozenset[int]) -> list[Decoded]:
        """Write one token to each row, and return the rows that ended with it."""
        started, num_unfinished = time.perf_counter(), self.num_unfinished
        logits = self._next_logits() if self._step else self.prefill()
        drawn = draw(logits, sampling, self._seeds, self._step)
        self._tokens = drawn.clamp(min=0)  # a row stays in the batch for a while after its end
        self._step += 1
        ended = []
        for row, token in zip(self._rows, drawn.tolist(), strict=True):
            if row in self._unfinished:
                if token != NO_TOKEN:
                    self._written[row].append(token)
                if token == NO_TOKEN or token in stop_ids or self._step == self._budgets[row]:
                    self._unfinished.remove(row)
                    ended.append((row, token))
        if 0 < self.num_unfinished <= _COMPACT_AT * len(self._rows):
            self._drop_finished()
        self._seconds += (time.perf_counter() - started) / num_unfinished
        return [
            Decoded(
                row=row,
                token_ids=self._written[row],
                is_stopped=token in stop_ids,
                is_broken=token == NO_TOKEN,
                seconds=self._seconds,
            )
            for row, token in ended
        ]

    def prefill(self) -> torch.Tensor:
        """Return the logits `(rows, vocabulary)` after each prompt.

        A prompt that several rows have is computed once, and so is what all prompts begin with.
        """
        asked, device = [tuple(prompt) for prompt in self._prompts], self._model.device
        prompts = list(dict.fromkeys(asked))
        shared = _shared_prefix(prompts)
        if shared:
            ids = torch.tensor([prompts[0][:shared]], device=device)
            self._forward(ids, torch.ones_like(ids), torch.arange(shared, device=device)[None])
            self._cache.batch_repeat_interleave(len(prompts))
        width = max(map(len, prompts)) - shared
        ids = torch.zeros(len(prompts), width, dtype=torch.long)
        mask = torch.ones(len(prompts), shared + width, dtype=torch.long)
        for row, prompt in enumerate(prompts):  # padding goes between the shared beginning and the rest
            padding = shared + width - len(prompt)
            ids[row, padding:] = torch.tensor(prompt[shared:])
            mask[row, shared : shared + padding] = 0
        mask = mask.to(device)
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, shared:]
        logits = self._forward(ids.to(device), mask, positions)
        if len(prompts) < len(asked):
            places = {prompt: place for place, prompt in enumerate(prompts)}
            index = torch.tensor([places[prompt] for prompt in asked], device=device)
            self._cache.batch_select_indices(index)
            mask, positions, logits = mask[index], positions[index], logits[index]
        self._mask, self._position = mask, positions[:, -1:]
        return logits

    def _next_logits(self) -> torch.Tensor:
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(self._rows), 1)], dim=1)
        self._position = self._position + 1
        return self._forward(self._tokens[:, None], self._mask, self._position)

    def _forward(self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        output = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            use_cache=True,
            logits_to_keep=1,
            **{self._cache_name: self._cache},
        )
        logits: torch.Tensor = output.logits[:, -1]
        return logits

    def _drop_finished(self) -> None:
        kept = [i for i, row in enumerate(self._rows) if row in self._unfinished]
        index = torch.tensor(kept, device=self._model.device)
        self._cache.batch_select_indices(index)
        self._tokens, self._mask, self._position = self._tokens[index], self._mask[index], self._position[index]
        self._seeds, self._rows = self._seeds[kept], [self._rows[i] for i in kept]


def _shared_prefix(prompts: Sequence[Sequence[int]]) -> int:
    """Return how many tokens all prompts have in common at their start; at least one of each prompt is left over."""
    if len(prompts) == 1:
        return 0
    limit = min(map(len, prompts)) - 1
    ordered = sorted(map(list, prompts))
    first, last = ordered[0], ordered[-1]  # in order of their tokens: the two that differ earliest
    shared = next((i for i in range(limit) if first[i] != last[i]), limit)
    return shared if shared >= _MIN_SHARED_PREFIX else 0


def growing_cache(config: Any) -> DynamicCache:
    """Return an empty cache for a model; its layers of full attention grow by blocks, others stay as they are."""
    cache = DynamicCache(config=config)
    cache.layers = [GrowingLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


class GrowingLayer(DynamicLayer):
    """Keys and values in buffers with room to spare; `keys` and `values` are the filled part, as views."""

    _room: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append `(rows, heads, tokens, width)` and return all that is held."""
        if self.keys is None or self.values is None:
            self.lazy_initialization(key_states, value_states)
            self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        start = self.keys.shape[-2]
        end = start + key_states.shape[-2]
        if self._room is None or self._room[0].shape[-2] < end:
            self._room = (_enlarged(self.keys, end), _enlarged(self.values, end))
        keys, values = self._room
        keys[:, :, start:end] = key_states
        values[:, :, start:end] = value_states
        self.keys, self.values = keys[:, :, :end], values[:, :, :end]
        return self.keys, self.values

    def batch_repeat_interleave(self, repeats: int) -> None:
        """Repeat each row."""
        super().batch_repeat_interleave(repeats)
        self._room = None

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep some rows."""
        super().batch_select_indices(indices)
        self._room = None


def _enlarged(states: torch.Tensor, num_tokens: int) -> torch.Tensor:
    rows, heads, filled, width = states.shape
    room = states.new_empty(rows, heads, -(-num_tokens // _BLOCK) * _BLOCK, width)
    room[:, :, :filled] = states
    return room
