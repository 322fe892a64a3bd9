"""Linear layers with int8 weights, for processors that compute in float32 slowly.

Weights are rounded to 8 bits for each output, activations to 7 bits for each row, products are summed exactly as
integers. The few features of a transformer that are a hundred times larger than the others would spoil that: all others
of their row would round to zero. So weights and activations are rotated first, by a Hadamard matrix over blocks of
features, which spreads what is large and changes no product (QuaRot, arXiv 2404.00456). See decision 28.

The kernel is fbgemm's, of torch: made for x86 processors with AVX2 or later. Seven bits, because eight overflow its
16-bit sums where a processor has no VNNI.

This module imports torch: load it only where a model is loaded.
"""

# mypy: allow-untyped-calls
# (torch and transformers are typed in part)

import warnings
from functools import cache
from typing import Any, Final

import torch

from scalequest_assets.engines.frozen import FrozenLinear, replace_linears
from scalequest_assets.engines.loading import best_device

_LEVELS: Final = 63
"""Activations become whole numbers of [-63, 63]."""
_WEIGHT_LEVELS: Final = 127
_MAX_BLOCK: Final = 128
_ROWS_AT_ONCE: Final = 512
"""So that what a layer computes on stays in the processor's cache."""
_ENGINE: Final = "fbgemm"


def is_supported() -> bool:
    """Return whether this machine's models run on an x86 processor that torch has the kernels for."""
    has_kernels = _ENGINE in torch.backends.quantized.supported_engines and hasattr(
        torch, "_make_per_channel_quantized_tensor"
    )
    return has_kernels and best_device() == "cpu"


def to_int8(model: Any, *, with_backward: bool = False) -> None:
    """Replace a model's linear layers in place, and let all others compute in float32. Its weights are frozen.

    Args:
        model: A model of transformers on the CPU.
        with_backward: Whether gradients go through it. That takes the weights a second time, transposed. The layer that
            gives a word's logits stays whole: trainers multiply by its weights themselves.
    """
    model.requires_grad_(False)
    whole = model.get_output_embeddings() if with_backward else None
    replace_linears(
        model, lambda linear: linear if linear is whole else Int8Linear(linear, with_backward=with_backward)
    )
    for module in model.modules():
        if type(module) is torch.nn.Embedding:
            module.weight.data = module.weight.detach().clone()  # else it keeps the whole checkpoint mapped
            module.register_forward_hook(_to_float32)
        elif not list(module.children()) and not isinstance(module, Int8Linear):
            module.float()


def _to_float32(module: Any, given: Any, output: torch.Tensor) -> torch.Tensor:
    return output.float()


class Int8Linear(FrozenLinear):
    """A linear layer whose weights are frozen in int8; peft puts adapters on it as on any other.

    Its `weight` has the shape of the weights and one number in memory, which is not a number: what computes with it
    gives none either, and engines say so.

    Args:
        linear: The layer; not changed.
        with_backward: Whether gradients go through it.
    """

    def __init__(self, linear: torch.nn.Linear, *, with_backward: bool = False) -> None:
        super().__init__(linear)
        nothing = torch.full((1,), torch.nan).expand(linear.weight.shape)
        self.weight = torch.nn.Parameter(nothing, requires_grad=False)
        weight = linear.weight.detach()
        self._product = _Product(weight)
        self._backward = _Product(weight.T) if with_backward else None

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # torch's name
        """Return float32 of shape (..., outputs)."""
        rows = input.reshape(-1, self.in_features).float()
        is_learning = self._backward is not None and torch.is_grad_enabled() and rows.requires_grad
        outputs: torch.Tensor = (
            _Differentiable.apply(rows, self._product, self._backward) if is_learning else self._product(rows)
        )
        if self.bias is not None:
            outputs = outputs + self.bias
        return outputs.reshape(*input.shape[:-1], self.out_features)

    def free(self) -> None:
        """Give the weights' memory back; the layer computes no more."""
        del self._product, self._backward
        self.register_parameter("weight", None)


class _Product:
    """Rows times a matrix of weights, of shape (outputs, inputs)."""

    def __init__(self, weight: torch.Tensor) -> None:
        self._num_outputs, num_inputs = weight.shape
        self._rotation = _hadamard(_block(num_inputs))
        levels = torch.empty(weight.shape, dtype=torch.int8)
        scales = torch.empty(len(weight), dtype=torch.float64)
        for start in range(0, len(weight), _ROWS_AT_ONCE):  # in parts: in float32 all would take four times the memory
            part = slice(start, start + _ROWS_AT_ONCE)
            rotated = self._rotated(weight[part].float())
            scale = rotated.abs().amax(dim=1, keepdim=True).clamp_(min=1e-30).div_(_WEIGHT_LEVELS)
            levels[part] = rotated.div_(scale).round_()
            scales[part] = scale[:, 0]
        self._packed = _packed(levels, scales)

    @torch.no_grad()
    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """Return rows (rows, inputs) times the weights: (rows, outputs), both float32."""
        with torch.autocast("cpu", enabled=False):  # a training on a processor with bfloat16 would rotate in that
            return self._in_parts(rows.float())

    def _in_parts(self, rows: torch.Tensor) -> torch.Tensor:
        if len(rows) <= _ROWS_AT_ONCE:
            return self._multiplied(rows)
        outputs = rows.new_empty(len(rows), self._num_outputs)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            outputs[start : start + _ROWS_AT_ONCE] = self._multiplied(rows[start : start + _ROWS_AT_ONCE])
        return outputs

    def _multiplied(self, rows: torch.Tensor) -> torch.Tensor:
        rows = self._rotated(rows)
        largest = torch.linalg.vector_norm(rows, ord=torch.inf, dim=1, keepdim=True).clamp_(min=1e-30)
        outputs: torch.Tensor = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            rows.div_(largest), 1 / _LEVELS, _LEVELS + 1, self._packed
        )
        return outputs.mul_(largest)

    def _rotated(self, rows: torch.Tensor) -> torch.Tensor:
        blocks = rows.reshape(-1, len(self._rotation))
        if len(blocks) == 1:  # a single one is multiplied by another kernel, which rounds otherwise
            blocks = blocks.repeat(2, 1)
        rotated = (blocks @ self._rotation)[: rows.numel() // len(self._rotation)]
        return rotated.reshape(rows.shape)


class _Differentiable(torch.autograd.Function):
    """A product through which gradients go to the rows; the weights are frozen."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, product: _Product, backward: _Product) -> torch.Tensor:
        ctx.product = backward
        return product(rows)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return ctx.product(gradient.contiguous()), None, None


def _packed(levels: torch.Tensor, scales: torch.Tensor) -> Any:
    """Return weights in the kernel's own order."""
    zeros = torch.zeros(len(levels), dtype=torch.long)
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = _ENGINE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # such tensors will go one day: see `is_supported`
            quantized = torch._make_per_channel_quantized_tensor(levels, scales, zeros, 0)
        return torch.ops.quantized.linear_prepack(quantized, None)
    finally:
        torch.backends.quantized.engine = before


def _block(num_inputs: int) -> int:
    """Return the largest power of two that divides the inputs and is at most `_MAX_BLOCK`."""
    return min(num_inputs & -num_inputs, _MAX_BLOCK)


@cache
def _hadamard(size: int) -> torch.Tensor:
    """Return the orthonormal Hadamard matrix of a power of two; it is its own inverse."""
    matrix = torch.ones(1, 1)
    while len(matrix) < size:
        matrix = torch.cat([torch.cat([matrix, matrix], 1), torch.cat([matrix, -matrix], 1)])
    return matrix / matrix.new_tensor(size).sqrt()
