"""How many requests a server gets at the same time, and when the next one: additive increase, multiplicative decrease.

Nothing here sleeps or sends: the sender reports what became of each request to the limiter, and asks it before the
next.

Source: Chiu and Jain, Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer Networks
(1989). Differs: the additive step is a share of the maximum, so that recovery takes as many round trips at any scale.
"""

import math
import random
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_START: Final = 1 / 4  # of the maximum
_STEP: Final = 1 / 16  # of the maximum, for each round trip
_TRACE_LENGTH: Final = 10_000


class Limiter:
    """Says whether one more request may be sent now.

    The limit grows by a sixteenth of the maximum (at least one) for each round trip of successes, and halves when the
    server is overloaded or gone. What became of a request says something about the limit it was sent under: one that
    was sent before the last cut neither cuts again nor grows the limit. At a limit of one the request that is out is
    a probe: while probes fail, all wait for longer and longer.

    Args:
        maximum: Most requests at the same time.
        clock: Returns seconds that only grow.
        first_wait_s: Seconds to wait after a first failure; doubled for each further one.
        max_wait_s: Upper bound of that.
        seed: Of the jitter.
    """

    def __init__(
        self, maximum: int, *, clock: Callable[[], float], first_wait_s: float, max_wait_s: float, seed: int = 0
    ) -> None:
        self._maximum, self._clock = maximum, clock
        self._first_wait_s, self._max_wait_s = first_wait_s, max_wait_s
        self._random = random.Random(seed)
        self._allowed = float(min(maximum, max(4, maximum * _START)))
        self._num_sent = self._cut_at = 0
        self._num_probes_failed = 0
        self._paused_until = -math.inf
        self._num_in_flight = 0
        self._trace: deque[tuple[float, int]] = deque([(clock(), self.limit)], maxlen=_TRACE_LENGTH)

    @property
    def limit(self) -> int:
        """Most requests at the same time at present, in [1, maximum]."""
        return int(self._allowed)

    @property
    def num_in_flight(self) -> int:
        """Requests sent that have not ended."""
        return self._num_in_flight

    @property
    def trace(self) -> list[tuple[float, int]]:
        """The latest changes of the limit: `(seconds of the clock, limit)`."""
        return list(self._trace)

    def wait_s(self) -> float:
        """Return the seconds until the next request may be sent: 0 is now, infinity is when another has ended."""
        if self._num_in_flight >= self.limit:
            return math.inf
        return max(0.0, self._paused_until - self._clock())

    def sent(self) -> int:
        """Count a request as sent, and return its number, to be given back when it ends."""
        assert self.wait_s() == 0, "sent out of turn"
        self._num_in_flight += 1
        self._num_sent += 1
        return self._num_sent

    def succeeded(self, number: int) -> None:
        """Take note that the server did a request."""
        self._num_in_flight -= 1
        self._num_probes_failed = 0
        if number > self._cut_at:
            step = max(1.0, self._maximum * _STEP) / self.limit
            self._set(min(float(self._maximum), self._allowed + step))

    def overloaded(self, number: int, retry_after_s: float | None = None) -> None:
        """Take note that the server could not do a request on its own account, and for how long it wants no other."""
        self._num_in_flight -= 1
        if retry_after_s is not None:
            self.pause(retry_after_s)
        if number <= self._cut_at:
            return
        self._cut_at = self._num_sent
        self._set(max(1.0, self._allowed / 2))
        if self.limit == 1:
            self._num_probes_failed += 1
            self.pause(self.backoff_s(self._num_probes_failed))

    def ended(self) -> None:
        """Take note that a request ended in a way that says nothing about the server's load."""
        self._num_in_flight -= 1

    def pause(self, seconds: float) -> None:
        """Let nothing be sent for some seconds; a longer pause that is on already stays."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    def backoff_s(self, num_failures: int) -> float:
        """Return how long to wait after some failures (at least one) in a row: exponential, the upper half random."""
        wait = self._first_wait_s * 2.0 ** min(num_failures - 1, 60)
        return min(wait, self._max_wait_s) * self._random.uniform(0.5, 1.0)

    def _set(self, allowed: float) -> None:
        before, self._allowed = self.limit, allowed
        if self.limit != before:
            self._trace.append((self._clock(), self.limit))


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return how many seconds a server wants to be left alone, or None where its answer does not say so in earnest.

    Args:
        headers: Of the answer, found by lower-case names. A date is held against the server's own clock where it
            says it (`date`), so that clocks that differ do no harm.
        now: By the local clock; by default, the present.
    """
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        until, server_now = _date(value), _date(headers.get("date", ""))
        if until is None:
            return None
        seconds = (until - (server_now or now or datetime.now(UTC))).total_seconds()
        return max(0.0, seconds)  # a date that is over
    return seconds if 0 <= seconds < math.inf else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
