"""How a plan is shown: a table with its total, what it assumes, and the paper's figures where they mean something."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import JustifyMethod
from rich.table import Table

from scalequest_assets.config.models import GgufModel, billion_parameters
from scalequest_assets.config.profile import Profile
from scalequest_assets.engines.footprint import Footprint
from scalequest_assets.planning.assumptions import assumed, assumptions
from scalequest_assets.planning.plan import PaperLine, Stage, beside_paper
from scalequest_assets.stages import STAGES

_ROLES = ("rewriter", "judge", "solve")
_LEFT = ("asset", "model", "measured")
_WIDE, _FOR_WIDE = 120, ("model", "rows")


def table(profile: Profile, stages: Sequence[Stage], width: int) -> Table:
    """Return the plan as a table: a line for each asset that runs a model or loses rows, then the total.

    Columns without content are left out, and on a terminal that is not wide those that one can do without.
    """
    shown = _table(f"Plan for profile {profile.name}")
    shown.show_footer = True
    working = [stage for stage in stages if stage.model or stage.num_kept is not None]
    rows, total = [_cells(profile, stage) for stage in working], _total(stages)
    footer = {
        "asset": "total",
        "read": _short(total["prompt_tokens"]),
        "written": _short(total["written_tokens"]),
        "trained": _short(total["trained_tokens"]),
        "GPU-h": _hours(total["device_hours"]),
        "time": _time(total["engine_s"]),
        profile.prices.currency: _money(total["money"]),
    }
    left_out = () if width >= _WIDE else _FOR_WIDE
    names = [name for name in rows[0] if name not in left_out and any(row[name] for row in rows)]
    for name in names:
        justify: JustifyMethod = "left" if name in _LEFT else "right"
        shown.add_column(name, footer=footer.get(name, ""), justify=justify, no_wrap=True)
    for row in rows:
        shown.add_row(*(row[name] for name in names))
    return shown


def paper_table(lines: Sequence[PaperLine]) -> Table:
    """Return the plan beside the paper's cost table."""
    shown = _table("Beside the paper's cost table (docs/PAPER.md, section 2)")
    for name in ("line", "unit", "planned", "paper", "error"):
        shown.add_column(name, justify="left" if name in ("line", "unit") else "right")
    for line in lines:
        shown.add_row(line.name, line.unit, f"{line.planned:.1f}", f"{line.paper:.1f}", f"{line.error:+.0%}")
    return shown


def notes(profile: Profile, stages: Sequence[Stage]) -> list[str]:
    """Return what the figures rest on, in a few lines."""
    hardware = profile.hardware
    style = profile.roles.responder.prompt_style
    kinds = {"families" if source.kind == "families" else "other" for source in profile.seeds.sources}
    questions = " or ".join(f"{assumed(profile, f'tokens.seed.{kind}'):g}" for kind in sorted(kinds))
    replies = ", ".join(f"{role} {assumed(profile, f'reply.{role}.{style}'):g}" for role in _ROLES)
    longer, kept = f"{assumed(profile, f'tokens.rewrite.{style}'):g}", (*STAGES.screening, STAGES.responses)
    rates = ", ".join(f"{name} {assumed(profile, f'keep.{name}'):g}" for name in kept if name != "difficulty_scores")
    said = [
        f"Assumed where nothing is measured: a question has {questions} tokens, rewritten {longer} more; replies "
        f"({style} prompts): {replies}, at most max_tokens.",
        f"Shares kept: {rates}; difficulty_scores as the profile says.",
        f"Device: {hardware.name} ({hardware.peak_tflops:g} TFLOPS; share reached writing "
        f"{hardware.decode_utilization:g}, reading {hardware.prefill_utilization:g}, training "
        f"{hardware.training_utilization:g}), and {hardware.start_s:g} s per model and asset to load it.",
        "Operations per parameter and token: 2 read or written, 6 trained (LoRA 4), 8 in DPO (its tokens count twice).",
    ]
    said += [f"Model {name} is fetched and converted once: {need}." for name, need in conversions(profile).items()]
    num = profile.study.num_questions
    said.append(
        f"Not in it: the study, on request: {3 * num:,} questions a generator to write, {5 * num:,} to judge at most."
    )
    if num_students := len(profile.students.trained):
        said.append(f"Nor the students, on request: {num_students} trainings, and as many models and bases to ask.")
    if any(stage.money is None for stage in stages):
        said.append("Some prices are not known: set prices.gpu_hour, prices.cpu_hour or prices.tokens.")
    if any(stage.engine_s is None for stage in stages):
        said.append("Models behind a server (api) take none of our hours; how long they take is not known.")
    if beside_paper(profile, stages):
        said.append("A line's error says more than the total's: errors of either sign cancel out there.")
    return [*said, "Every assumption with its reason, and every figure's basis: --json"]


def document(profile: Profile, stages: Sequence[Stage]) -> dict[str, Any]:
    """Return all of it as JSON."""
    lines = beside_paper(profile, stages)
    return {
        "profile": profile.name,
        "currency": profile.prices.currency,
        "is_gpu": profile.hardware.is_gpu,
        "stages": [asdict(stage) for stage in stages],
        "total": _total(stages),
        "conversions": {
            name: {"disk_bytes": need.disk, "converting_bytes": need.converting, "running_bytes": need.running}
            for name, need in conversions(profile).items()
        },
        "paper": [{**asdict(line), "error": line.error} for line in lines],
        "assumptions": {name: assumption._asdict() for name, assumption in assumptions(profile).items()},
    }


def conversions(profile: Profile) -> dict[str, Footprint]:
    """Return what the profile's models of GGUF files take, where their size is known."""
    sizes = {name: billion_parameters(model) for name, model in profile.models.items() if isinstance(model, GgufModel)}
    return {name: Footprint(round(size * 1e9)) for name, size in sizes.items() if size}


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))


def _total(stages: Sequence[Stage]) -> dict[str, Any]:
    """Return sums; money is that of the stages whose price is known, None where none is."""
    prices = [stage.money for stage in stages if stage.model and stage.money is not None]
    return {
        "prompt_tokens": sum(stage.prompt_tokens for stage in stages),
        "written_tokens": sum(stage.completion_tokens for stage in stages if not stage.is_training),
        "trained_tokens": sum(stage.completion_tokens for stage in stages if stage.is_training),
        "flops": sum(stage.flops for stage in stages),
        "device_hours": sum(stage.device_hours for stage in stages),
        "engine_s": sum(stage.engine_s or 0.0 for stage in stages),
        "money": sum(prices) if prices else None,
    }


def _cells(profile: Profile, stage: Stage) -> dict[str, str]:
    """Return a stage's cells by column. Hours of a CPU are its time; a GPU's time shows as its hours."""
    bases = {"rows": stage.rows_basis, "tokens": stage.tokens_basis, "time": stage.hours_basis}
    measured = ", ".join(name for name, basis in bases.items() if basis == "measured")
    is_gpu, runs_model = profile.hardware.is_gpu, stage.model is not None
    return {
        "asset": stage.asset,
        "model": stage.model or "",
        "rows": _short(stage.num_rows),
        "kept": _short(stage.num_kept),
        "requests": _short(stage.num_requests),
        "read": _short(stage.prompt_tokens),
        "written": "" if stage.is_training else _short(stage.completion_tokens),
        "trained": _short(stage.completion_tokens) if stage.is_training else "",
        "GPU-h": _hours(stage.device_hours) if is_gpu and stage.device_hours else "",
        "time": _time(stage.engine_s) if runs_model and not is_gpu else "",
        profile.prices.currency: _money(stage.money) if runs_model else "",
        "measured": measured,
    }


def _short(number: float | None) -> str:
    """Return a number with three digits and its unit: 1,234,567 as 1.23M; nothing for nothing."""
    if not number:
        return ""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size * 0.9995:
            return f"{number / size:.3g}{unit}" if number < size * 999.5 else f"{number / size:.0f}{unit}"
    return f"{number:g}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _hours(hours: float) -> str:
    return f"{hours:.1f}" if hours >= 10 else f"{hours:.2f}"


def _money(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.0f}" if amount >= 100 else f"{amount:,.2f}"
