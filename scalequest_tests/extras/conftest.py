"""Models for the tests of what only some installations have."""

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from scalequest_assets.engines.transformers import gguf
from scalequest_tests.engines.conftest import make_tokenizer
from scalequest_tests.extras.clusters import cluster_of
from scalequest_tests.extras.postgres import Postgres, programs, serving

CONTEXT = 512
# `make test` runs without these packages, `make test-extras` with them; that also fetches profile `laptop`'s model.
_NEEDS = {
    "vllm": ["test_laptop.py", "test_vllm*.py"],
    "dagster_postgres": ["test_postgres.py", "test_services.py"],
    "moto": ["test_object_storage.py"],
    "kubernetes_validate": ["test_manifests.py"],
}
_ON_RAY = ("test_ray", "test_ray_pieces", "test_side_by_side")
collect_ignore_glob = [file for name, files in _NEEDS.items() if not importlib.util.find_spec(name) for file in files]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process, and all of Ray's in one: a cluster takes ports that nobody uses just then."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("ray" if item.path.stem in _ON_RAY else item.path.stem))


def make_wide_model(directory: Path, head: str = "causal") -> str:
    """Write a tiny random Llama in float32; its heads are as wide as the narrowest that vLLM's CPU kernels take."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

    tokenizer = make_tokenizer("chatml")
    tokenizer.pad_token = "<|endoftext|>"
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=CONTEXT,
        initializer_range=0.2,  # so that different inputs give different outputs
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        num_labels=1,
    )
    torch.manual_seed(0)
    model: Any = LlamaForCausalLM(config) if head == "causal" else LlamaForSequenceClassification(config)
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return str(directory)


@pytest.fixture(scope="session", autouse=True)
def _small_cache() -> Any:
    """Several engines live at the same time, and none needs more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
        yield


@pytest.fixture(scope="session")
def wide_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_wide_model(tmp_path_factory.mktemp("wide"))


@pytest.fixture(scope="session")
def wide_scorer(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_wide_model(tmp_path_factory.mktemp("wide-scorer"), head="score")


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The model of profile `embedded`, as safetensors."""
    folder = tmp_path_factory.mktemp("smollm2")
    gguf.convert(gguf.wheel_file(), folder)
    return str(folder)


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    if (folder := programs()) is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="module")
def database(server: Postgres) -> Iterator[Mapping[str, str]]:
    """An empty database, named in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        variables = server.database()
        for name, value in variables.items():
            patch.setenv(name, value)
        yield variables


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A Ray cluster with two nodes."""
    with cluster_of(2) as found:
        yield found
