"""`scalequest sql`: the tables, asked by one statement or at a prompt."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial

import polars as pl
import typer

from scalequest_assets.cli import console
from scalequest_assets.cli.csv_rows import csv_text
from scalequest_assets.cli.options import Format
from scalequest_assets.storage.asking import opened
from scalequest_assets.storage.home import Home, home_from_environment
from scalequest_assets.storage.lake import Partition
from scalequest_assets.storage.sql import Tables


def sql(statement: str | None, output: Format) -> None:
    """Print what a statement returns; without one, and in a terminal, ask for statements until the user leaves."""
    home = home_from_environment()
    home.check_there()
    if statement is None:
        return _prompt(home, output)
    with tables_of(home) as tables:
        rows = tables.ask(statement)
    return show(rows, output)


def tables_of(home: Home) -> AbstractContextManager[Tables]:
    """Open the tables of an existing home, and say so where its catalog cannot serve."""
    return opened(home, lambda: _partitions(home), on_note=console.show_note)


def show(rows: pl.DataFrame, output: Format) -> None:
    """Print rows."""
    match output:
        case "table":
            console.show_table(rows)
        case "json":
            console.show_json(rows.to_dicts())
        case "csv":
            sys.stdout.write(csv_text(rows))
        case "parquet":
            rows.write_parquet(sys.stdout.buffer)


def _partitions(home: Home) -> Mapping[str, Sequence[Partition]]:
    """Return those of the home's profile, which is slow to read and seldom needed: a right catalog names its files."""
    from scalequest_assets.partitions import table_partitions
    from scalequest_assets.storage.profiles import existing_profile

    return table_partitions(existing_profile(home))


def _prompt(home: Home, output: Format) -> None:
    """Ask for statements and print their rows, cut to the terminal where they are a table."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise typer.BadParameter("missing, and there is no terminal to ask in: scalequest sql STATEMENT")
    if output == "parquet":
        raise typer.BadParameter("parquet is no text for a terminal: give a statement, and write it to a file")
    from scalequest_assets.cli.prompt import Prompt  # slow to import, and seldom needed

    shown = console.show_screenful if output == "table" else partial(show, output=output)
    Prompt(home, tables_of, shown).run()
