"""What people are told of the uplink: its status, and one line of the log for each change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import structlog

from fleetmon.clock import Clock
from fleetmon.model.report import At
from fleetmon.publish.acknowledgement import Verdict
from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.tls import suspicion
from fleetmon.publish.mqtt.trouble import Trouble, WireDown

_LARGE_BACKLOG: Final = 1000
_FEW_IN_FLIGHT: Final = 100  # at a round trip of 300 ms fewer are less than 300 events a second
_CONSUMERS_MOST: Final = 100  # names come from topics: whoever may write there could fill the log
_HINTS: Final = {
    Verdict.BACK: "was the consumer put back from a backup? it may ask for a replay",
    Verdict.BEYOND: "more than was ever committed: was this state folder put back from a backup?",
    Verdict.STRANGER: "not named in [mqtt] ack",
    Verdict.GARBLED: 'expected {"stream": "<id>", "upto": <number>}',
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UplinkStatus:
    """Whether there is a connection, since when that is so, why there is none, and the round trip of an event.

    `refused` topics are refused by the broker now, `refusal` names one and why; `refusals` counts since the start.
    `taken_over` says how often another client of our name has thrown us off lately, `confirmations` what consumers
    have sent, by verdict, and `replays` how many are not finished.
    """

    connected: bool
    since: At
    trouble: Trouble | None = None
    text: str = ""
    rtt_s: float | None = None
    refused: int = 0
    refusal: str = ""
    refusals: int = 0
    taken_over: int = 0
    replays: int = 0
    confirmations: Mapping[Verdict, int] = field(default_factory=lambda: MappingProxyType({}))


class Reports:
    """`status` is as of the last change of the connection; what else it holds is filled in by who asks."""

    def __init__(self, plan: UplinkPlan, clock: Clock) -> None:
        self._plan = plan
        self._clock = clock
        self._said: set[Trouble] = set()
        self._said_of_consumers: set[tuple[Verdict, str]] = set()
        self._said_slow = False
        self.status = UplinkStatus(False, clock.now())

    def up(self, waiting: int, most_in_flight: int) -> None:
        """There is a connection; `waiting` events are to be sent over it."""
        now = self._clock.now()
        if self._said:
            away_s = round(now.since(self.status.since))
            log.info("uplink is back", after_s=away_s, broker=self._plan.broker, waiting=waiting)
        else:
            log.info("uplink is up", broker=self._plan.broker, waiting=waiting)
        self._said.clear()
        self.status = UplinkStatus(True, now)
        if waiting >= _LARGE_BACKLOG and most_in_flight < _FEW_IN_FLIGHT and not self._said_slow:
            self._said_slow = True
            hint = "raise max_inflight_messages at the broker"
            log.warning("broker allows few messages in flight: a backlog drains slowly", most=most_in_flight, hint=hint)

    def down(self, down: WireDown) -> None:
        """One line when the connection goes, one for each new reason why it does not come back, and no more."""
        now = self._clock.now()
        suspected = suspicion(self._plan.tls, now.utc)
        # With TLS 1.3 a refused certificate may arrive as nothing but a closed connection (RFC 8446 section 2).
        trouble = Trouble.TLS if suspected else down.trouble
        text = "; ".join(filter(None, (str(down), suspected)))
        if self.status.connected:
            log.warning("uplink is lost", why=trouble.value, text=text, broker=self._plan.broker)
        elif trouble not in self._said:
            log.warning("no uplink", why=trouble.value, text=text, broker=self._plan.broker)
        self._said.add(trouble)
        since = now if self.status.connected else self.status.since
        self.status = UplinkStatus(False, since, trouble, text)

    def taken_over(self, pause_s: float) -> None:
        """Somebody else is us."""
        log.error(
            "another client with our name is connected; is there a second daemon with this site's id or certificate?",
            client_id=self._plan.client_id or self._plan.site,
            next_try_s=round(pause_s),
        )

    def consumer(self, verdict: Verdict, name: str) -> None:
        """What a consumer said does not count, and somebody should know: once each."""
        hint = _HINTS.get(verdict)
        if hint and (verdict, name) not in self._said_of_consumers and len(self._said_of_consumers) < _CONSUMERS_MOST:
            self._said_of_consumers.add((verdict, name))
            log.warning("a confirmation is ignored", consumer=name, why=verdict.value, hint=hint)
