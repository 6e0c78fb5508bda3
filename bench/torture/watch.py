"""A monitoring room: hears everything that a site publishes, remembers when, and says who is dead.

The picture is the product's own (`fleetmon.room`), made from messages alone; the connection is ours.
"""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import aiomqtt

from fleetmon.assess.presence import Flag
from fleetmon.clock import Clock
from fleetmon.room import Room, SitePicture


@dataclass(frozen=True, slots=True)
class Heard:
    """One message; `data` is that of its envelope, empty for an emptied topic."""

    at: float
    topic: str
    retained: bool
    data: dict[str, Any]


@dataclass
class Watch:
    """Subscribed to all of one site while the block lasts, through any number of brokers."""

    port: int
    site: str
    heard: list[Heard] = field(default_factory=list)
    latest: dict[str, dict[str, Any]] = field(default_factory=dict)
    room: Room = field(default_factory=Room)
    clock: Clock = field(default_factory=Clock)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def states(self, topic: str) -> list[Heard]:
        """All that was heard on a topic below the site's `up/`."""
        return [each for each in self.heard if each.topic == topic]

    @property
    def picture(self) -> SitePicture | None:
        """What a monitoring room shows of the site now."""
        return self.room.site(self.site, self.clock.now())

    def cell(self, machine: str = "m0") -> str:
        """Who is dead: the site and why, its flags, the machine and why; in one line.

        Flags that are about this computer (its clock, its disk, its load) are left out.
        """
        picture = self.picture
        if picture is None:
            return "nothing"
        flags = "+".join(flag for flag in picture.flags if flag in (Flag.BACKLOG, Flag.DUPLICATE))
        shown = next((each for each in picture.machines if each.machine == machine), None)
        machines = f"{shown.presence}/{shown.why}" if shown else "no machine"
        return f"{picture.presence}/{picture.why} [{flags}] {machine} {machines}"

    async def _run(self) -> None:
        while True:
            with suppress(aiomqtt.MqttError):
                async with aiomqtt.Client("127.0.0.1", self.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
                    self.room.connected(self.clock.now())
                    await client.subscribe(f"fleetmon/v1/{self.site}/up/#", qos=1)
                    async for message in client.messages:
                        self._hear(message.topic.value, message.retain, bytes(message.payload))
            self.room.disconnected()
            await asyncio.sleep(0.1)

    def _hear(self, topic: str, retained: bool, payload: bytes) -> None:
        self.room.hear(topic, payload, retained=retained, now=self.clock.now())
        name = topic.partition("/up/")[2]
        if name == "event":
            return
        data = json.loads(payload)["data"] if payload else {}
        self.latest[name] = data
        self.heard.append(Heard(time.monotonic(), name, retained, data))
