import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.release.report import page
from scalequest_assets.release.typesetting import visible
from scalequest_assets.stages import STAGES
from scalequest_tests.release.report_tables import TEX, empty, funnel, released, tables

EXPECTED = Path(__file__).parent / "expected" / "report.html"
HOSTILE = [
    "<script>alert(1)</script> & \x00",
    "</style><b>",
    "</script><img src=x onerror=alert(1)>",
    '" onload="x',
    "{{ x }} {% y %}",
    "</title></textarea>",
    "a | b\n---\n`c` [link](javascript:alert(1))",
    "\u202egnp.exe \u2028 \u2066",
    r"$\text{<script>alert(1)</script>}$ $\href{javascript:alert(1)}{x}$",
]


class Reader(HTMLParser):
    """Notes tags with their attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.values += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def body(html: str) -> str:
    """Return a page without its style, its script and their hashes."""
    html = re.sub(r"(?s)(<(style|script)>).*?(</\2>)", r"\1…\3", html)
    return re.sub(r"'sha256-[^']+'", "…", html)


def without_mathematics(tags: list[tuple[str, tuple[str, ...]]]) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, names) for tag, names in tags if tag in ("main", "mark", "meta") or not tag.startswith("m")]


def test_the_report_reads_as_expected():
    assert body(page(released())) == EXPECTED.read_text(encoding="utf-8")


def test_equal_tables_give_equal_bytes_in_any_order_of_rows():
    made = {name: rows.reverse() for name, rows in tables().items()}
    assert page(released(scan=lambda name: made[name].lazy())) == page(released())


@pytest.mark.parametrize("text", HOSTILE)
def test_data_is_never_markup(text: str):
    plain, read = Reader(page(released("text"))), Reader(page(released(text)))
    assert without_mathematics(read.tags) == without_mathematics(plain.tags)
    assert visible(text) in "".join(read.text) or "$" in text


def test_it_needs_nothing_else():
    read = Reader(page(released()))
    names = {name for _, attributes in read.tags for name in attributes}
    assert names.isdisjoint({"src", "srcset", "data", "style", "action"})
    assert not [name for name in names if name.startswith("on")]
    assert all(str(value).startswith("#") for name, value in read.values if name == "href")
    assert {tag for tag, _ in read.tags}.isdisjoint({"link", "img", "iframe", "object", "base"})
    assert not re.search(r"url\(|@import|fetch|XMLHttp|innerHTML|eval\(", page(released()))


def test_the_policy_allows_its_own_style_and_script_alone():
    html = page(released())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (text,) = re.findall(rf"(?s)<{tag}>(.*?)</{tag}>", html)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_every_table_scrolls_inside_the_page():
    tags = [(tag, names) for tag, names in Reader(page(released())).tags if tag in ("div", "table")]
    before = [tags[index - 1] for index, (tag, _) in enumerate(tags) if tag == "table"]
    assert len(before) > 5
    assert set(before) == {("div", ("class", "role", "aria-label", "tabindex"))}


def test_charts_have_titles_and_their_numbers_beneath():
    html = page(released())
    charts = re.findall(r'(?s)<svg class="chart".*?</svg>', html)
    assert len(charts) == 8
    assert all('role="img" aria-labelledby=' in chart and "<title id=" in chart for chart in charts)
    assert html.count("</details>") >= len(charts)


def test_mathematics_is_typeset_and_what_is_broken_stays():
    html = page(released())
    assert "<mfrac>" in html
    assert "It costs $5 and $6." in html
    assert TEX not in html.partition('<section id="samples">')[2], "in samples it is typeset"


def test_it_says_of_how_many_it_shows_a_sample():
    text = "".join(Reader(page(released())).text)
    assert "3 of 3 pairs, and 5 of 5 rejected questions, at most 1 from one stage" in text
    assert "the judge says that it cannot be solved" in text


def test_nothing_makes_a_page_that_says_so():
    text = "".join(Reader(page(empty())).text)
    for nothing in (
        "No stage has been counted.",
        "No question was dropped.",
        "No pair has a topic.",
        "No question has a predicted difficulty.",
        "No response has both a reward and an agreement.",
        "No model was run.",
        "The profile names no benchmark",
        "No question was dropped for another one.",
        "There is no question to show.",
    ):
        assert nothing in text


def test_pairs_without_a_rejection_make_a_page():
    def kept(name: str) -> pl.LazyFrame:
        rows = tables()[name].lazy()
        if name == STAGES.responses:
            return rows.filter(pl.col("query_id").is_in(tables()["qa_pairs"]["query_id"].implode()))
        return rows.filter("keep") if "keep" in tables()[name].columns else rows

    counts = {"num_kept": pl.lit(3), "num_input": pl.lit(3), "num_dropped": pl.lit(0)}
    all_kept = funnel().with_columns(pl.col("drop_reasons").list.head(0), **counts)
    text = "".join(Reader(page(released(scan=kept, funnel=all_kept))).text)
    assert "3 of 3 pairs, and 0 of 0 rejected questions" in text
    assert "No question was dropped." in text
