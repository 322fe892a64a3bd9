"""In which order rows are trained on: batches of like length, another order in each epoch, the same after a kill."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers.trainer_pt_utils import get_length_grouped_indices


class LengthGroupedOrder(torch.utils.data.Sampler[int]):
    """Draws each epoch's order from seed and epoch alone.

    The library's own sampler draws from the process's random state, which a training that goes on in the middle of an
    epoch does not have: it would see some rows twice and others never.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self._lengths, self._batch_size, self._seed = list(lengths), batch_size, seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Name the epoch that is iterated next."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self._seed + self._epoch)
        grouped = get_length_grouped_indices(self._lengths, self._batch_size, generator=generator)  # type: ignore[no-untyped-call]
        return iter(grouped)


class Ordered:
    """Mixed into a trainer, lets it train in that order unless its rows are packed."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        rows, args = train_dataset or self.train_dataset, self.args  # type: ignore[attr-defined]  # of the trainer
        if "length" not in rows.column_names:
            return super()._get_train_sampler(rows)  # type: ignore[misc]
        batch_size = args.train_batch_size * args.gradient_accumulation_steps
        return LengthGroupedOrder(rows["length"], batch_size, args.seed)
