"""The profile's sections that say where questions come from."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator

from scalequest_assets.recipe.settings import DEFAULT_DEDUP, MOST_VARIANTS
from scalequest_assets.settings import Identifier, Positive, Settings

COMPRESSED = (".gz", ".zst", ".bz2", ".lz4")
"""Endings of compressed files."""
PACKAGED = "package:"
"""Begins the path of a file that comes with this package: `package:german_school.jsonl`."""
COMMIT = r"^[0-9a-f]{40}$"
"""A commit of the hub."""
REVISION = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$"
"""A commit, branch or tag of the hub. A branch or tag can come to mean something else: a home holds commits only."""
FileKind = Literal["jsonl", "json", "csv", "parquet"]
"""What a file of questions is written in."""


class Columns(Settings):
    r"""Which columns of a file or hub data set hold what.

    `answer` may hold a bare answer, or a worked solution that ends with it (`#### 72`, `\boxed{72}`, `The answer is`).
    A nested column is named by its path: `prompt[0].content`, `reward_model.ground_truth`, `messages[-1].content`.
    Several are joined by a space: `body + question`.

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


class KnownColumns(Settings):
    """Which columns of an earlier set hold what; a nested one is named by its path.

    Attributes:
        query: Column of the question.
        id: Column of an id that each question has alone; None names a question by the hash of its text.
    """

    query: str = "question"
    id: str | None = None


class Named(Settings):
    """What all sources have in common.

    Attributes:
        name: First part of the rows' `query_id`; by default from the file, folder, data set or style.
    """

    name: Identifier | None = None


class Source(Named):
    """What sources of seed questions and benchmarks have in common.

    Attributes:
        max_questions: A seeded sample of this many; None takes all.
        generators: The generators that learn from it; None means all.
        license: Hub identifier of its licence; None for ours (`families`), else unknown.
    """

    max_questions: Positive | None = None
    generators: tuple[str, ...] | None = None
    license: str | None = None


class FamiliesSource(Source):
    """Our own problem families: no file, no network.

    Attributes:
        kind: `families`.
        style: One of those that the subject has.
        families: Names of families to draw from; None for all of the style.
        max_questions: So many are drawn.
        max_level: Most reasoning steps of a question.
        max_number: Largest number in question and solution.
    """

    kind: Literal["families"]
    style: str
    families: tuple[str, ...] | None = None
    max_questions: Positive = 200
    max_level: Positive | None = None
    max_number: Positive | None = None


class Placed(Named):
    """What sources on a disk have in common.

    Attributes:
        path: A file, plain or compressed (gz, zst, bz2, lz4), a folder of them, or a pattern (`data/*.jsonl.gz`). A
            relative path starts at the working directory of the command that sets it. `package:NAME` is a file that
            comes with this package.
    """

    path: str


class FileSource(Placed, Source):
    """Files of questions with their answers.

    Attributes:
        kind: `jsonl` or `json` (JSON lines or one array), `csv` (separated by comma, semicolon or tab) or `parquet`.
        columns: Which columns have what.
    """

    kind: FileKind
    columns: Columns = Columns()


class KnownFiles(Placed):
    """Files of an earlier set.

    Attributes:
        kind: As that of files with answers.
        columns: Which columns have what.
    """

    kind: FileKind
    columns: KnownColumns = KnownColumns()


class Hub(Named):
    """A data set of the hub. A branch or tag becomes a commit when a home is made (`storage.revisions`).

    Attributes:
        kind: `hub`.
        id: The data set on the hub.
        revision: Commit, branch or tag.
        split: Its split.
        config: Its configuration; None for the default one.
    """

    kind: Literal["hub"]
    id: str
    revision: str = Field(pattern=REVISION)
    split: str = "train"
    config: str | None = None


class HubSource(Hub, Source):
    """A data set of the hub with its answers.

    Attributes:
        columns: Which columns have what.
    """

    columns: Columns = Columns()


class KnownHub(Hub):
    """An earlier set on the hub.

    Attributes:
        columns: Which columns have what.
    """

    columns: KnownColumns = KnownColumns()


class EarlierHome(Placed):
    """Another home: what it has when its questions are read.

    Attributes:
        kind: `home`.
        path: Its directory.
        questions: `pairs` (all that have an answer), `released` (its data set, after `release.mix`), or `kept` (all
            that its last screening kept, answered or not).
    """

    kind: Literal["home"]
    questions: Literal["pairs", "released", "kept"] = "pairs"


class EarlierRelease(Placed):
    """A released folder of ours, wherever it lies.

    Attributes:
        kind: `release`.
        path: The folder that has the card, and the pairs in `data`.
    """

    kind: Literal["release"]


QuestionSource = Annotated[FamiliesSource | FileSource | HubSource, Field(discriminator="kind")]
KnownSource = Annotated[EarlierHome | EarlierRelease | KnownFiles | KnownHub, Field(discriminator="kind")]


class Sources(Settings):
    """A list of sources of questions.

    Attributes:
        sources: The sources, in the order of their rows.
    """

    sources: tuple[QuestionSource, ...] = ()

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: tuple[QuestionSource, ...]) -> tuple[QuestionSource, ...]:
        _refuse_equal_names(sources)
        return sources


class KnownQuestions(Settings):
    """Earlier sets whose questions new ones must not repeat.

    Attributes:
        sources: The sets, in the order of their rows.
        threshold: Least Jaccard, on character 5-grams, from which a question is compared with a known one.
        max_variants: A question repeats the earlier sets too if they have more variants of it than this (other
            numbers, operators or one word); 0 lets none through.
    """

    sources: tuple[KnownSource, ...] = ()
    threshold: float = Field(default=DEFAULT_DEDUP.threshold, ge=0.5, le=1)
    max_variants: int = Field(default=DEFAULT_DEDUP.max_variants, ge=0, le=MOST_VARIANTS)

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: tuple[KnownSource, ...]) -> tuple[KnownSource, ...]:
        _refuse_equal_names(sources)
        return sources


SECTIONS = ("seeds", "benchmarks", "known_questions")
"""Sections of the profile that have sources."""


def learns_from(source: Source, generator: str) -> bool:
    """Whether a generator learns from a source."""
    return source.generators is None or generator in source.generators


def source_name(source: QuestionSource | KnownSource) -> str:
    """Return a source's name: as given, or from its style, file, folder or data set."""
    if source.name:
        return source.name
    if isinstance(source, FamiliesSource):
        return source.style
    text = source.id.split("/")[-1] if isinstance(source, HubSource | KnownHub) else _file_name(source.path)
    return "".join(c if c.isalnum() else "_" for c in text.lower().removeprefix(PACKAGED))[:40]


def source_license(source: QuestionSource) -> str:
    """Return a source's licence: as given, this package's for its own families, else `unknown`."""
    return source.license or ("apache-2.0" if isinstance(source, FamiliesSource) else "unknown")


def _refuse_equal_names(sources: Sequence[QuestionSource | KnownSource]) -> None:
    counts = Counter(source_name(source) for source in sources)
    if twice := [f"two sources are named '{name}'" for name, count in counts.items() if count > 1]:
        raise ValueError(f"{', '.join(twice)}: give each a `name` of its own")  # their rows would have the same ids


def _file_name(path: str) -> str:
    """Return the name of a file without its endings, of a folder, or of the folder in which a pattern looks."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    while parts and any(char in parts[-1] for char in "*?["):
        parts.pop()
    last = parts[-1] if parts else "questions"
    stem = re.sub(rf"({'|'.join(map(re.escape, COMPRESSED))})$", "", last).rsplit(".", 1)[0]
    return f"{parts[-2]}_{stem}" if stem in ("train", "test", "validation") and len(parts) > 1 else stem
