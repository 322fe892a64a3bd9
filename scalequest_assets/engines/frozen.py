"""Linear layers whose weights are frozen, and lie in memory in another form than torch's.

This module imports torch: load it only where a model is loaded.
"""

# mypy: allow-untyped-calls
# (torch and transformers are typed in part)

import platform
from collections.abc import Callable
from typing import Any, Final

import torch

_MIN_OUTPUTS: Final = 16
"""Layers with fewer outputs, such as a head that scores, stay as they are."""
_ROWS_AT_ONCE: Final = 256
_PACKED_ON: Final = ("x86_64", "AMD64")
"""Processors on which packing was measured, as the system names them."""


class FrozenLinear(torch.nn.Linear):
    """What such layers have in common: the shape and the bias of the layer that each stands for.

    Args:
        linear: That layer; not changed.
    """

    def __init__(self, linear: torch.nn.Linear) -> None:
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        bias = None if linear.bias is None else torch.nn.Parameter(linear.bias.detach().float(), requires_grad=False)
        self.register_parameter("bias", bias)


def replace_linears(model: torch.nn.Module, made: Callable[[torch.nn.Linear], torch.nn.Module]) -> None:
    """Replace torch's linear layers in place; one that has several names in the model has one replacement.

    They are replaced one by one, and the weights of each can go before the next one is read. Small ones stay: see
    `_MIN_OUTPUTS`.

    Args:
        model: The model.
        made: Returns what stands in a layer's place, which may be itself.
    """
    for places in _places(model):
        module, name = places[0]
        replacement = made(getattr(module, name))
        for module, name in places:
            setattr(module, name, replacement)


def _places(model: torch.nn.Module) -> list[list[tuple[torch.nn.Module, str]]]:
    """Return the modules and names under which each linear layer is found; no layer is held by it."""
    places: dict[int, list[tuple[torch.nn.Module, str]]] = {}
    for module in model.modules():
        for name, child in module._modules.items():  # `named_children` leaves out a layer's second name
            if type(child) is torch.nn.Linear and child.out_features >= _MIN_OUTPUTS:
                places.setdefault(id(child), []).append((module, name))
    return list(places.values())


class PackedLinear(FrozenLinear):
    """A linear layer in float32 whose weights lie as oneDNN's kernels read them.

    torch multiplies float32 by MKL, which takes twice as long with few rows: see decision 59.
    """

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__(linear)
        self._packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())

    @property
    def weight(self) -> torch.Tensor:  # type: ignore[override]  # torch's is in memory
        """The weights, unpacked at each reading: some models multiply by them without the layer (Mamba, `dt_proj`)."""
        weight: torch.Tensor = self._packed.to_dense()
        return weight

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # torch's name
        """Return float32 of shape (..., outputs).

        Raises:
            RuntimeError: Gradients are wanted: none go through it.
        """
        if torch.is_grad_enabled() and input.requires_grad:
            raise RuntimeError("no gradients go through packed weights: train a model that is not packed")
        rows = input.reshape(-1, self.in_features)
        if len(rows) <= _ROWS_AT_ONCE:
            outputs = self._multiplied(rows)
        else:
            outputs = rows.new_empty(len(rows), self.out_features)
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                part = slice(start, start + _ROWS_AT_ONCE)
                outputs[part] = self._multiplied(rows[part])
        return outputs.reshape(*input.shape[:-1], self.out_features)

    def _multiplied(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the outputs of `_ROWS_AT_ONCE` rows at most.

        For each new number of rows oneDNN compiles a kernel of half a megabyte, and keeps a thousand of them.
        """
        num = len(rows)
        if lacking := rounded_up(num) - num:
            rows = torch.nn.functional.pad(rows, (0, 0, 0, lacking))
        found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(rows, self._packed, self.bias, "none", [], "")
        return found[:num]


def rounded_up(num_rows: int) -> int:
    """Return a number of rows with its three upper bits: 8 are 8, 9 and 10 are 10, 33 to 40 are 40."""
    step = 1 << max(0, (num_rows - 1).bit_length() - 3)
    return -(-num_rows // step) * step


def pack(model: Any) -> None:
    """Replace those of a model's linear layers in place that compute in float32 on a CPU, where packing was measured.

    Args:
        model: A model of transformers that will not be trained.
    """
    if _has_kernels():
        replace_linears(model, _packed)


def _packed(linear: torch.nn.Linear) -> torch.nn.Linear:
    is_slow = linear.weight.device.type == "cpu" and linear.weight.dtype == torch.float32
    return PackedLinear(linear) if is_slow else linear


def _has_kernels() -> bool:
    """Return whether this is such a processor, and torch has the kernels, which no release of it promises."""
    if platform.machine() not in _PACKED_ON or not torch.backends.mkldnn.is_available():
        return False
    try:
        return all(
            torch._C._dispatch_has_kernel_for_dispatch_key(f"mkldnn::{name}", "CPU")
            for name in ("_reorder_linear_weight", "_linear_pointwise")
        )
    except RuntimeError:  # there is no such operator
        return False
