"""The graph as a Dagster component: a project of someone else's has it by a YAML file.

    type: scalequest_assets.ScaleQuestPipeline
    attributes:
      home: data
      profile: laptop
      settings: [num_shards=4]

It gives what `scalequest_assets.definitions` gives for the same home. The package's top exports it, lazily.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import dagster as dg

from scalequest_assets.definitions import build_defs, build_resources
from scalequest_assets.storage.home import Home
from scalequest_assets.storage.profiles import declared_profile


class ScaleQuestPipeline(dg.Component, dg.Model, dg.Resolvable):
    """The asset graph of one home: from seed questions to a released data set, with its checks, jobs and resources.

    Its runs are in-process (decision 3), which a project has one executor for: one that names another is refused by
    Dagster. Keys and groups of assets cannot be changed: an asset's name is its table's (decision 36).
    """

    home: Annotated[
        str,
        dg.Resolver.default(
            description="Directory of the home; a relative one lies in the project. It is made where there is none.",
            examples=["data"],
        ),
    ]
    profile: Annotated[
        str | None,
        dg.Resolver.default(
            description="A shipped profile, or a file in the project: the home has it, and follows its changes. "
            "Without it the home's own stays (a new home: embedded).",
            examples=["laptop", "profiles/ours.yaml"],
        ),
    ] = None
    settings: Annotated[
        Sequence[str],
        dg.Resolver.default(description="Settings on top of the profile, as `--set` takes them.", examples=[["a.b=1"]]),
    ] = ()
    lake: Annotated[
        str | None,
        dg.Resolver.default(
            description="Directory of the tables, where that is not the home's own, or a bucket: s3://bucket/prefix."
        ),
    ] = None

    @classmethod
    def get_spec(cls) -> dg.ComponentTypeSpec:
        """Return what `dg` lists of it."""
        return dg.ComponentTypeSpec(
            description="ScaleQuest: open language models make a reasoning data set, table by table.",
            tags=["llm", "synthetic-data"],
            produces=["asset", "asset_check", "job", "resource"],
        )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return the graph of the home.

        Raises:
            HomeError: The home cannot be written, or belongs to a profile of another name.
            ProfileError: The profile or a setting is not valid, or there are settings without a profile.
        """
        home = Home(_within(context.project_root, self.home), self.lake and _within(context.project_root, self.lake))
        named = self.profile and context.project_root / self.profile
        where = str(named) if named and named.is_file() else self.profile
        return build_defs(build_resources(home, declared_profile(home, where, self.settings)))


def _within(project: Path, path: str) -> str:
    """Return a directory's path, absolute; a relative one lies in the project. What is no local path stays."""
    return path if "://" in path else str(project / Path(path).expanduser())
