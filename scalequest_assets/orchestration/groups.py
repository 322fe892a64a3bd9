"""The assets, by group: each group is a module of `assets`."""

from importlib import import_module

from scalequest_assets import assets
from scalequest_assets.stages import STAGES
from scalequest_assets.steps.template import templates_in

GROUPS = {group: templates_in(import_module(f"{assets.__name__}.{group}")) for group in STAGES.groups}
