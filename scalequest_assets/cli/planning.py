"""`scalequest plan`: what a run would take."""

from collections.abc import Sequence

from scalequest_assets.cli import console
from scalequest_assets.planning import plan as planning
from scalequest_assets.planning import table
from scalequest_assets.planning.measured import measured
from scalequest_assets.storage.home import home_from_environment
from scalequest_assets.storage.lake import Lake
from scalequest_assets.storage.profiles import planned_profile


def plan(profile: str | None, settings: Sequence[str] | None, pairs: int | None, *, as_json: bool) -> None:
    """Show what a run would take."""
    home = home_from_environment()
    used, own = planned_profile(home, profile, settings or [])
    if own is None and profile is None:
        console.show_note(f"there is no home at {home.root}: this is the plan of a new one")
    known = measured(Lake(home.lake), own) if own else None
    used = used if pairs is None else planning.sized(used, pairs, known)
    stages = planning.plan(used, known)
    if as_json:
        return console.show_json(table.document(used, stages))
    console.out.print(table.table(used, stages, console.out.width))
    if lines := planning.beside_paper(used, stages):
        console.out.print(table.paper_table(lines))
    return console.out.print("\n".join(table.notes(used, stages)), markup=False)
