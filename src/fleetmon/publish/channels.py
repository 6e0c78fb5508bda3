"""Every topic of the contract in one table: who writes it, whether the broker keeps it, what stands in it.

The AsyncAPI document is made from it, and the tests hold every message that is really sent against it. Topics are those
below `{root}/v1/{site}/`; words in braces are ids of the settings, so they hold no `/`, `+` or `#`.
"""

import re
from dataclasses import dataclass
from typing import Final

from fleetmon.publish import contract
from fleetmon.publish.command_payloads import REPLY, Verb

SITE_ID: Final = "[a-z0-9][a-z0-9-]{1,31}"
ID: Final = "[a-z0-9][a-z0-9-]{0,47}"
PARAMETERS: Final = {
    "machine": ID,
    "line": ID,
    "alert": "[a-z0-9][a-z0-9-]{0,95}",  # `{id}-{condition}-{digest}`
    "client": ID,
    "consumer": ID,
    "verb": "|".join(Verb),
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One topic or family of topics. `types` are those of the messages in it; none where bodies are bare JSON."""

    name: str
    topic: str
    says: str
    types: tuple[str, ...] = ()
    retain: bool = True
    qos: int = 1

    @property
    def told(self) -> bool:
        """Whether the site writes it; otherwise it reads."""
        return self.topic.startswith("up/")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The words in braces."""
        return tuple(re.findall(r"\{(\w+)\}", self.topic))

    def fits(self, topic: str) -> bool:
        """Whether a topic below the site's is one of these."""
        levels = (f"(?:{PARAMETERS[level[1:-1]]})" if level[0] == "{" else level for level in self.topic.split("/"))
        return re.fullmatch("/".join(levels), topic) is not None


_VIEWS: Final = (
    Channel("session", "up/session", "whether the site is connected; the will says lost", (contract.SESSION,)),
    Channel("heartbeat", "up/heartbeat", "the proof that the site lives", (contract.HEARTBEAT,), qos=0),
    Channel("inventory", "up/inventory", "what the site watches", (contract.INVENTORY,)),
    Channel(
        "machineInventory", "up/inventory/{machine}", "what is watched under one id", (contract.MACHINE_INVENTORY,)
    ),
    Channel("state", "up/state/{machine}", "the latest truth of one machine", (contract.STATE,)),
    Channel("line", "up/line/{line}", "what a production line does", (contract.LINE,)),
    Channel("alert", "up/alert/{alert}", "an alert: pending, active or just closed", (contract.ALERT_SHOWN,)),
    Channel("summary", "up/summary", "the site at one glance", (contract.SUMMARY,)),
    Channel("kpi", "up/kpi", "how good the site's own alerts are", (contract.KPI,)),
    Channel("reply", "up/reply/{client}", "what became of a command", (REPLY,), retain=False),
)
_ELSEWHERE: Final = frozenset(kind for channel in _VIEWS for kind in channel.types)
#: The types of the durable events; all others are views.
EVENTS: Final = tuple(kind for kind in contract.PAYLOADS if kind not in _ELSEWHERE)

CHANNELS: Final = (
    *_VIEWS,
    Channel("event", "up/event", "the durable stream: every change, numbered without holes", EVENTS, retain=False),
    Channel("acknowledgement", "down/ack/{consumer}", "up to which event a consumer has committed"),
    Channel("siteWork", "down/work", "how many documents are ready to be made, from whoever issues them"),
    Channel("lineWork", "down/work/{line}", "how many of them are ready to be made on one line"),
    Channel("command", "down/cmd/{verb}", "what is asked of the site; nothing of it touches a machine", retain=False),
)


def channel(topic: str) -> Channel | None:
    """The channel of a topic below the site's; None if the contract has no such topic."""
    return next((each for each in CHANNELS if each.fits(topic)), None)
