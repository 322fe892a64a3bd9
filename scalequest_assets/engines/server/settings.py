"""How long a managed server may take to start, and how long it waits for work."""

from scalequest_assets.settings import Seconds, Settings


class VllmServerSettings(Settings):
    """The server that is started when a run needs a model, shared by runs, and stopped when nobody needs it.

    Attributes:
        idle_s: Seconds without any run that uses it after which it stops.
        start_s: Seconds that it may take to load its model.
    """

    idle_s: Seconds = 300.0
    start_s: Seconds = 1800.0


DEFAULT_TIMES = VllmServerSettings()
