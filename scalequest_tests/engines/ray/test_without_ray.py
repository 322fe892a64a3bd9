"""Where Ray is not installed: what needs it says so. With it: `extras/test_ray.py`."""

import copy
import importlib.metadata
import sys
from pathlib import Path

import pytest

from scalequest_assets.cli import doctor
from scalequest_assets.engines.opening import ModelHandle, ProfileFactory
from scalequest_assets.engines.settings import EngineSettings
from scalequest_assets.errors import EngineError
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import use_profile


@pytest.fixture(autouse=True)
def _without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    installed = importlib.metadata.version

    def version(name: str) -> str:
        if name == "ray":
            raise importlib.metadata.PackageNotFoundError(name)
        return installed(name)

    monkeypatch.setattr(importlib.metadata, "version", version)


def test_a_model_says_what_it_needs_and_nothing_else_does(tiny_model: str) -> None:
    factory = ProfileFactory(EngineSettings(kind="ray"), Path("servers"))
    handle = ModelHandle(name="tiny", path=tiny_model, version="1")
    for load in (factory.generation, factory.scoring):
        with pytest.raises(EngineError, match=r"(?s)engine.kind ray needs the package ray.*\[ray\]"):
            load(handle)
    assert factory.chat(handle).count_tokens(["Tom"]) != [0]
    factory.free_devices()


def test_doctor_calls_it_a_fault_where_the_profile_asks_for_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    for settings, state in (([], "note"), (["engine.kind=ray"], "fault")):
        use_profile(home, None, settings)
        (finding,) = [finding for finding in doctor.examine(home) if finding.what == "ray"]
        assert finding.state == state
        assert "[ray]" in finding.detail


def test_errors_cross_to_another_process_whole() -> None:
    error = EngineError("what is wrong", "what to do")
    again = copy.copy(error)  # rebuilt as it is where it arrives
    assert (again.what, again.remedy, str(again)) == (error.what, error.remedy, str(error))
