"""Options that several commands have, and what may be given for them."""

from typing import Annotated, Literal

import typer

ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", help="A shipped profile or a file; else the home's own (a new home: embedded)."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a profile value; may be repeated."),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select", metavar="ASSETS", help="Stay within these assets (comma-separated); +asset: and all before it."
    ),
]
Partitions = Annotated[
    list[str] | None,
    typer.Option(
        "--partition",
        metavar="'G|S'",
        help="Only these: a generator or student, 'generator|shard' or '*|shard'; may be repeated.",
    ),
]
Format = Literal["table", "csv", "json", "parquet"]
"""How rows are printed."""
Form = Literal["folder", "alpaca", "sharegpt"]
"""How a data set is exported."""
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
