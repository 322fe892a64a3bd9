"""What a person sees and does in Dagster's UI, on a home that fake models filled. Each test leaves a screenshot."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from scalequest_assets.orchestration.catching_up import CATCH_UP, LOOK
from scalequest_assets.orchestration.groups import GROUPS
from scalequest_assets.orchestration.jobs import UP_TO_DATE
from scalequest_assets.stages import STAGES
from scalequest_assets.storage.home import CODE_LOCATION
from scalequest_tests.conftest import FakeRun
from scalequest_tests.e2e.browser import chromium, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

# A run is a process of its own, and two of them on a busy two-core machine take their time.
TIMEOUT_MS = 120_000
expect.set_options(timeout=TIMEOUT_MS)
REPOSITORY = f"__repository__@{CODE_LOCATION}"


@dataclass(frozen=True)
class Ui:
    """A served home."""

    url: str
    run: FakeRun
    browser: Browser
    screenshots: Path


@pytest.fixture(scope="module")
def ui(one_shard: FakeRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    run = one_shard.copied(folder)
    with chromium() as browser, served(run.home, "scalequest_tests.fake_location", folder) as url:
        yield Ui(url, run, browser, Path(os.environ.get("SCALEQUEST_SCREENSHOTS", folder)))


@pytest.fixture
def page(ui: Ui, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = ui.browser.new_page(viewport={"width": 1680, "height": 1400})
    page.set_default_timeout(TIMEOUT_MS)
    yield page
    page.screenshot(path=ui.screenshots / f"{request.node.name}.png")
    page.close()


def test_lineage_shows_all_groups_from_left_to_right_and_all_assets(ui: Ui, page: Page) -> None:
    page.goto(f"{ui.url}/asset-groups")
    places = {group: _graph_node(page, group).bounding_box() for group in GROUPS}
    of_a_run = {group: box for group, box in places.items() if group not in STAGES.groups_on_request}
    assert sorted(of_a_run, key=lambda group: of_a_run[group]["x"]) == list(of_a_run)
    assert places["study"]["x"] > places["question_tuning"]["x"]
    for group, templates in GROUPS.items():
        _sidebar_row(page, group).get_by_role("button").first.click()
        for template in templates:
            expect(_sidebar_row(page, template.name)).to_be_visible()


def test_asset_is_materialized(ui: Ui, page: Page) -> None:
    page.goto(f"{ui.url}/assets/seed_questions?view=overview")
    page.get_by_role("button", name=re.compile(r"Materialize$")).click()
    _see_run_succeed(page)


def test_one_partition_is_materialized(ui: Ui, page: Page) -> None:
    _choose_partition(ui, page, "generator_config", "competition").get_by_role("button", name="Launch 1 run").click()
    _see_run_succeed(page)
    expect(page.get_by_text("partition: competition")).to_be_visible()


def test_same_questions_again_make_nothing_stale(ui: Ui, page: Page) -> None:
    dialog = _choose_partition(ui, page, "synthetic_questions", "competition", "s0000")
    dialog.get_by_role("button", name="Launch 1 run").click()
    _see_run_succeed(page)
    assert _stale(ui) == set()


def test_other_questions_make_exactly_their_children_stale(ui: Ui, page: Page) -> None:
    dialog = _choose_partition(ui, page, "synthetic_questions", "competition", "s0000")
    dialog.get_by_text("Config", exact=True).click()
    dialog.get_by_text("Add config").click()
    editor = page.locator(".dagster-dialog").last
    editor.locator(".CodeMirror").first.click()
    page.keyboard.insert_text("{ops: {synthetic_questions: {config: {reroll: 1}}}}")
    expect(editor.get_by_text("No errors")).to_be_visible()
    editor.get_by_role("button", name="Save config").click()
    dialog.get_by_role("button", name="Launch 1 run").click()
    _see_run_succeed(page)
    assert _stale(ui) == {"screened_questions competition|s0000", "release_manifest competition"}


def test_run_of_the_command_line_can_be_executed_again(ui: Ui, page: Page) -> None:
    page.goto(f"{ui.url}/runs")
    page.get_by_text("View", exact=True).last.click()  # the last row is the oldest run
    _see_success(page)
    first = page.url
    page.get_by_role("button", name="Re-execute all").click()
    page.wait_for_url(lambda url: "/runs/" in url and url != first)
    _see_success(page)


def test_what_is_stale_is_shown_and_one_button_makes_it(ui: Ui, page: Page) -> None:
    gone = {"generator": "competition", "shard": "s0000"}
    Path(ui.run.lake.uri("response_scores", gone)).unlink()
    _launch(ui, page, LOOK)
    page.goto(f"{ui.url}/assets/response_scores?view=checks")
    page.get_by_text(UP_TO_DATE, exact=True).first.click()
    expect(page.get_by_text("its file is gone").first).to_be_visible()
    page.screenshot(path=ui.screenshots / "stale_is_shown.png")
    _launch(ui, page, CATCH_UP)
    assert _stale(ui) == set()
    page.goto(f"{ui.url}/assets/response_scores?view=checks")
    page.get_by_text(UP_TO_DATE, exact=True).first.click()
    expect(page.get_by_text("0 of 2 partitions missing or stale").first).to_be_visible()


def _launch(ui: Ui, page: Page, job: str) -> None:
    """Launch a job from its launchpad, as it is."""
    page.goto(f"{ui.url}/locations/{REPOSITORY}/jobs/{job}/playground")
    page.get_by_role("button", name="Launch Run").click()
    page.wait_for_url("**/runs/**")
    _see_success(page)


def _choose_partition(ui: Ui, page: Page, asset: str, *keys: str) -> Locator:
    """Open an asset's launch dialog and choose one key of each dimension."""
    page.goto(f"{ui.url}/assets/{asset}?view=partitions")
    page.get_by_role("button", name="Materialize…").click()
    dialog = page.locator(".dagster-dialog").first
    for key in keys:
        dialog.get_by_text("Select a partition or create one").first.click()
        page.get_by_role("menuitem", name=key).click()
        dialog.get_by_text("Launch runs to materialize").click()  # closes the menu
    return dialog


def _see_run_succeed(page: Page) -> None:
    """Go from the note that a run was launched to its page, and wait for its end."""
    page.get_by_text("View", exact=True).last.click()
    page.wait_for_url("**/runs/**")
    _see_success(page)


def _see_success(page: Page) -> None:
    """Wait for a run's end: its state beside its title, since of a long log only the rows in sight are in the page."""
    page.reload()  # nothing of the run that was shown before is left
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()


def _graph_node(page: Page, name: str) -> Locator:
    node = page.get_by_text(name, exact=True).last
    expect(node).to_be_visible()
    return node


def _sidebar_row(page: Page, name: str) -> Locator:
    rows = page.locator("[class*=AssetSidebarNode_itemContainer]")
    return rows.filter(has=page.get_by_title(name, exact=True))


def _stale(ui: Ui) -> set[str]:
    targets = [target for asset in ui.run.graph.assets_of_run() for target in ui.run.graph.targets(asset)]
    return {str(target) for target in targets if target.state != "fresh"}
