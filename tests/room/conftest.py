"""A site as a room hears it: messages written by hand from the contract, so that the reading is tried against words."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from fleetmon.model.report import At
from fleetmon.room import Room, SitePicture

EPOCH = 1_780_000_000.0
Data = dict[str, object]


def at(second: float) -> At:
    """The moment `second` of the story, on the listener's clock."""
    return At(EPOCH + second, second, "listener")


def time(second: float) -> str:
    """The same moment as sites write it."""
    return datetime.fromtimestamp(EPOCH + second, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def envelope(site: str, type_: str, data: object, stream: str = "s1", boot: str = "b1") -> bytes:
    """A message of a site."""
    told = {"specversion": "1.0", "type": f"fleetmon.{type_}.v1", "source": f"urn:fleetmon:site:{site}"}
    return json.dumps({**told, "stream": stream, "bootid": boot, "data": data}).encode()


def session(state: str = "online", number: int = 1, every_s: float = 30.0) -> Data:
    """The data of a session message."""
    versions = {"fleetmon": "1.2.3"}
    return {
        "state": state, "session": number, "stream": "s1", "bootid": "b1", "heartbeat_s": every_s, "versions": versions
    }  # fmt: skip


def heartbeat(second: float, *not_fresh: Data, **more: object) -> Data:
    """The data of a heartbeat sent at `second` of the story."""
    told = {"time": time(second), "interval_s": 30.0, "stream": "s1", "head_seq": 10, "acked_seq": 10}
    return {**told, "not_fresh": list(not_fresh), "not_fresh_omitted": 0, **more}


def state(**more: object) -> Data:
    """The data of a machine's state: live and idle."""
    return {"contact": "live", "state": "idle", "headline": None, "faults": [], "observed_at": time(0), **more}


def jammed(second: float = 0.0, text: str = "Paper jam") -> Data:
    """A machine that stopped at `second`."""
    fault = {"reason": "media-jam", "severity": "error", "part": "input 1", "text": text, "since": time(second)}
    return state(state="stopped", headline="media-jam", faults=[fault])


def alert(id_: str, **more: object) -> Data:
    """An alert of lam1 that is active and calls for somebody since second 0."""
    said = {"text": "line2 stopped", "symptom": "line2 stopped", "cause": "upper film used up", "next_step": "Fit one."}
    told = {"state": "active", "priority": 2, "subject": {"kind": "machine", "id": "lam1"}, "condition": "supply-empty"}
    began = {"after": None, "by": time(0)}
    return {"id": id_, "rev": 1, "began": began, "text": "line2 stopped", "texts": {"en": said}, **told, **more}


@dataclass
class Heard:
    """A room that is connected from second 0, and what is published to it."""

    room: Room = field(default_factory=Room)

    def __post_init__(self) -> None:
        self.room.connected(at(0))

    def hears(self, second: float, site: str, topic: str, data: Data | bytes, retained: bool = False) -> str | None:
        """One message below the site's `up/`; bytes are a payload as it is."""
        kind, _, machine = topic.partition("/")
        type_ = {"inventory/": "inventory.machine", "alert/": "alert.shown"}.get(f"{kind}{'/' * bool(machine)}", kind)
        payload = data if isinstance(data, bytes) else envelope(site, type_, data)
        return self.room.hear(f"fleetmon/v1/{site}/up/{topic}", payload, retained=retained, now=at(second))

    def opens(self, second: float, site: str, *machines: str, retained: bool = False) -> None:
        """Everything a site publishes when it begins, all machines idle."""
        self.hears(second, site, "session", session(), retained)
        self.hears(second, site, "heartbeat", heartbeat(second), retained)
        self.hears(second, site, "inventory", {"machine_count": len(machines)}, retained)
        for machine in machines:
            self.hears(second, site, f"inventory/{machine}", {"kind": "printer", "line": "line1"}, retained)
            self.hears(second, site, f"state/{machine}", state(), retained)

    def site(self, second: float, name: str = "lhr") -> SitePicture:
        """A site as shown at `second`."""
        found = self.room.site(name, at(second))
        assert found is not None
        return found


@pytest.fixture
def heard() -> Heard:
    """A room without any site yet."""
    return Heard()
