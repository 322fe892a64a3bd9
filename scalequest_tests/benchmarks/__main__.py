"""`make bench`: runs the benchmarks and prints their figures.

A benchmark is a module `bench_<name>.py` in this folder with `run() -> list[dict[str, object]]`: one dict per row of
its table. What is compared is measured in one run, side by side. Its docstring's first line is the table's title.
"""

import argparse
import importlib
from pathlib import Path

import polars as pl

from scalequest_assets.cli import console


def main() -> None:
    """Run all benchmarks, or the named ones."""
    names = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m scalequest_tests.benchmarks", description="Run the benchmarks.")
    parser.add_argument("name", nargs="*", help=f"which ones, of: {', '.join(names) or 'none yet'}; none means all")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if unknown := sorted(set(options.name) - set(names)):
        parser.error(f"no benchmark is named {', '.join(unknown)}")
    if not names:
        console.err.print("There are no benchmarks yet.")
    results = {}
    for name in options.name or names:
        module = importlib.import_module(f"{__package__}.bench_{name}")
        console.err.print(f"{name} ...", markup=False)
        results[name] = module.run()
        if not options.json:
            console.show_table(pl.DataFrame(results[name]), title=(module.__doc__ or name).splitlines()[0])
    if options.json:
        console.show_json(results)


if __name__ == "__main__":
    main()
