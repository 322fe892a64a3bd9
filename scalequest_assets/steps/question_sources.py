"""From sources of questions, as a profile names them, to rows: our own families, files, data sets of the hub."""

import polars as pl

from scalequest_assets.config.sources import (
    Columns,
    FamiliesSource,
    HubSource,
    QuestionSource,
    Sources,
    source_name,
)
from scalequest_assets.errors import SeedError
from scalequest_assets.recipe.seeding import row_seed
from scalequest_assets.recipe.seeds import NO_ANSWER, NO_QUESTION, left_out, sampled, seed_rows
from scalequest_assets.schemas import polars_schema
from scalequest_assets.steps import metadata
from scalequest_assets.steps.step import Step
from scalequest_assets.storage.sources import read_files, read_hub
from scalequest_assets.subjects.base import Subject

_SHOWN_ANSWERS, _SHOWN_REASONS = 3, 10


def read_sources(step: Step, sources: Sources, *, needs_answer: bool) -> tuple[pl.DataFrame, metadata.Metadata]:
    """Return the rows of all sources, how many each has, and what was left out of it for which reason."""
    parts, counts, lost = [pl.DataFrame(schema=polars_schema("seed_questions"))], [], []
    for source in sources.sources:
        name, records = source_name(source), _records(step, source, needs_answer=needs_answer)
        usable = seed_rows(records, name, step.subject.answers, needs_answer=needs_answer)
        unusable = left_out(records, usable)
        if usable.is_empty():
            found = ", ".join(repr(text or "") for text in unusable["answer"].head(_SHOWN_ANSWERS))
            raise SeedError(
                f"source '{name}': none of its {records.height} rows has both a question and an answer that can be "
                f"compared (answers such as {found})",
                "map its columns (`columns: {query: …, answer: …}`)",
            )
        taken = usable if source.max_questions is None else sampled(usable, source.max_questions, step.random_seed)
        parts.append(taken)
        by_reason = dict(unusable.group_by("reason").agg(pl.col("num_rows").sum()).iter_rows())
        counts.append(
            {
                "source": name,
                "records": records.height,
                "without_question": by_reason.get(NO_QUESTION, 0),
                "without_answer": by_reason.get(NO_ANSWER, 0),
                "taken": taken.height,
            }
        )
        lost += [{"source": name, **row} for row in unusable.head(_SHOWN_REASONS).to_dicts()]
    return pl.concat(parts), {"sources": metadata.table(counts), "left_out": metadata.table(lost)}


def drawn(source: FamiliesSource, subject: Subject, random_seed: int) -> pl.DataFrame:
    """Return what a source of our families gives under a profile's seed, with the recipe's column names."""
    seed = row_seed(random_seed, "families", source_name(source)) % 2**31
    return subject.families.records(
        source.style,
        source.max_questions,
        seed,
        names=source.families,
        max_level=source.max_level,
        max_number=source.max_number,
    )


def _records(step: Step, source: QuestionSource, *, needs_answer: bool) -> pl.DataFrame:
    """Return a source's records with the recipe's column names."""
    if isinstance(source, FamiliesSource):
        return drawn(source, step.subject, step.random_seed)
    columns = {name: column for name, column in source.columns.model_dump().items() if column is not None}
    # A benchmark need have no answers; a column that someone named must be there.
    optional = {"answer"} if not needs_answer and columns["answer"] == Columns().answer else set()
    if isinstance(source, HubSource):
        return read_hub(source.id, source.revision, source.split, source.config, columns, optional=optional)
    return read_files(source.path, source.kind, columns, optional=optional)
