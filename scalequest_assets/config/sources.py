"""The profile's sections that say where questions come from."""

import re
from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, field_validator

from scalequest_assets.settings import Identifier, Positive, Settings

COMPRESSED = (".gz", ".zst", ".bz2", ".lz4")
"""Endings of compressed files."""
COMMIT = r"^[0-9a-f]{40}$"
"""A commit of the hub."""
REVISION = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$"
"""A commit, branch or tag of the hub. A branch or tag can come to mean something else: a home holds commits only."""


class Columns(Settings):
    r"""Which columns of a file or hub data set hold what.

    `answer` may hold a bare answer, or a worked solution that ends with it (`#### 72`, `\boxed{72}`, `The answer is`).
    A nested column is named by its path: `prompt[0].content`, `reward_model.ground_truth`, `messages[-1].content`.

    Attributes:
        query: Column of the question.
        answer: Column of the answer: a bare one, or a worked solution that ends with it (`#### 72`, `The answer is`).
        solution: Column of a worked solution.
        subject: Column of the question's topic.
        level: Column of its level, 1 to 5.
    """

    query: str = "question"
    answer: str = "answer"
    solution: str | None = None
    subject: str | None = None
    level: str | None = None


class Source(Settings):
    """What all sources of questions have in common.

    Attributes:
        name: First part of the rows' `query_id`; by default from the file, data set or style.
        max_questions: A seeded sample of this many; None takes all.
        generators: The generators that learn from it; None means all.
        license: Hub identifier of its licence; None for ours (`families`), else unknown.
    """

    name: Identifier | None = None
    max_questions: Positive | None = None
    generators: tuple[str, ...] | None = None
    license: str | None = None


class FamiliesSource(Source):
    """Our own problem families: no file, no network.

    Attributes:
        kind: `families`.
        style: One of those that the subject has.
        families: Names of families to draw from; None for all of the style.
        max_level: Most reasoning steps of a question.
        max_number: Largest number in question and solution.
    """

    kind: Literal["families"]
    style: str
    families: tuple[str, ...] | None = None
    max_questions: Positive = 200
    max_level: Positive | None = None
    max_number: Positive | None = None


class FileSource(Source):
    """Files of questions.

    Attributes:
        kind: `jsonl` or `json` (JSON lines or one array), `csv` (separated by comma, semicolon or tab) or `parquet`.
        path: A file, plain or compressed (gz, zst, bz2, lz4), a folder of them, or a pattern (`data/*.jsonl.gz`). A
            relative path starts at the working directory of the command that sets it.
        columns: Which columns have what.
    """

    kind: Literal["jsonl", "json", "csv", "parquet"]
    path: str
    columns: Columns = Columns()


class HubSource(Source):
    """A data set of the hub. A branch or tag becomes a commit when a home is made (`storage.revisions`).

    Attributes:
        kind: `hub`.
        id: The data set on the hub.
        revision: Commit, branch or tag.
        split: Its split.
        config: Its configuration; None for the default one.
        columns: Which columns have what.
    """

    kind: Literal["hub"]
    id: str
    revision: str = Field(pattern=REVISION)
    split: str = "train"
    config: str | None = None
    columns: Columns = Columns()


QuestionSource = Annotated[FamiliesSource | FileSource | HubSource, Field(discriminator="kind")]


class Sources(Settings):
    """A list of sources of questions.

    Attributes:
        sources: The sources, in the order of their rows.
    """

    sources: tuple[QuestionSource, ...] = ()

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: tuple[QuestionSource, ...]) -> tuple[QuestionSource, ...]:
        counts = Counter(source_name(source) for source in sources)
        if twice := [f"two sources are named '{name}'" for name, count in counts.items() if count > 1]:
            raise ValueError(f"{', '.join(twice)}: give each a `name` of its own")  # their rows would have the same ids
        return sources


def learns_from(source: Source, generator: str) -> bool:
    """Whether a generator learns from a source."""
    return source.generators is None or generator in source.generators


def source_name(source: Source) -> str:
    """Return a source's name: as given, or from its style, file or data set."""
    if source.name:
        return source.name
    if isinstance(source, FamiliesSource):
        return source.style
    text = source.id.split("/")[-1] if isinstance(source, HubSource) else _file_name(source)
    return "".join(c if c.isalnum() else "_" for c in text.lower())[:40]


def source_license(source: Source) -> str:
    """Return a source's licence: as given, this package's for its own families, else `unknown`."""
    return source.license or ("apache-2.0" if isinstance(source, FamiliesSource) else "unknown")


def _file_name(source: Source) -> str:
    """Return the name of a file without its endings, of a folder, or of the folder in which a pattern looks."""
    assert isinstance(source, FileSource)
    parts = [part for part in source.path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    while parts and any(char in parts[-1] for char in "*?["):
        parts.pop()
    last = parts[-1] if parts else "questions"
    stem = re.sub(rf"({'|'.join(map(re.escape, COMPRESSED))})$", "", last).rsplit(".", 1)[0]
    return f"{parts[-2]}_{stem}" if stem in ("train", "test", "validation") and len(parts) > 1 else stem
