"""From a model of the profile to an engine that runs it: the profile's `engine.kind`, or the model's own server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from scalequest_assets.engines.base import GenerationEngine, Message, ScoringEngine
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.engines.openai.settings import ServerSettings
from scalequest_assets.engines.packages import needing_local_packages
from scalequest_assets.engines.settings import EngineSettings
from scalequest_assets.engines.simulate.material import Material
from scalequest_assets.errors import EngineError

if TYPE_CHECKING:
    from scalequest_assets.engines.lm_eval import Harness
    from scalequest_assets.engines.server.client import Servers
    from scalequest_assets.engines.simulate.engine import Writer

MaterialOf = Callable[[], Material]
"""Makes what simulated texts are made of, once one is written."""


@dataclass(frozen=True, kw_only=True)
class ModelHandle:
    """A model that can be opened.

    Attributes:
        name: As the profile or the graph calls it, such as `smollm2` or `qpo_model/grade_school`.
        path: Directory, hub id, or name on a server.
        version: Content hash of weights and tokenizer, or the hub revision: what identifies its completions.
        revision: Hub revision.
        trust_remote_code: Whether the model may bring code of its own.
        server: Which of the profile's servers has it; None for a model that is run here.
    """

    name: str
    path: str
    version: str
    revision: str | None = None
    trust_remote_code: bool = False
    server: str | None = None

    @property
    def label(self) -> str:
        """Name and version, as the provenance columns give them."""
        return f"{self.name}@{self.version}"


class Chat(Protocol):
    """A model's chat format, without its weights (`engines.chat.ChatFormat`)."""

    def render(self, messages: Sequence[Message], *, enable_thinking: bool | None = None) -> str:
        """Return a chat as one text: a prompt, up to where the assistant's turn begins, or whole if it has spoken.

        Args:
            messages: The chat.
            enable_thinking: Whether the model shall think; None leaves it to the template.
        """
        ...

    def question_prefix(self, system: str | None) -> str:
        """Return what precedes a user's first word."""
        ...

    def question_end(self) -> str:
        """Return what ends a user's turn, with the token that sampling stops at."""
        ...

    def answer_end(self) -> str:
        """Return what ends the model's own turn, with the token that others stop at."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        ...


class EngineFactory(Protocol):
    """Opens models."""

    def generation(self, handle: ModelHandle) -> GenerationEngine:
        """Load a model that writes."""
        ...

    def scoring(self, handle: ModelHandle) -> ScoringEngine:
        """Load a sequence-classification model."""
        ...

    def harness(self, handle: ModelHandle) -> "Harness":
        """Return a model that writes in the hands of lm-evaluation-harness."""
        ...

    def chat(self, handle: ModelHandle) -> Chat:
        """Load a model's tokenizer and chat template alone."""
        ...

    def free_devices(self) -> None:
        """Give back what models that nobody uses hold outside this process."""
        ...


class LocalFactory:
    """What all factories of models with weights have in common."""

    def __init__(self, engine: EngineSettings) -> None:
        self._engine = engine

    def harness(self, handle: ModelHandle) -> "Harness":
        """Return a model in the hands of lm-evaluation-harness, which runs it in this process with transformers."""
        from scalequest_assets.engines.lm_eval import open_harness

        return open_harness(
            handle.path,
            **_which(handle),
            dtype=self._engine.dtype,
            device=self._engine.device,
            batch_size=self._engine.batch_size,
        )

    def chat(self, handle: ModelHandle) -> Chat:
        """Load a model's tokenizer and chat template alone."""
        with needing_local_packages(f"the chat format of {handle.name}"):
            return ChatFormat(handle.path, **_which(handle))

    def free_devices(self) -> None:
        """Do nothing: an engine in this process gives all back when it is closed."""


class TransformersFactory(LocalFactory):
    """Opens models with transformers, in this process."""

    def generation(self, handle: ModelHandle) -> GenerationEngine:
        """Load a model that writes."""
        from scalequest_assets.engines.transformers.engine import TransformersEngine

        return TransformersEngine(
            handle.path,
            **_which(handle),
            dtype=self._engine.dtype,
            device=self._engine.device,
            batch_size=self._engine.batch_size,
        )

    def scoring(self, handle: ModelHandle) -> ScoringEngine:
        """Load a sequence-classification model."""
        from scalequest_assets.engines.transformers.engine import TransformersScorer

        return TransformersScorer(
            handle.path,
            **_which(handle),
            dtype=self._engine.scoring_dtype,
            device=self._engine.device,
        )


class VllmFactory(LocalFactory):
    """Opens models with vLLM, in this process."""

    def generation(self, handle: ModelHandle) -> GenerationEngine:
        """Load a model that writes."""
        from scalequest_assets.engines.vllm.engine import VllmEngine

        return VllmEngine(
            handle.path,
            **_which(handle),
            dtype=self._engine.dtype,
            settings=self._engine.vllm,
        )

    def scoring(self, handle: ModelHandle) -> ScoringEngine:
        """Load a sequence-classification model."""
        from scalequest_assets.engines.vllm.engine import VllmScorer

        return VllmScorer(
            handle.path,
            **_which(handle),
            dtype=self._engine.scoring_dtype,
            settings=self._engine.vllm,
        )


class ServerFactory(LocalFactory):
    """Opens models on a vLLM server that is started when it is needed, and shared by runs."""

    def __init__(self, engine: EngineSettings, servers_dir: Path) -> None:
        super().__init__(engine)
        self._servers_dir = servers_dir

    def generation(self, handle: ModelHandle) -> GenerationEngine:
        """Find or start a server of a model that writes."""
        from scalequest_assets.engines.server.engine import ServedEngine

        return ServedEngine(
            handle.path, self._servers(), dtype=self._engine.dtype, identity=handle.version, **_which(handle)
        )

    def scoring(self, handle: ModelHandle) -> ScoringEngine:
        """Find or start a server of a sequence-classification model."""
        from scalequest_assets.engines.server.engine import ServedScorer

        return ServedScorer(
            handle.path, self._servers(), dtype=self._engine.scoring_dtype, identity=handle.version, **_which(handle)
        )

    def free_devices(self) -> None:
        """Stop servers, which would hold their memory until they have been idle for long."""
        from scalequest_assets.engines.server.lease import stop_all

        stop_all(self._servers_dir)

    def _servers(self) -> "Servers":
        from scalequest_assets.engines.server.client import Servers

        return Servers(root=self._servers_dir, settings=self._engine.vllm, times=self._engine.vllm_server)


class RayFactory(LocalFactory):
    """Opens models on the workers of a Ray cluster."""

    def __init__(self, engine: EngineSettings, inner: EngineFactory) -> None:
        super().__init__(engine)
        self._inner = inner

    def generation(self, handle: ModelHandle) -> GenerationEngine:
        """Have workers load a model that writes."""
        from scalequest_assets.engines.ray.engine import RayEngine

        return RayEngine(handle, self._engine, self._inner)

    def scoring(self, handle: ModelHandle) -> ScoringEngine:
        """Have workers load a sequence-classification model."""
        from scalequest_assets.engines.ray.engine import RayScorer

        return RayScorer(handle, self._engine, self._inner)

    def free_devices(self) -> None:
        """Leave the cluster; one that was started for this process ends."""
        from scalequest_assets.engines.ray.cluster import disconnect

        disconnect()


def _which(handle: ModelHandle) -> dict[str, Any]:
    """Return what all that loads files of a model is given beside its path."""
    return {"revision": handle.revision, "trust_remote_code": handle.trust_remote_code}


def _without_weights(handle: ModelHandle, remedy: str) -> EngineError:
    return EngineError(f"{handle.name} has no weights here, which lm-evaluation-harness runs", remedy)


class ApiFactory:
    """Opens models behind the profile's servers."""

    def __init__(self, servers: Mapping[str, ServerSettings]) -> None:
        self._servers = servers

    def generation(self, handle: ModelHandle) -> GenerationEngine:
        """Return a client of the model's server."""
        from scalequest_assets.engines.openai.engine import OpenAIEngine

        server = self._servers[str(handle.server)]
        return OpenAIEngine(
            handle.path,
            base_url=server.base_url,
            key_env=server.key_env,
            policy=server,
            max_concurrency=server.max_concurrency,
            token_limit_field=server.token_limit_field,
            omit_fields=server.omit_fields,
        )

    def scoring(self, handle: ModelHandle) -> ScoringEngine:
        """Refuse: a chat model gives no score."""
        raise EngineError(f"{handle.name} is a chat model behind a server and cannot score", "name another model")

    def harness(self, handle: ModelHandle) -> "Harness":
        """Refuse: lm-evaluation-harness runs weights that are here."""
        raise _without_weights(handle, "name a model with weights")

    def chat(self, handle: ModelHandle) -> Chat:
        """Return the chat format of models whose server renders chats itself."""
        from scalequest_assets.engines.openai.engine import ApiChat

        return ApiChat()

    def free_devices(self) -> None:
        """Do nothing: those devices are somebody else's."""


class SimulateFactory:
    """Opens simulated models: no file of a model is read."""

    def __init__(self, engine: EngineSettings, material: MaterialOf) -> None:
        self._settings, self._material = engine.simulate, material

    def generation(self, handle: ModelHandle) -> GenerationEngine:
        """Return a simulated model that writes."""
        from scalequest_assets.engines.simulate.engine import SimulatedEngine

        return SimulatedEngine(lambda: self._writer, self._settings)

    def scoring(self, handle: ModelHandle) -> ScoringEngine:
        """Return a simulated model that scores."""
        from scalequest_assets.engines.simulate.engine import SimulatedScorer

        return SimulatedScorer(self._settings)

    def harness(self, handle: ModelHandle) -> "Harness":
        """Refuse: lm-evaluation-harness runs weights that are here."""
        raise _without_weights(handle, "run it with models: --set engine.kind=transformers")

    def chat(self, handle: ModelHandle) -> Chat:
        """Return the chat format of simulated models."""
        from scalequest_assets.engines.simulate.engine import SimulatedChat

        return SimulatedChat()

    def free_devices(self) -> None:
        """Do nothing: none is used."""

    @cached_property
    def _writer(self) -> "Writer":
        from scalequest_assets.engines.simulate.engine import Writer

        return Writer(self._material(), self._settings)


def _no_material() -> Material:
    raise EngineError("engine.kind is simulate, and nobody gave it sentences", "open it with build_resources")


class ProfileFactory:
    """Opens models as the profile says: those of a server there, all others with `engine.kind`.

    Args:
        engine: The profile's settings.
        servers_dir: Where managed servers have their leases.
        material: What simulated texts are made of.
    """

    def __init__(self, engine: EngineSettings, servers_dir: Path, material: MaterialOf = _no_material) -> None:
        kinds: dict[str, Callable[[EngineSettings], EngineFactory]] = {
            "transformers": TransformersFactory,
            "vllm": VllmFactory,
            "vllm_server": partial(ServerFactory, servers_dir=servers_dir),
            "simulate": partial(SimulateFactory, material=material),
        }
        kinds["ray"] = partial(RayFactory, inner=kinds[engine.ray.engine](engine))
        self._local: EngineFactory = kinds[engine.kind](engine)
        self._api: EngineFactory = ApiFactory(engine.servers)

    def generation(self, handle: ModelHandle) -> GenerationEngine:
        """Load a model that writes."""
        with needing_local_packages(f"model {handle.name}"):
            return self._of(handle).generation(handle)

    def scoring(self, handle: ModelHandle) -> ScoringEngine:
        """Load a sequence-classification model."""
        with needing_local_packages(f"model {handle.name}"):
            return self._of(handle).scoring(handle)

    def harness(self, handle: ModelHandle) -> "Harness":
        """Return a model that writes in the hands of lm-evaluation-harness."""
        with needing_local_packages(f"model {handle.name}"):
            return self._of(handle).harness(handle)

    def chat(self, handle: ModelHandle) -> Chat:
        """Load a model's chat format alone."""
        return self._of(handle).chat(handle)

    def free_devices(self) -> None:
        """Give back what models that nobody uses hold outside this process."""
        self._local.free_devices()

    def _of(self, handle: ModelHandle) -> EngineFactory:
        return self._api if handle.server else self._local
