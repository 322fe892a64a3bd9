"""`scalequest review`: people judge a random sample of the pairs that would be released."""

import getpass
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import typer

from scalequest_assets.cli import console
from scalequest_assets.cli.interview import Interview, Said
from scalequest_assets.cli.spreadsheet import read_filled, write_sample
from scalequest_assets.config.profile import Profile
from scalequest_assets.errors import ReleaseError, ScalequestError
from scalequest_assets.partitions import partition_keys, table_partitions
from scalequest_assets.release.agreement import agreement
from scalequest_assets.release.mix import mix
from scalequest_assets.release.reviewing import (
    Review,
    by_generator,
    hashed,
    in_turn,
    not_judged_by,
    review_of,
    that_count,
    unlike,
)
from scalequest_assets.schemas import polars_schema
from scalequest_assets.stages import REVIEWS, STAGES
from scalequest_assets.storage.catalog import Catalog
from scalequest_assets.storage.home import Home, home_from_environment
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import existing_profile
from scalequest_assets.storage.reviews import Reviews, new_session

ALL = "all"


def review(
    pairs: int,
    reviewer: str | None,
    out: Path | None,
    filled: Path | None,
    *,
    summary: bool,
    as_json: bool,
) -> None:
    """Ask about a sample of the pairs, in the terminal or in a file; or show what was said."""
    if (out is not None) + (filled is not None) + summary > 1:
        raise typer.BadParameter("--out, --in and --summary are three things: name one")
    if as_json and not (summary or filled):
        raise typer.BadParameter("--json goes with --summary or --in")
    desk = Desk(home_from_environment())
    if out:
        return desk.write(out, pairs, _name(reviewer))
    if filled:
        desk.read(filled, _name(reviewer), is_quiet=as_json)
    elif not summary:
        desk.interview(pairs, _name(reviewer))
    return console.show_json(desk.document()) if as_json else desk.show()


class Desk:
    """Where pairs are judged: what may be released of a home, and what was said of it.

    Args:
        home: The home.

    Raises:
        HomeError: There is no home.
        ReleaseError: It has no pairs, or fewer than are to be released.
    """

    def __init__(self, home: Home) -> None:
        self._home, self._profile = home, existing_profile(home)
        self._lake, self._reviews = Lake(home.lake), Reviews(home)
        self._pairs = hashed(pairs_to_release(self._lake, self._profile))
        self._rows: dict[str, dict[str, Any]] = {}
        self._session = new_session()

    def interview(self, num: int, reviewer: str) -> None:
        """Ask in the terminal."""
        if (sample := self._sample(num, reviewer)).is_empty():
            return
        console.out.print(
            f"{sample.height} of the {self._pairs.height} pairs that would be released, drawn at random by generator "
            f"and difficulty, for {reviewer}.\nEvery judgement is kept at once.",
            markup=False,
        )
        asked = Interview(sample.to_dicts(), lambda pair, said: self._keep([(pair, said)], reviewer))
        self._show_num_kept(asked.run())

    def write(self, path: Path, num: int, reviewer: str) -> None:
        """Write a sample for a spreadsheet."""
        if (sample := self._sample(num, reviewer)).is_empty():
            return
        write_sample(path, sample)
        console.out.print(
            f"{path}: {sample.height} pairs. Fill in the last columns (y, n or unsure), then: scalequest review --in "
            f"{path}",
            markup=False,
        )

    def read(self, path: Path, reviewer: str, *, is_quiet: bool = False) -> None:
        """Keep what a filled-in file says, but for what the reviewer said before in the same words."""
        given = read_filled(path, self._pairs)
        num_kept = self._keep(given.judged, reviewer)
        if not is_quiet:
            console.out.print(
                f"{path}: {len(given.judged)} judgements, {num_kept} new; skipped {given.num_empty} empty rows.",
                markup=False,
            )
            self._show_num_kept(num_kept)

    def document(self) -> dict[str, Any]:
        """Return what was said, for scripts: of all pairs and of each generator's, and the gate."""
        said = self._reviews.read()
        return {
            **review_of(self._pairs, said).document(),
            "generators": {name: part.document() for name, part in by_generator(self._pairs, said).items()},
            "agreement": agreement(self._with_judge(), said).to_dicts(),
            "num_outdated": said.height - _num_counting(said, self._pairs),
            "max_wrong_share": self._profile.release.max_wrong_share,
        }

    def show(self) -> None:
        """Print what was said of the pairs that would be released."""
        said = self._reviews.read()
        whole = review_of(self._pairs, said)
        if not whole.num_judged:
            console.out.print("Nobody has judged a pair that would be released. Begin: scalequest review")
        else:
            parts = {**by_generator(self._pairs, said), ALL: whole}
            rows = [row for name, part in parts.items() for row in _rows(name, part)]
            console.show_table(pl.DataFrame(rows), title="The pairs that would be released")
            self._show_agreement(said)
        for line in self._remarks(whole, said):
            console.out.print(line, markup=False)

    def _show_agreement(self, said: pl.DataFrame) -> None:
        """Print how far reward, agreement and judge tell right pairs from wrong ones, where there are both."""
        found = agreement(self._with_judge(), said)
        shown = found.select(
            "signal",
            "difficulty",
            pairs=pl.format("{} right, {} wrong", "num_right", "num_wrong"),
            area=pl.col("area").round(2),
            interval=pl.format("{} - {}", pl.col("low").round(2), pl.col("high").round(2)),
        )
        if not found.is_empty():
            console.show_table(shown, title="What tells right pairs from wrong ones (area under the ROC; 0.5: nothing)")

    def _with_judge(self) -> pl.DataFrame:
        """Return the pairs with the probability that the judge gave Yes; null where it was not asked for one."""
        shards = self._pairs.select("generator", "shard").unique(maintain_order=True).to_dicts()
        there = [key for key in shards if self._lake.exists(STAGES.verdicts, key)]
        judged = self._lake.scan(STAGES.verdicts, there).select("query_id", "yes_probability").collect()
        return self._pairs.join(judged, on="query_id", how="left", maintain_order="left")

    def _remarks(self, whole: Review, said: pl.DataFrame) -> Iterator[str]:
        if whole.num_shared:
            agreed = f"{whole.num_agreed} of {whole.num_shared}"
            yield f"Judged by several people: {whole.num_shared} pairs; they agree on {agreed}."
        if outdated := said.height - _num_counting(said, self._pairs):
            yield f"Not counted: {outdated} judgements that were made again, or whose pair is another now or left out."
        most = self._profile.release.max_wrong_share
        if most is not None and whole.wrong.num:
            is_above = whole.wrong.interval[0] > most
            what = "lies above it: nothing would be released" if is_above else "does not lie above it"
            yield f"release.max_wrong_share is {most:.1%}: the interval {what}."

    def _sample(self, num: int, reviewer: str) -> pl.DataFrame:
        """Return the next pairs that somebody is to judge; says so where there is none."""
        ordered = in_turn(self._pairs, self._profile.random_seed)
        sample = not_judged_by(reviewer, ordered, self._reviews.read()).head(num)
        if sample.is_empty():
            console.out.print(f"{reviewer} has judged all {self._pairs.height} pairs as they are.", markup=False)
        return sample

    def _keep(self, given: Iterable[tuple[Mapping[str, Any], Said]], reviewer: str) -> int:
        """Store judgements in this session's file; return how many are new."""
        rows = [_judgement(pair, said, reviewer) for pair, said in given]
        new = unlike(pl.DataFrame(rows, schema=polars_schema(REVIEWS)), self._reviews.read())
        is_first = not self._rows
        self._rows |= {row["query_id"]: row for row in new.to_dicts()}
        if not new.is_empty():
            self._reviews.write(self._session, pl.DataFrame([*self._rows.values()], schema=polars_schema(REVIEWS)))
            if is_first:  # the catalog lists files
                Catalog(self._home, self._lake, table_partitions(self._profile)).publish()
        return new.height

    def _show_num_kept(self, num: int) -> None:
        if num:
            console.out.print(f"Kept {num} judgements. `scalequest run` puts them into the data set's card.\n")


def pairs_to_release(lake: Lake, profile: Profile) -> pl.DataFrame:
    """Return the pairs that would be released of what is there now.

    Raises:
        ReleaseError: There is none, or there are fewer than the profile wants.
    """
    keys = [key for key in partition_keys(profile, STAGES[STAGES.pairs].by) if lake.exists(STAGES.pairs, key)]
    release, pairs = profile.release, lake.scan(STAGES.pairs, keys).collect()
    chosen = mix(pairs, release.mix, release.num_pairs, profile.generators)
    if chosen.is_empty():
        raise ReleaseError("there are no pairs to judge yet", "make some: scalequest run")
    return chosen


def _judgement(pair: Mapping[str, Any], said: Said, reviewer: str) -> dict[str, Any]:
    return {
        **{name: pair[name] for name in ("query_id", "generator", "shard", "content_hash")},
        "reviewer": reviewer,
        "reviewed_at": datetime.now(UTC).replace(tzinfo=None),
        "is_question_sound": said.is_question_sound,
        "is_answer_right": said.is_answer_right,
        "note": said.note,
    }


def _name(reviewer: str | None) -> str:
    """Return who judges."""
    try:
        name = (getpass.getuser() if reviewer is None else reviewer).strip()
    except (OSError, KeyError, ImportError):  # a container without accounts
        name = ""
    if not name:
        raise ScalequestError("nobody is named as the reviewer", "name yourself: scalequest review --reviewer NAME")
    return name


def _num_counting(said: pl.DataFrame, pairs: pl.DataFrame) -> int:
    return that_count(said, pairs).height


def _rows(name: str, part: Review) -> Iterator[dict[str, str]]:
    """Yield what was said of a generator's pairs as lines of the summary."""
    counts = [("judged", part.num_judged, part.num_pairs), ("unsure", part.num_unsure, part.num_judged)]
    for what, num, total in counts:
        yield {"generator": name, "what": what, "pairs": f"{num} of {total}", "share": "", "95% interval": ""}
        name = ""
    for what, share in (("unsound question", part.unsound), ("wrong", part.wrong)):
        low, high = share.interval
        bounds = {"share": f"{share.value or 0:.1%}" if share.num else "", "95% interval": f"{low:.1%} - {high:.1%}"}
        yield {"generator": "", "what": what, "pairs": f"{share.hits} of {share.num}", **bounds}
