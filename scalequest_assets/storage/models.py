"""Weights and their records: `models/<asset>/<owner>/<fingerprint>/`, with `current.json` naming the last.

The owner is a generator, a student, or `all`.

A model is written into a staging directory and put in place, its record last; then `current.json` is replaced. So a
kill leaves the old model or the new one: what has no record is none. Staging and checkpoints are local, whatever the
store.
"""

import copy
import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from scalequest_assets.errors import HomeError, MissingPartitionError
from scalequest_assets.storage.copies import link_or_copy
from scalequest_assets.storage.files import FileStore, store_at
from scalequest_assets.storage.fingerprints import fingerprint_dir

ModelKind = Literal["trained", "converted", "reference"]

_WEIGHTS = ".safetensors"
RECORD, CURRENT, ALL = "record.json", "current.json", "all"


@dataclass(frozen=True, kw_only=True)
class ModelRecord:
    """Where a model comes from and how it was made; lies beside its weights.

    Attributes:
        kind: `trained`, `converted` (a base model from a file),
            `reference` (a ready model by name: no weights here).
        asset: Asset that published it.
        generator: Generator or student it belongs to; None for what all share.
        base: Directory or hub id of the model it started from, or that it refers to.
        base_revision: Hub revision of the base.
        base_version: Version of the base, where it is one of ours.
        data_version: Data version of the rows it learned from.
        hyperparameters: See `engines.base.Hyperparameters`.
        seed: Seed of the training.
        loss_curve: `(step, loss)` pairs.
        metrics: Final metrics.
        num_tokens: Tokens trained on.
        train_s: Seconds of the training loop.
        device: Where it was trained.
        weights_version: Fingerprint of weights and tokenizer; set by the store.
        extra: Anything else worth keeping.
    """

    kind: ModelKind
    asset: str
    generator: str | None = None
    base: str
    base_revision: str | None = None
    base_version: str | None = None
    data_version: str | None = None
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
    loss_curve: list[tuple[int, float]] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    num_tokens: int = 0
    train_s: float = 0.0
    device: str | None = None
    weights_version: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Published:
    """A model in its place, and its version (the asset's data version)."""

    path: Path
    version: str


@dataclass(frozen=True)
class JobFolder:
    """Where one training reads and writes, on this machine.

    Attributes:
        train_file: Its rows, in a directory that is there; who trains writes them.
        output_dir: Where it leaves the model; not there yet.
        checkpoints: Makes the directory of its checkpoints, by a hash of all that decides what it makes.
    """

    train_file: Path
    output_dir: Path
    checkpoints: Callable[[str], Path]


class ModelStore:
    """Publishes and finds models.

    Args:
        files: Where its models lie: a store, or a local directory.
        relatives: Where others lie that it may take over.
    """

    def __init__(self, files: FileStore | Path | str, relatives: Sequence[FileStore | Path | str] = ()) -> None:
        self.files = store_at(files)
        self._relatives = [store_at(relative) for relative in relatives]
        self._staging, self._checkpoints = (self.files.work / name for name in (".staging", ".checkpoints"))

    def listed(self) -> "ModelStore":
        """Return the store as it is now, for many questions (`FileStore.listed`); it is only read."""
        now = copy.copy(self)
        now.files = self.files.listed()
        return now

    @contextmanager
    def job(self, asset: str, generator: str | None = None) -> Iterator[JobFolder]:
        """Yield the folders of a training.

        Rows and what is not published are removed at the end. Checkpoints are removed when the block ends well; after
        an error or a kill they stay, and the same job goes on from them.
        """
        used: list[Path] = []

        def checkpoints(job: str) -> Path:
            used.append(self.checkpoints(asset, generator, job))
            return used[-1]

        with self.staging(asset, generator) as staging:
            yield JobFolder(staging / "rows.jsonl", staging / "model", checkpoints)
        for directory in used:
            shutil.rmtree(directory, ignore_errors=True)

    @contextmanager
    def staging(self, asset: str, generator: str | None = None) -> Iterator[Path]:
        """Yield an empty directory for a training's output; what is not published is removed at the end."""
        directory = self._staging / f"{asset}-{generator or ALL}-{uuid.uuid4().hex[:12]}"
        directory.mkdir(parents=True)
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def checkpoints(self, asset: str, generator: str | None, job: str) -> Path:
        """Return the directory, made if need be, of the checkpoints of one training, named by a hash of its job."""
        directory = self._checkpoints / f"{asset}-{generator or ALL}-{job}"
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def publish(self, staging_dir: Path, record: ModelRecord) -> Published:
        """Move a staged model to its place and make it the current one.

        Raises:
            HomeError: The directory holds no weights.
        """
        version = fingerprint_dir(staging_dir)
        return self._put(staging_dir, replace(record, weights_version=version), version)

    def reference(self, asset: str, generator: str | None, record: ModelRecord) -> Published:
        """Make a ready model, of which we hold no weights, the current one; its version follows from its name."""
        record = replace(record, kind="reference", asset=asset, generator=generator, weights_version=None)
        identity = [record.base, record.base_revision, record.base_version]
        version = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
        with self.staging(asset, generator) as directory:
            return self._put(directory, replace(record, weights_version=version), version)

    def take_over(
        self, asset: str, generator: str | None, *, base_version: str | None, **extra: Any
    ) -> ModelRecord | None:
        """Make a relative's model the current one, where one's record says the same of its base and in `extra`.

        Its files are linked, not copied: of a published model, only the record is ever written again.
        """
        names = [(files, name) for files in self._relatives for name in files.list(_folder(asset, generator))]
        for files, model in ((files, name.rpartition("/")[0]) for files, name in names if name.endswith(f"/{RECORD}")):
            record = _read_record(files, model)
            is_same = record.base_version == base_version and extra.items() <= record.extra.items()
            if is_same and _has_weights(files, model):
                with self.staging(asset, generator) as staging:
                    source, without_record = files.local_folder(model), shutil.ignore_patterns(RECORD)
                    shutil.copytree(source, staging / "model", ignore=without_record, copy_function=link_or_copy)
                    self._put(staging / "model", record, str(record.weights_version))
                return record
        return None

    def note(self, asset: str, generator: str | None, **extra: Any) -> None:
        """Add to what the current model's record says of it (`extra`); the model's version stays."""
        model, _ = self._current(asset, generator)

        def noted(text: bytes | None) -> bytes:
            record = _parsed(text or b"", self.files.uri(f"{model}/{RECORD}"))
            return _text(replace(record, extra={**record.extra, **extra}))

        self.files.update(f"{model}/{RECORD}", noted)

    def current(self, asset: str, generator: str | None = None) -> tuple[Path, ModelRecord]:
        """Return the current model's directory on this machine, fetched where need be, and its record.

        Raises:
            MissingPartitionError: None was published yet, or its directory is gone.
        """
        model, record = self._current(asset, generator)
        return self.files.local_folder(model), record

    def record(self, asset: str, generator: str | None = None) -> ModelRecord:
        """Return the current model's record.

        Raises:
            MissingPartitionError: None was published yet, or its directory is gone.
        """
        return self._current(asset, generator)[1]

    def where(self, asset: str, generator: str | None = None) -> str:
        """Return what people know the current model's folder by.

        Raises:
            MissingPartitionError: None was published yet, or its directory is gone.
        """
        return self.files.uri(self._current(asset, generator)[0])

    def is_there(self, asset: str, generator: str | None = None) -> bool:
        """Return whether an asset has a current model, and its weights are there (a reference has none)."""
        try:
            model, record = self._current(asset, generator)
        except MissingPartitionError:
            return False
        return record.kind == "reference" or _has_weights(self.files, model)

    def folders(self) -> list[str]:
        """Return the folders `<asset>/<generator or "all">` and `base/<model>` that have a current model."""
        return [name.removesuffix(f"/{CURRENT}") for name in self.files.list() if name.split("/")[2:] == [CURRENT]]

    def superseded(self, folder: str) -> list[str]:
        """Return the folders of a folder's models that are not its current one."""
        return [model for model in _models_in(self.files, folder) if model != self._named_in(folder)]

    def remove(self, folder: str) -> None:
        """Remove a folder of models or a model; its record goes first, so that half of one is none."""
        for name in self.files.list(folder):
            if name.rpartition("/")[2] in (RECORD, CURRENT):
                self.files.remove(name)
        self.files.remove_folder(folder)

    def unpublished(self) -> list[Path]:
        """Return staging directories and checkpoints: of trainings that are going on, or were killed."""
        return sorted([*self._staging.glob("*/"), *self._checkpoints.glob("*/")])

    def base_model(self, name: str, *, source: str, source_version: str, make: Callable[[Path], None]) -> Published:
        """Return a base model made from a file, making it only once.

        A second process that asks meanwhile waits for the first.

        Args:
            name: The model.
            source: The file's name, for its record.
            source_version: Hash of the file: a file with another hash is made into a model again.
            make: Writes the model into an empty directory.

        Raises:
            HomeError: No weights were written.
        """
        self._staging.mkdir(parents=True, exist_ok=True)
        with FileLock(self._staging / f"base-{name}.lock"):
            if self.is_made_from(name, source_version):
                path, record = self.current("base", name)
                return Published(path, str(record.weights_version))
            if self.take_over("base", name, base_version=None, source_version=source_version):
                path, record = self.current("base", name)
                return Published(path, str(record.weights_version))
            with self.staging("base", name) as directory:
                make(directory)
                record = ModelRecord(kind="converted", asset="base", generator=name, base=source)
                return self.publish(directory, replace(record, extra={"source_version": source_version}))

    def is_made_from(self, name: str, source_version: str) -> bool:
        """Return whether there is a base model that was made from the file with a hash."""
        if not self.is_there("base", name):
            return False
        return self.record("base", name).extra.get("source_version") == source_version

    def _named_in(self, folder: str) -> str:
        return f"{folder}/{json.loads(self.files.read(f'{folder}/{CURRENT}'))['version']}"

    def _current(self, asset: str, generator: str | None) -> tuple[str, ModelRecord]:
        """Return the current model's folder in the store, and its record."""
        try:
            model = self._named_in(_folder(asset, generator))
            return model, _read_record(self.files, model)
        except FileNotFoundError:
            partition = f" --partition '{generator}'" if generator else ""
            where = f" for {generator}" if generator else ""
            raise MissingPartitionError(
                f"model {asset}{where} has not been made", f"run: scalequest run --select {asset}{partition}"
            ) from None

    def _put(self, directory: Path, record: ModelRecord, version: str) -> Published:
        folder, text = _folder(record.asset, record.generator), _text(record)
        model, has_new = f"{folder}/{version}", any(directory.glob(f"*{_WEIGHTS}"))
        if _is_whole(self.files, model) and (_has_weights(self.files, model) or not has_new):
            self.files.put(f"{model}/{RECORD}", text)  # the same weights: only how they came about is news
        else:
            (directory / RECORD).write_bytes(text)
            self.files.put_folder(directory, model, last=RECORD)
        self.files.put(f"{folder}/{CURRENT}", (json.dumps({"version": version}) + "\n").encode())
        return Published(self.files.local_folder(model), version)


def _folder(asset: str, generator: str | None) -> str:
    return f"{asset}/{generator or ALL}"


def _models_in(files: FileStore, folder: str) -> list[str]:
    """Return the folders of the models in `<asset>/<generator or "all">`, sorted."""
    inside = [name.removeprefix(f"{folder}/").split("/") for name in files.list(folder)]
    return sorted({f"{folder}/{parts[0]}" for parts in inside if len(parts) > 1})


def _has_weights(files: FileStore, model: str) -> bool:
    inside = [name for name in files.list(model) if name.rpartition("/")[0] == model]
    return f"{model}/{RECORD}" in inside and any(name.endswith(_WEIGHTS) for name in inside)


def _is_whole(files: FileStore, model: str) -> bool:
    """Return whether a model's folder is there with its last file."""
    return f"{model}/{RECORD}" in files.list(model)


def _text(record: ModelRecord) -> bytes:
    return (json.dumps(asdict(record), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _read_record(files: FileStore, model: str) -> ModelRecord:
    """Read the record beside a model.

    Raises:
        FileNotFoundError: There is none.
        HomeError: It cannot be read.
    """
    name = f"{model}/{RECORD}"
    return _parsed(files.read(name), files.uri(name))


def _parsed(text: bytes, where: str) -> ModelRecord:
    try:
        values = json.loads(text)
        known = {item.name for item in fields(ModelRecord)}
        record = ModelRecord(**{name: value for name, value in values.items() if name in known})
        return replace(record, loss_curve=[(int(step), float(loss)) for step, loss in record.loss_curve])
    except (ValueError, TypeError, AttributeError) as error:
        raise HomeError(f"{where} is damaged: {error}", "make the model again: scalequest run --force") from error
