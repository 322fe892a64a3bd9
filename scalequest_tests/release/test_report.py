from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from scalequest_assets.release.report import page
from scalequest_assets.schemas import polars_schema
from scalequest_tests.release.frames import costs, funnel, pairs

EXPECTED = Path(__file__).parent / "expected" / "report.html"
HOSTILE = [
    "<script>alert(1)</script> & \x00",
    "</style><b>",
    '" onload="x',
    "{{ x }} {% y %}",
    "</title>",
    "a | b\n---\n`c`",
]


class Reader(HTMLParser):
    """Notes tags with their attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def tiny(text: str | None = None) -> str:
    return page(text or "tiny", text or "Two pairs.", funnel(text), costs(text), pairs(text))


def test_the_report_reads_as_expected():
    assert tiny() == EXPECTED.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_data_is_never_markup(text: str):
    plain, read = Reader(tiny("text")), Reader(tiny(text))
    assert read.tags == plain.tags
    assert text in "".join(read.text)


def test_it_needs_nothing_else():
    names = {name for _, attributes in Reader(tiny()).tags for name in attributes}
    assert names.isdisjoint({"src", "href", "srcset", "data"})
    assert "url(" not in tiny()
    assert "@import" not in tiny()


def test_every_table_scrolls_inside_the_page():
    tags = [(tag, names) for tag, names in Reader(tiny()).tags if tag in ("div", "table")]
    before = [tags[index - 1] for index, (tag, _) in enumerate(tags) if tag == "table"]
    assert before == [("div", ("class", "role", "aria-label", "tabindex"))] * 4
    assert ".scroll{overflow-x:auto}" in tiny()


def test_a_generator_may_be_called_like_a_column():
    names = ["topic", "share", "num_questions"]
    rows = pl.concat([pairs().head(1).with_columns(generator=pl.lit(name)) for name in names])
    shown = page("name", "description", funnel(), costs(), rows)
    assert [f'<th class="n">share in {name}</th>' in shown for name in names] == [True] * 3


def test_no_pairs_make_a_page():
    empty = (pl.DataFrame(schema=polars_schema(table)) for table in ("funnel", "costs", "qa_pairs"))
    text = "".join(Reader(page("name", "description", *empty)).text)
    assert "0 question-answer pairs." in text
    assert "The first 0 pairs" in text
