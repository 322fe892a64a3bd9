"""The workers of one model: asked for, waited for, started again where they die.

A worker counts only once its model is loaded; those that come later (nodes that join, a cluster that grows) take part
from then on.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import scalequest_assets
from scalequest_assets.engines.base import EngineInfo
from scalequest_assets.engines.ray.cluster import LOGS, described, import_ray
from scalequest_assets.engines.ray.settings import RaySettings
from scalequest_assets.errors import EngineError, ScalequestError

log = logging.getLogger(__name__)


@dataclass(eq=False, kw_only=True)
class Member:
    """A worker that was asked for.

    Attributes:
        actor: Ray's handle of it.
        placed: Ref to its node's address; ready once a node had room for it.
        started: Ref to what it says of itself; ready once its model is loaded.
        num_restarts: How often its predecessors died, one after the other without a batch that one of them finished.
        info: What runs its model; None until it is loaded.
        is_batched: Whether its rows depend on their batch.
    """

    actor: Any
    placed: Any
    started: Any
    num_restarts: int = 0
    info: EngineInfo | None = None
    is_batched: bool = False


class Pool:
    """Workers that hold the same model; several threads may use it.

    Attributes:
        num_workers: How many there shall be.
        changed: Held where a worker is hired, taken in or lost.

    Args:
        name: The model's name, for people.
        hire: Asks Ray for one more worker and returns its handle.
        num_workers: How many there shall be.
        needs: What each takes of a node, for people.
        settings: How patient we are.

    Raises:
        EngineError: No worker could be had, or none could load the model.
    """

    def __init__(
        self,
        name: str,
        hire: Callable[[], Any],
        *,
        num_workers: int,
        needs: Mapping[str, float],
        settings: RaySettings,
    ) -> None:
        self._ray = import_ray()
        self._name, self._hire, self._needs, self._settings = name, hire, needs, settings
        self._waiting_since = time.monotonic()
        self.changed = threading.Condition()
        self._closed = False
        self._cause: Exception | None = None
        self.num_workers = num_workers
        self._members = [self._member() for _ in range(num_workers)]
        try:
            self.wait()
        except BaseException:
            self.close()
            raise

    @property
    def num_ready(self) -> int:
        """How many workers' models were loaded when somebody looked last."""
        with self.changed:
            return sum(member.info is not None for member in self._members)

    def ready(self) -> list[Member]:
        """Return the workers whose model is loaded, without waiting; there may be none yet, or none at the moment.

        Raises:
            EngineError: There are none, and waiting is of no use any more.
        """
        with self.changed:
            if self._closed:
                raise EngineError(f"the engine of {self._name} is closed", "open the model again")
            for member in [member for member in self._members if member.info is None]:
                if self._is_there(member.started):
                    self._welcome(member)
            ready = [member for member in self._members if member.info is not None]
            if ready:
                self._waiting_since = time.monotonic()
            else:
                self._check_patience()
            return ready

    def wait(self) -> list[Member]:
        """Return the workers whose model is loaded, at least one; see `ready`."""
        while not (found := self.ready()):
            if coming := self.coming():
                self._ray.wait(coming, timeout=1.0)
        return found

    def coming(self) -> list[Any]:
        """Return refs of which one is ready when another worker is, or failed to start."""
        with self.changed:
            return [member.started for member in self._members if member.info is None]

    def lost(self, member: Member, cause: Exception) -> None:
        """Replace a worker that died or whose engine broke, as often as the settings allow; told twice, do so once."""
        with self.changed:
            if self._closed or member not in self._members:
                return
            self._cause, self._waiting_since = cause, time.monotonic()  # whoever comes after has its time from now on
            self._dismiss(member)
            self._members.remove(member)
            is_replaced = member.num_restarts < self._settings.max_restarts
            log.warning(
                "a Ray worker of %s was lost%s: %s", self._name, ", and is replaced" * is_replaced, in_a_line(cause)
            )
            if is_replaced:
                self._members.append(self._member(member.num_restarts + 1))

    def close(self) -> None:
        """End all workers, and with them what they hold."""
        with self.changed:
            self._closed = True
            for member in self._members:
                self._dismiss(member)
            self._members = []
            self.changed.notify_all()

    def _member(self, num_restarts: int = 0) -> Member:
        actor = self._hire()
        return Member(actor=actor, placed=actor.place.remote(), started=actor.start.remote(), num_restarts=num_restarts)

    def _dismiss(self, member: Member) -> None:
        if self._ray.is_initialized():
            with suppress(self._ray.exceptions.RayError):
                self._ray.kill(member.actor)

    def _welcome(self, member: Member) -> None:
        """Take in a worker that has loaded its model, or replace it; one of another version where others work is left.

        Raises:
            EngineError: It cannot load the model, or has another version of this package, and nobody is at work so far:
                the others will not be either.
        """
        try:
            started = self._ray.get(member.started)
        except self._ray.exceptions.RayTaskError as error:
            if self._cause is None and not any(other.info for other in self._members):
                raise error.cause from error
            return self.lost(member, error.cause)
        except self._ray.exceptions.RayError as error:
            return self.lost(member, error)
        if started.version != scalequest_assets.__version__:
            return self._refuse(member, started.version)
        member.info, member.is_batched = started.info, started.is_batched
        return None

    def _refuse(self, member: Member, version: str) -> None:
        """Do without a worker of another version: the node that replaced it might have that, too."""
        what = f"scalequest-assets is {scalequest_assets.__version__} here and {version} on a node of the Ray cluster"
        if not any(other.info for other in self._members):
            raise EngineError(what, "install the same version on every node")
        log.warning("%s: it takes no part", what)
        self._dismiss(member)
        self._members.remove(member)

    def _check_patience(self) -> None:
        """Raise an error where no worker is at work and none will be."""
        if not self._members:
            raise EngineError(
                f"all Ray workers of {self._name} died, more than {self._settings.max_restarts} times each "
                f"(engine.ray.max_restarts); the last: {in_a_line(self._cause)}",
                f"{LOGS}. What finished is stored: run it again",
            )
        waited = time.monotonic() - self._waiting_since
        is_placed = any(self._is_there(member.placed) for member in self._members)
        if not is_placed and waited > self._settings.placement_s:
            raise EngineError(
                f"no node of the Ray cluster had room for a worker of {self._name} in {self._settings.placement_s:g} s "
                f"(engine.ray.placement_s): {described(self._needs)}",
                "let others finish (ray status), add nodes, or lower engine.ray.gpus_per_worker or cpus_per_worker",
            )
        if waited > self._settings.start_s:
            raise EngineError(
                f"no Ray worker had loaded {self._name} after {self._settings.start_s:g} s (engine.ray.start_s)",
                f"{LOGS}; a large model that is fetched first takes longer: raise engine.ray.start_s",
            )

    def _is_there(self, ref: Any) -> bool:
        return bool(self._ray.wait([ref], timeout=0)[0])


def in_a_line(cause: Exception | None) -> str:
    """Return what an error says, on one line; Ray's have many."""
    text = cause.what if isinstance(cause, ScalequestError) else str(cause)
    return " ".join(text.split())[:400]
