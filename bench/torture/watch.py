"""A dashboard: hears everything that a site publishes and remembers when, on its own monotonic clock."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import aiomqtt


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

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def states(self, topic: str) -> list[Heard]:
        """All that was heard on a topic below the site's `up/`."""
        return [each for each in self.heard if each.topic == topic]

    async def _run(self) -> None:
        while True:
            with suppress(aiomqtt.MqttError):
                async with aiomqtt.Client("127.0.0.1", self.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
                    await client.subscribe(f"fleetmon/v1/{self.site}/up/#", qos=1)
                    async for message in client.messages:
                        self._hear(message.topic.value, message.retain, bytes(message.payload))
            await asyncio.sleep(0.1)

    def _hear(self, topic: str, retained: bool, payload: bytes) -> None:
        name = topic.partition("/up/")[2]
        if name == "event":
            return
        data = json.loads(payload)["data"] if payload else {}
        self.latest[name] = data
        self.heard.append(Heard(time.monotonic(), name, retained, data))
