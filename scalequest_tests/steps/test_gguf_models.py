"""A model of a GGUF file, from the profile to weights that engines and trainings load."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from scalequest_assets.engines import footprint
from scalequest_assets.engines.footprint import Memory
from scalequest_assets.engines.transformers import gguf
from scalequest_assets.errors import EngineError
from scalequest_assets.steps import models
from scalequest_tests.conftest import FakeRun, fake_model
from scalequest_tests.engines.conftest import make_tokenizer
from scalequest_tests.gguf_files import write_gguf

TEXT = "Tom has 3 apples, é and \\frac{1}{2}<|im_end|>"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A random model's file and its hash."""
    pytest.importorskip("gguf")
    file = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    return file, write_gguf(file)


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were converted; what comes out is a fake."""
    files: list[Path] = []

    def convert(file: Path, directory: Path) -> None:
        files.append(file.resolve())
        fake_model(directory)

    monkeypatch.setattr(gguf, "convert", convert)
    return files


def use(run: FakeRun, file: Path, sha256: str, name: str = "q") -> None:
    run.use(f"models.{name}={{kind: gguf, sha256: {sha256}, sources: [{{kind: path, path: {file}}}]}}")


def test_a_file_becomes_a_model_that_transformers_loads(fake_run: FakeRun, tiny: tuple[Path, str]) -> None:
    transformers = pytest.importorskip("transformers")
    use(fake_run, *tiny)
    handle = fake_run.resources.models.handle("q")
    tokenizer = transformers.AutoTokenizer.from_pretrained(handle.path)
    original = make_tokenizer("chatml")
    assert tokenizer(TEXT).input_ids == original(TEXT).input_ids
    assert tokenizer.chat_template == original.chat_template
    model = transformers.AutoModelForCausalLM.from_pretrained(handle.path)
    assert model.num_parameters() == gguf.num_parameters(tiny[0])
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id == original.eos_token_id
    inputs = tokenizer("Tom has 3", return_tensors="pt")
    assert model.generate(**inputs, max_new_tokens=4, do_sample=False).shape[1] > inputs.input_ids.shape[1]


def test_it_is_converted_once_and_its_file_may_go(
    fake_run: FakeRun, tiny: tuple[Path, str], tmp_path: Path, conversions: list[Path]
) -> None:
    file = Path(shutil.copy(tiny[0], tmp_path / "mine.gguf"))
    use(fake_run, file, tiny[1])
    first = fake_run.resources.models.handle("q")
    file.unlink()
    fake_run.use()
    assert fake_run.resources.models.handle("q") == first
    assert conversions == [file]
    assert first.version == tiny[1][:16]
    store = fake_run.resources.models.store
    assert store.unpublished() == []
    assert store.current("base", "q")[1].base == "mine.gguf"


def test_where_it_came_from_changes_nothing(tmp_path: Path, tiny: tuple[Path, str], conversions: list[Path]) -> None:
    handles, versions = [], []
    for name in ("a", "b"):
        run = FakeRun(tmp_path / name)
        file = Path(shutil.copy(tiny[0], tmp_path / name / f"{name}.gguf"))
        use(run, file, tiny[1])
        run.use("roles.judge.model=q")
        handles.append(run.resources.models.handle("q"))
        versions.append(run.profile.fingerprint("roles.judge"))
    assert handles[0].label == handles[1].label
    assert versions[0] == versions[1]


def test_another_hash_is_another_model(
    fake_run: FakeRun, tiny: tuple[Path, str], tmp_path: Path, conversions: list[Path]
) -> None:
    use(fake_run, *tiny)
    first = fake_run.resources.models.handle("q")
    other = write_gguf(tmp_path / "other.gguf", seed=1)
    use(fake_run, tmp_path / "other.gguf", other)
    assert fake_run.resources.models.handle("q").version != first.version
    assert len(conversions) == 2


def test_what_it_takes_is_said_before_it_is_converted(
    fake_run: FakeRun, tiny: tuple[Path, str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def convert(file: Path, directory: Path) -> None:
        assert "model q is fetched and converted, once. 0.00 billion weights" in caplog.text
        fake_model(directory)

    monkeypatch.setattr(gguf, "convert", convert)
    use(fake_run, *tiny)
    with caplog.at_level("WARNING", logger=models.__name__):
        fake_run.resources.models.handle("q")
    assert "it runs here in int8, bfloat16, float32" in caplog.text


def test_a_model_that_is_too_large_is_neither_fetched_nor_converted(
    fake_run: FakeRun, tmp_path: Path, conversions: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footprint, "memory_here", lambda: Memory(total=8 * 10**9, free=6 * 10**9))
    use(fake_run, tmp_path / "none-7b.gguf", "f" * 64)
    with pytest.raises(EngineError, match=r"model q, 7\.00 billion weights"):
        fake_run.resources.models.handle("q")
    assert conversions == []
    assert fake_run.resources.models.store.unpublished() == []


def test_a_file_that_is_no_model_is_named(fake_run: FakeRun, tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_bytes(b"no model at all" * 100)
    use(fake_run, tmp_path / "text.gguf", sha256((tmp_path / "text.gguf").read_bytes()).hexdigest())
    with pytest.raises(EngineError, match=r"q\.gguf is no GGUF file"):
        fake_run.resources.models.handle("q")
    assert not fake_run.resources.models.store.is_there("base", "q")
