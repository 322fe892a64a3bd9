"""Linear layers whose weights are frozen, and lie in memory in another form than torch's.

This module imports torch: load it only where a model is loaded.
"""

# mypy: allow-untyped-calls
# (torch and transformers are typed in part)

from collections.abc import Iterator
from typing import Any, Final

import torch

_MIN_OUTPUTS: Final = 16
"""Layers with fewer outputs, such as a head that scores, stay as they are."""


class FrozenLinear(torch.nn.Linear):
    """What such layers have in common; peft puts adapters on them as on any other.

    Its `weight` has the shape of the weights and one number in memory, which is not a number: nothing computes with it
    unnoticed.

    Args:
        linear: The layer that it stands for; not changed.
    """

    def __init__(self, linear: torch.nn.Linear) -> None:
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        nothing = torch.full((1,), torch.nan).expand(linear.weight.shape)
        self.weight = torch.nn.Parameter(nothing, requires_grad=False)
        bias = None if linear.bias is None else torch.nn.Parameter(linear.bias.detach().float(), requires_grad=False)
        self.register_parameter("bias", bias)


def plain_linears(model: torch.nn.Module) -> Iterator[tuple[torch.nn.Module, str, torch.nn.Linear]]:
    """Yield torch's linear layers, each with the module that has it and its name there, so that it can be replaced.

    Small ones are left out: see `_MIN_OUTPUTS`.
    """
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is torch.nn.Linear and child.out_features >= _MIN_OUTPUTS:
                yield module, name, child


class PackedLinear(FrozenLinear):
    """A linear layer in float32 whose weights lie as oneDNN's kernels read them.

    torch multiplies float32 by MKL, which takes twice as long with few rows: see decision 59.
    """

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__(linear)
        self._packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())

    @torch.no_grad()
    def forward(self, input: torch.Tensor) -> torch.Tensor:  # torch's name
        """Return float32 of shape (..., outputs)."""
        found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(input, self._packed, self.bias, "none", [], "")
        return found


def pack(model: Any) -> None:
    """Replace those of a model's linear layers in place that compute in float32 on a CPU, where torch has the kernels.

    Args:
        model: A model of transformers that will not be trained.
    """
    if not (torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")):
        return
    for module, name, linear in plain_linears(model):
        if linear.weight.device.type == "cpu" and linear.weight.dtype == torch.float32:
            setattr(module, name, PackedLinear(linear))
