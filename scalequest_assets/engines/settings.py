"""How models are run, and on what. Nothing here identifies what comes out, but of a simulation, where no model does."""

from typing import Final, Literal

from pydantic import Field

from scalequest_assets.engines.openai.settings import ServerSettings
from scalequest_assets.engines.ray.settings import RaySettings
from scalequest_assets.engines.server.settings import VllmServerSettings
from scalequest_assets.engines.simulate.settings import SimulateSettings
from scalequest_assets.engines.vllm.settings import VllmSettings
from scalequest_assets.settings import Identifier, Positive, Settings, Share

MOST_PIECES: Final = 25
"""Bands of a signature: a piece of the search for near-duplicates has one at least."""

Dtype = Literal["auto", "bfloat16", "float16", "float32", "int8"]


class EngineSettings(Settings):
    """How models are run. Identifies nothing, unless `kind` is `simulate`.

    Attributes:
        kind: `transformers` in this process; `vllm` in this process; `vllm_server` one server for many runs; `ray` on
            many GPUs and nodes; `simulate` runs none: texts are drawn from distributions (docs/scaling.md).
        device: `auto`, `cpu`, `cuda`, `mps` (`transformers`).
        dtype: Of models that write; `auto` is bfloat16 where the device computes in it, else float32; `int8` is for
            x86 CPUs (`transformers`), and `auto` elsewhere.
        scoring_dtype: Of models that score: differences of scores are small.
        frozen_dtype: Of weights that stay frozen in trainings by LoRA; `int8` is for x86 CPUs, and `auto` elsewhere and
            where a processor trains faster in bfloat16.
        batch_size: Most rows in a batch (`transformers`).
        max_error_share: Share of rows that an engine may fail at before the asset fails.
        near_duplicate_pieces: Pieces into which the search for near-duplicates is cut: one after the other here, side
            by side on the cluster of `ray`. None: one, unless free memory asks for more (docs/scaling.md).
        vllm: Settings of vLLM.
        vllm_server: Settings of the managed server.
        ray: Where `ray` finds its cluster, and what it runs there.
        simulate: What simulated models write.
        servers: Servers of `api` models, by name.
    """

    kind: Literal["transformers", "vllm", "vllm_server", "ray", "simulate"] = "transformers"
    device: str = "auto"
    dtype: Dtype = "auto"
    scoring_dtype: Dtype = "float32"
    frozen_dtype: Literal["auto", "int8"] = "auto"
    batch_size: Positive = 64
    max_error_share: Share = 0.01
    near_duplicate_pieces: int | None = Field(default=None, ge=1, le=MOST_PIECES)
    vllm: VllmSettings = VllmSettings()
    vllm_server: VllmServerSettings = VllmServerSettings()
    ray: RaySettings = RaySettings()
    simulate: SimulateSettings = SimulateSettings()
    servers: dict[Identifier, ServerSettings] = Field(default_factory=dict)

    @property
    def runs(self) -> Literal["transformers", "vllm", "vllm_server", "simulate"]:
        """What holds the weights: `kind`, or what Ray's workers hold them with."""
        return self.ray.engine if self.kind == "ray" else self.kind


DEFAULT_ENGINE = EngineSettings()
