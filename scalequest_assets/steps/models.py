"""The models of a home: found, opened, and asked; what was asked once is never asked again.

One engine serves all assets of a process, and where it takes several calls, partitions that are made side by side; it
is closed before the next model is loaded.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from scalequest_assets.config.models import (
    ApiModel,
    GgufModel,
    HubModel,
    Model,
    PathModel,
    billion_parameters,
    file_names,
)
from scalequest_assets.config.profile import Profile
from scalequest_assets.engines.base import Choice, OnProgress, Request, Sampling
from scalequest_assets.engines.footprint import Footprint, memory_here
from scalequest_assets.engines.lm_eval import Harness
from scalequest_assets.engines.opening import Chat, EngineFactory, ModelHandle
from scalequest_assets.engines.packages import needing_local_packages
from scalequest_assets.engines.transformers import gguf
from scalequest_assets.errors import ProfileError
from scalequest_assets.simulated import SIMULATED
from scalequest_assets.steps.budget import Budget
from scalequest_assets.steps.loaded import Loaded, LoadedEngine
from scalequest_assets.storage.calls import OnMade, Result
from scalequest_assets.storage.completions import CompletionStore
from scalequest_assets.storage.fingerprints import fingerprint_dir, has_weights, hash_files
from scalequest_assets.storage.gguf_files import fetch
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.models import ModelRecord, ModelStore

log = logging.getLogger(__name__)

VERSION_DIGITS = 16
"""Digits of a GGUF file's SHA-256 that its model's version has, like the versions of all models."""


class Models:
    """All models of a home: finds, opens and runs them, and never asks one twice for the same completion.

    Attributes:
        store: Their weights and records.
        budget: What one command may spend.
        are_simulated: Whether no model is run (`engine.kind: simulate`).
        are_shared: Whether several threads may ask at once, and be the faster for it (`engine.kind: ray`).
    """

    def __init__(self, home: Home, profile: Profile, factory: EngineFactory) -> None:
        self.store = ModelStore(home.models, [relative.models for relative in home.relatives()])
        self.budget = Budget(profile.budget, profile.prices)
        self.are_simulated = profile.engine.kind == "simulate"
        self.are_shared = profile.engine.kind == "ray"
        self._completions = CompletionStore(home.completions)
        self._profile = profile
        self._factory = factory
        self._loaded = Loaded()
        self._chats: dict[str, Chat] = {}
        self._loading_chat = threading.Lock()
        self._versions: dict[str, str] = {}

    @property
    def has_room(self) -> bool:
        """Whether the engine that is loaded could do with another call now."""
        return self._loaded.has_room

    def handle(self, name: str, owner: str | None = None) -> ModelHandle:
        """Return a model of the profile by name, or the current one that an asset made, for an owner or for all.

        Raises:
            MissingPartitionError: The asset has not been materialized.
        """
        if name in self._profile.models:
            return self._ready(name, self._profile.models[name])
        record = self.store.record(name, owner)
        if record.kind == "reference":
            return self._ready(record.base, self._profile.models[record.base])
        path, record = self.store.current(name, owner)
        full_name = f"{name}/{owner}" if owner else name
        version = str(record.weights_version)
        return ModelHandle(
            name=full_name, path=str(path), version=_simulated(version) if self.are_simulated else version
        )

    def definition(self, name: str) -> Model | None:
        """Return what the profile says a model is; None for one that an asset makes."""
        return self._profile.models.get(name)

    def chat(self, handle: ModelHandle) -> Chat:
        """Return a model's chat format, loaded once."""
        with self._loading_chat:
            if handle.version not in self._chats:
                self._chats[handle.version] = self._factory.chat(handle)
            return self._chats[handle.version]

    def complete(
        self, handle: ModelHandle, requests: Sequence[Request], sampling: Sampling, on_progress: OnProgress | None
    ) -> Result:
        """Return a completion for every request; the model is loaded only if one is missing."""
        open_engine = self._opening(handle, self._factory.generation)
        return self._completions.complete(
            open_engine, handle.version, requests, sampling, on_progress=on_progress, on_made=self._spend(handle)
        )

    def choose(
        self, handle: ModelHandle, requests: Sequence[Request], choice: Choice, on_progress: OnProgress | None
    ) -> Result:
        """Return a choice for every request; the model is loaded only if one is missing."""
        open_engine = self._opening(handle, self._factory.generation)
        return self._completions.choose(
            open_engine, handle.version, requests, choice, on_progress=on_progress, on_made=self._spend(handle)
        )

    def score(self, handle: ModelHandle, requests: Sequence[Request], on_progress: OnProgress | None) -> Result:
        """Return a score for every request; the model is loaded only if one is missing."""
        open_engine = self._opening(handle, self._factory.scoring)
        return self._completions.score(
            open_engine, handle.version, requests, on_progress=on_progress, on_made=self._spend(handle)
        )

    @contextmanager
    def harness(self, handle: ModelHandle) -> Iterator[Harness]:
        """Hand a model to lm-evaluation-harness, which has the devices to itself. Nothing of it is stored."""
        self.free_devices()
        harness = self._factory.harness(handle)
        try:
            yield harness
        finally:
            harness.close()

    def close(self) -> None:
        """Give back the memory of the loaded model."""
        self._loaded.close()

    def interrupt(self) -> None:
        """End what the models have at work in other threads, which are interrupted, as is who asks one afterwards."""
        self._loaded.interrupt()

    def free_devices(self) -> None:
        """Give back all that models hold, here and on managed servers: a training wants the devices."""
        self.close()
        self._factory.free_devices()

    def refer(self, asset: str, name: str, owner: str | None = None) -> str:
        """Let an asset, or its part of one student, stand for a ready model of the profile; return its version."""
        handle = self.handle(name)
        record = ModelRecord(
            kind="reference", asset=asset, base=name, base_revision=handle.revision, base_version=handle.version
        )
        return self.store.reference(asset, owner, record).version

    def _spend(self, handle: ModelHandle) -> OnMade | None:
        """Return what enters a row of a model in the budget; None where none is set."""
        if not self.budget.is_bound:
            return None
        return lambda cost: self.budget.spend(replace(cost, model=handle.label))

    def _opening(
        self, handle: ModelHandle, load: Callable[[ModelHandle], LoadedEngine]
    ) -> Callable[[], AbstractContextManager[LoadedEngine]]:
        """Return what opens a model's engine for this thread, unless the process is to end."""
        self._loaded.check()
        key = (load.__name__, handle.version, handle.server)
        return lambda: self._loaded.using(key, lambda: load(handle))

    def _ready(self, name: str, model: Model) -> ModelHandle:
        if self.are_simulated:  # nothing of the model is looked at
            return ModelHandle(name=name, path=name, version=_simulated(model.model_dump_json()))
        if isinstance(model, HubModel):
            return ModelHandle(
                name=name,
                path=model.id,
                version=f"{model.id}@{model.revision}",
                revision=model.revision,
                trust_remote_code=model.trust_remote_code,
            )
        if isinstance(model, ApiModel):
            version = f"{model.id}@{model.revision}" if model.revision else model.id
            return ModelHandle(name=name, path=model.id, version=f"api:{version}", server=model.server)
        if isinstance(model, PathModel):
            if not has_weights(Path(model.path)):
                raise ProfileError(f"models.{name}.path: no *.safetensors in {model.path}", "correct the path")
            if model.path not in self._versions:  # hashing a large model takes minutes
                self._versions[model.path] = fingerprint_dir(Path(model.path))
            version = self._versions[model.path]
            return ModelHandle(name=name, path=model.path, version=version, trust_remote_code=model.trust_remote_code)
        with needing_local_packages(f"model {name}"):
            if isinstance(model, GgufModel):
                return self._converted(name, model)
            file = gguf.wheel_file(model.package)
            made = self.store.base_model(
                name,
                source=file.name,
                source_version=hash_files([file]),
                make=lambda directory: gguf.convert(file, directory),
            )
        return ModelHandle(name=name, path=str(made.path), version=made.version)

    def _converted(self, name: str, model: GgufModel) -> ModelHandle:
        """Return a model of a GGUF file; it is fetched and converted where that was not done yet."""

        def make(directory: Path) -> None:
            gguf.require_packages()
            size = billion_parameters(model)
            if size:  # before a gigabyte is fetched
                _announce(name, Footprint(round(size * 1e9)), directory)
            with self.store.staging("base", f"{name}-file") as folder:
                file = fetch(name, model, folder)
                need = Footprint(gguf.num_parameters(file))
                need.require_room(name, directory) if size else _announce(name, need, directory)
                gguf.convert(file, directory)

        source = (file_names(model) or [name])[0]
        made = self.store.base_model(name, source=source, source_version=model.sha256, make=make)
        return ModelHandle(name=name, path=str(made.path), version=model.sha256[:VERSION_DIGITS])


def _simulated(identity: str) -> str:
    """Return the version of a simulated model: it says so, and shares no completion with a real one."""
    return f"{SIMULATED}:{hashlib.sha256(identity.encode()).hexdigest()[:VERSION_DIGITS]}"


def _announce(name: str, need: Footprint, folder: Path) -> None:
    """Say what a conversion takes, as a warning so that it is seen; refuse what the machine cannot hold."""
    log.warning("model %s is fetched and converted, once. %s. %s", name, need, need.beside(memory_here()))
    need.require_room(name, folder)
