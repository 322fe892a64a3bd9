"""From a model of the profile to an engine that runs it: the profile's `engine.kind`, or the model's own server."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from scalequest_assets.engines.base import GenerationEngine, Message, ScoringEngine
from scalequest_assets.engines.chat import ChatFormat
from scalequest_assets.profile_engine import Engine


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

    def render(self, messages: Sequence[Message]) -> str:
        """Return the prompt for a chat, ending where the assistant's turn begins."""
        ...

    def question_prefix(self, system: str | None) -> str:
        """Return what precedes a user's first word."""
        ...

    def question_end(self) -> str:
        """Return what ends a turn, with the token that sampling stops at."""
        ...


class EngineFactory(Protocol):
    """Opens models."""

    def generation(self, handle: ModelHandle) -> GenerationEngine:
        """Load a model that writes."""
        ...

    def scoring(self, handle: ModelHandle) -> ScoringEngine:
        """Load a sequence-classification model."""
        ...

    def chat(self, handle: ModelHandle) -> Chat:
        """Load a model's tokenizer and chat template alone."""
        ...


class LocalFactory:
    """What all factories of models with weights have in common."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def chat(self, handle: ModelHandle) -> Chat:
        """Load a model's tokenizer and chat template alone."""
        return ChatFormat(handle.path, revision=handle.revision, trust_remote_code=handle.trust_remote_code)


class TransformersFactory(LocalFactory):
    """Opens models with transformers, in this process."""

    def generation(self, handle: ModelHandle) -> GenerationEngine:
        """Load a model that writes."""
        from scalequest_assets.engines.transformers_ import TransformersEngine

        return TransformersEngine(
            handle.path,
            revision=handle.revision,
            trust_remote_code=handle.trust_remote_code,
            dtype=self._engine.dtype,
            device=self._engine.device,
            batch_size=self._engine.batch_size,
        )

    def scoring(self, handle: ModelHandle) -> ScoringEngine:
        """Load a sequence-classification model."""
        from scalequest_assets.engines.transformers_ import TransformersScorer

        return TransformersScorer(
            handle.path,
            revision=handle.revision,
            trust_remote_code=handle.trust_remote_code,
            dtype=self._engine.scoring_dtype,
            device=self._engine.device,
        )
