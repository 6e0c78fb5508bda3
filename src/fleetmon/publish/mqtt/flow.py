"""The wire with its accounts: how much is unanswered, how long answers take, and whether they still come at all."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.properties import Stamp
from fleetmon.publish.mqtt.trouble import Trouble, WireDown
from fleetmon.publish.mqtt.wire import Wire
from fleetmon.publish.patience import Pace

_SPARE: Final = 2  # of the broker's limit: for what is said of the session itself


class Flow:
    """Sends with QoS 1 over `wire`; `wake` is called with each answer."""

    def __init__(self, plan: UplinkPlan, wire: Wire, wake: Callable[[], None]) -> None:
        self.rtt_s: float | None = None
        self._plan = plan
        self._wire = wire
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._pace = Pace(max(1, wire.most_in_flight - _SPARE))
        self._out = 0
        self._heard = 0.0

    @property
    def out(self) -> int:
        """How many publishes are unanswered."""
        return self._out

    @property
    def allowed(self) -> int:
        """How many may be: what exceeds it would only queue in front of the next view."""
        return self._pace.allowed

    def room(self, kept: int = 0) -> int:
        """How many more may be sent, if `kept` of those allowed are left to others."""
        return max(0, self.allowed - kept - self._out)

    def send(
        self,
        topic: str,
        payload: bytes,
        then: Callable[[str | None], None],
        *,
        retain: bool,
        stamp: Stamp | None = None,
    ) -> None:
        """Send below our `up/`; `then` gets None once the broker has taken it, or why it refused. Raises WireDown."""
        now = self._loop.time()
        if not self._out:
            self._heard = now
        self._out += 1
        answer = self._wire.post(self._plan.up(topic), payload, qos=1, retain=retain, stamp=stamp)
        answer.add_done_callback(partial(self._answered, now, then))

    def _answered(self, sent: float, then: Callable[[str | None], None], answer: asyncio.Future[str | None]) -> None:
        if answer.cancelled():
            return
        self._out -= 1
        self._heard = self._loop.time()
        took = self._heard - sent
        self._pace.answered(took, self._heard)
        self.rtt_s = took if self.rtt_s is None else 0.8 * self.rtt_s + 0.2 * took
        then(answer.result())
        self._wake()

    def look_for_answers(self) -> None:
        """Raises WireDown when there should have been some and none came."""
        patience_s = max(self._plan.patience_s, 8 * (self.rtt_s or 0.0))
        if self._out and self._loop.time() - self._heard >= patience_s:
            raise WireDown(Trouble.STUCK, f"no answer from the broker for {patience_s:.0f} s")
