import json
import os
import subprocess
import sys
import textwrap
import threading
from functools import partial
from pathlib import Path

import pytest

from scalequest_assets.errors import HomeError, MissingPartitionError
from scalequest_assets.storage.fingerprints import fingerprint_dir, hash_files
from scalequest_assets.storage.models import ModelRecord, ModelStore

RECORD = ModelRecord(
    kind="trained",
    asset="qft_model",
    generator="a",
    base="smollm2",
    base_version="0123456789abcdef",
    data_version="fedcba9876543210",
    hyperparameters={"learning_rate": 1e-4, "lora_rank": None},
    seed=7,
    loss_curve=[(1, 2.5), (2, 1.5)],
    metrics={"loss": 1.5},
    num_tokens=1000,
    train_s=12.5,
    device="cpu",
    extra={"note": "été"},
)


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models")


def staging_of(store: ModelStore) -> Path:
    return store.files.local_folder(".staging")


def save(directory: Path, weights: bytes = b"weights", **more: bytes) -> None:
    files = {
        "model.safetensors": weights,
        "config.json": b'{"hidden_size": 8}',
        "tokenizer.json": b"{}",
        "tokenizer_config.json": b'{"eos_token": "<|im_end|>"}',
    }
    for name, content in (files | more).items():
        (directory / name).write_bytes(content)


def publish(store, weights: bytes = b"weights"):
    with store.staging("qft_model", "a") as directory:
        save(directory, weights)
        return store.publish(directory, RECORD)


def test_a_published_model_is_the_current_one(store):
    published = publish(store)
    assert published.path == store.files.local_folder(f"qft_model/a/{published.version}")
    path, record = store.current("qft_model", "a")
    assert path == published.path
    assert record.weights_version == published.version == fingerprint_dir(path)
    assert record == ModelRecord(**{**vars(RECORD), "weights_version": published.version})
    assert not list(staging_of(store).iterdir())


def test_the_same_weights_are_the_same_version(store):
    first, second = publish(store), publish(store)
    assert first == second
    assert [child.name for child in first.path.parent.iterdir() if child.is_dir()] == [first.version]


def test_other_weights_become_current_and_the_old_stay(store):
    first, second = publish(store), publish(store, b"other")
    assert store.current("qft_model", "a")[0] == second.path != first.path
    assert first.path.exists()


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"model.safetensors": b"x"}, True),
        ({"model-00002-of-00002.safetensors": b"x"}, True),
        ({"adapter_model.safetensors": b"x"}, True),
        ({"tokenizer.json": b"[]"}, True),
        ({"tokenizer_config.json": b'{"eos_token": "</s>"}'}, True),
        ({"chat_template.jinja": b"x"}, True),
        ({"config.json": b'{"hidden_size": 9}'}, True),
        ({"generation_config.json": b'{"eos_token_id": 2}'}, True),
        ({"config.json": b'{"_name_or_path": "/tmp/staging-1", "hidden_size": 8}'}, False),
        ({"tokenizer_config.json": b'{"eos_token": "<|im_end|>", "name_or_path": "/tmp/x"}'}, False),
        ({"training_args.bin": b"x"}, False),
        ({"optimizer.pt": b"x"}, False),
        ({"result.json": b"{}"}, False),
        ({"record.json": b"{}"}, False),
        ({"README.md": b"x"}, False),
    ],
)
def test_what_identifies_a_model(tmp_path, change, counts):
    save(tmp_path)
    before = fingerprint_dir(tmp_path)
    save(tmp_path, **change) if "model.safetensors" not in change else save(tmp_path, change["model.safetensors"])
    assert (fingerprint_dir(tmp_path) != before) is counts


def test_a_swap_of_names_is_another_model(tmp_path):
    save(tmp_path, a=b"")
    (tmp_path / "a.safetensors").write_bytes(b"1")
    (tmp_path / "b.safetensors").write_bytes(b"2")
    before = fingerprint_dir(tmp_path)
    (tmp_path / "a.safetensors").write_bytes(b"2")
    (tmp_path / "b.safetensors").write_bytes(b"1")
    assert fingerprint_dir(tmp_path) != before


def test_a_directory_without_weights_is_refused(store):
    with pytest.raises(HomeError, match=r"no .*safetensors"), store.staging("qft_model", "a") as directory:
        store.publish(directory, RECORD)
    with pytest.raises(MissingPartitionError):
        store.current("qft_model", "a")


def test_a_missing_model_names_the_command(store):
    with pytest.raises(MissingPartitionError) as error:
        store.current("qft_model", "a")
    assert str(error.value).splitlines() == [
        "model qft_model for a has not been made",
        "  -> run: scalequest run --select qft_model --partition 'a'",
    ]
    with pytest.raises(MissingPartitionError, match=r"--select reward_model$"):
        store.current("reward_model")


def test_a_failed_training_leaves_the_current_model_and_no_files(store):
    published = publish(store)
    with pytest.raises(RuntimeError), store.staging("qft_model", "a") as directory:  # noqa: PT012
        save(directory, b"half")
        raise RuntimeError
    assert store.current("qft_model", "a")[0] == published.path
    assert not list(staging_of(store).iterdir())


def test_a_training_that_ends_well_leaves_its_model_and_nothing_else(store):
    with store.job("qft_model", "a") as folder:
        folder.train_file.write_text("{}")
        assert not folder.output_dir.exists(), "who trains makes it"
        checkpoints = folder.checkpoints("0123")
        (checkpoints / "checkpoint-1").mkdir()
        folder.output_dir.mkdir()
        save(folder.output_dir)
        published = store.publish(folder.output_dir, RECORD)
    assert store.current("qft_model", "a")[0] == published.path
    assert not checkpoints.exists()
    assert not folder.train_file.exists()
    assert store.unpublished() == []


def test_a_training_that_fails_leaves_its_checkpoints_to_the_same_job(store):
    with pytest.raises(RuntimeError), store.job("qft_model", "a") as folder:  # noqa: PT012
        checkpoints = folder.checkpoints("0123")
        (checkpoints / "checkpoint-1").mkdir()
        raise RuntimeError
    assert not folder.train_file.parent.exists()
    assert store.unpublished() == [checkpoints]
    with store.job("qft_model", "a") as folder:
        assert folder.checkpoints("4567") != checkpoints
    assert (checkpoints / "checkpoint-1").is_dir(), "another job's stay"
    with store.job("qft_model", "a") as folder:
        assert (folder.checkpoints("0123") / "checkpoint-1").is_dir()
    assert store.unpublished() == []


def test_a_job_that_has_nothing_to_train_makes_no_checkpoints(store):
    with store.job("reward_model") as folder:
        assert folder.train_file.parent.is_dir()
    assert store.unpublished() == []


def test_a_reference_record_has_a_version_and_no_weights(store):
    record = ModelRecord(
        kind="reference", asset="reward_model", base="internlm/internlm2-7b-reward", base_revision="abc"
    )
    first = store.reference("reward_model", None, record)
    path, current = store.current("reward_model")
    assert path == first.path
    assert (current.base, current.kind, current.weights_version) == (record.base, "reference", first.version)
    assert store.reference("reward_model", None, record) == first
    other = ModelRecord(kind="reference", asset="reward_model", base=record.base, base_revision="def")
    assert store.reference("reward_model", None, other).version != first.version


def test_a_damaged_record_names_the_file(store):
    published = publish(store)
    (published.path / "record.json").write_text("{")
    with pytest.raises(HomeError, match=r"record\.json is damaged"):
        store.current("qft_model", "a")


def test_an_object_store_is_refused():
    with pytest.raises(HomeError, match="memory://bucket/models"):
        ModelStore("memory://bucket/models")


def test_a_base_model_is_converted_once_by_several_at_once(store, tmp_path):
    source, calls, start = tmp_path / "base.gguf", [], threading.Barrier(3)
    source.write_bytes(b"gguf")
    published = []

    def made():
        def convert(output_dir: Path) -> None:
            calls.append(source)
            save(output_dir, source.read_bytes())

        return store.base_model("smollm2", source="base.gguf", source_version=hash_files([source]), make=convert)

    def work():
        start.wait()
        published.append(made())

    threads = [threading.Thread(target=work) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert calls == [source]
    assert len(set(published)) == 1
    source.write_bytes(b"another")
    assert made().version != published[0].version
    assert len(calls) == 2
    assert store.folders() == ["base/smollm2"]
    assert store.current("base", "smollm2")[1].base == "base.gguf"


KILLED = """
    import sys
    from scalequest_assets.storage import files, models
    from scalequest_tests.storage.test_models import publish

    def stop_here(self, name, data):
        print("renamed", flush=True)
        sys.stdin.read()

    files.LocalFiles.put = stop_here
    publish(models.ModelStore(sys.argv[1]), b"new")
"""


def test_a_kill_before_current_is_replaced_leaves_the_old_model(store):
    published = publish(store)
    command = [sys.executable, "-c", textwrap.dedent(KILLED), store.files.where]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"renamed\n"
        child.kill()
    assert store.current("qft_model", "a")[0] == published.path
    again = publish(store, b"new")
    assert store.current("qft_model", "a")[0] == again.path
    assert json.loads((again.path / "record.json").read_text())["weights_version"] == again.version


@pytest.mark.e2e
def test_the_wheels_gguf_becomes_a_model_that_writes(store):
    transformers = pytest.importorskip("transformers")
    gguf = pytest.importorskip("scalequest_assets.engines.transformers.gguf")
    file = gguf.wheel_file()
    path = store.base_model("smollm2", source=file.name, source_version="1", make=partial(gguf.convert, file)).path
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    original = transformers.AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
    assert tokenizer.get_vocab() == original.get_vocab()
    assert tokenizer.chat_template == original.chat_template
    assert tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]) == [0, 1, 2]
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (2, 2)
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is 2+2?"}], tokenize=False, add_generation_prompt=True
    )
    for text in (chat, "  é\n\n\\frac{1}{2} 12345 日本"):
        ids = tokenizer(text, add_special_tokens=False).input_ids
        assert ids == original(text, add_special_tokens=False).input_ids
        assert tokenizer.decode(ids) == text
    model = transformers.AutoModelForCausalLM.from_pretrained(path)
    assert (model.generation_config.eos_token_id, model.generation_config.pad_token_id) == (2, 2)
    inputs = tokenizer(chat, add_special_tokens=False, return_tensors="pt")
    written = model.generate(**inputs, max_new_tokens=24, do_sample=False)[0][inputs.input_ids.shape[1] :]
    assert "4" in tokenizer.decode(written)
    assert written[-1] == 2


def test_a_note_is_added_to_the_record_and_changes_no_version(store):
    published = publish(store)
    store.note("qft_model", "a", held_out={"mse": 0.1})
    path, record = store.current("qft_model", "a")
    assert record.extra == {"note": "été", "held_out": {"mse": 0.1}}
    assert (path, record.weights_version) == (published.path, published.version)
    store.note("qft_model", "a", held_out=None)
    assert store.current("qft_model", "a")[1].extra == {"note": "été", "held_out": None}


def test_code_that_a_model_brings_identifies_it(tmp_path):
    save(tmp_path)
    without = fingerprint_dir(tmp_path)
    (tmp_path / "modeling_own.py").write_text("x = 1")
    first = fingerprint_dir(tmp_path)
    (tmp_path / "modeling_own.py").write_text("x = 2")
    assert len({without, first, fingerprint_dir(tmp_path)}) == 3


def test_a_relative_s_model_is_taken_over_where_its_record_says_the_same(store, tmp_path):
    published = publish(store)
    store.note("qft_model", "a", job="j")
    other = ModelStore(tmp_path / "other", [store.files])
    base = RECORD.base_version
    assert other.take_over("qft_model", "a", base_version=base, job="another") is None
    assert other.take_over("qft_model", "a", base_version="another", job="j") is None
    assert other.take_over("qft_model", "b", base_version=base, job="j") is None
    assert not other.is_there("qft_model", "a")
    assert other.take_over("qft_model", "a", base_version=base, job="j").weights_version == published.version
    path, record = other.current("qft_model", "a")
    assert fingerprint_dir(path) == published.version
    assert (path / "model.safetensors").samefile(published.path / "model.safetensors")
    other.note("qft_model", "a", news="mine")
    assert "news" not in store.current("qft_model", "a")[1].extra
    assert record.extra["job"] == "j"


def test_a_model_whose_weights_are_gone_is_not_taken_over(store, tmp_path):
    published = publish(store)
    store.note("qft_model", "a", job="j")
    (published.path / "model.safetensors").unlink()
    other = ModelStore(tmp_path / "other", [store.files])
    assert other.take_over("qft_model", "a", base_version=RECORD.base_version, job="j") is None


def test_a_base_model_is_converted_once_for_all_relatives(store, tmp_path):
    source = {"source": "model.gguf", "source_version": "1"}
    first = store.base_model("tiny", **source, make=save)
    other = ModelStore(tmp_path / "other", [store.files])
    second = other.base_model("tiny", **source, make=lambda _: pytest.fail("converted again"))
    assert second.version == first.version
    assert second.path == other.current("base", "tiny")[0]
