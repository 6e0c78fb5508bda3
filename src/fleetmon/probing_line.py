"""Ask one machine on a line everything once, and keep all that went over the line: for `probe` and for captures."""

from collections.abc import Callable
from dataclasses import dataclass

from fleetmon.assess.fleet import Snapshot
from fleetmon.conversation import converse
from fleetmon.decode import lines
from fleetmon.decode.dialogue import Answer, Ask
from fleetmon.decode.snmp import Pace
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.errors import LinkError
from fleetmon.links.base import LineLink
from fleetmon.model.report import At
from fleetmon.probing import snapshot_of


@dataclass(frozen=True, slots=True)
class Heard:
    """One exchange on a line: what was asked, all that came, how long it took, and why it failed if it did."""

    ask: Ask
    came: bytes
    took_s: float
    answer: Answer | None = None
    failed: LinkError | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """What one conversation with a machine on a line brought; without `snapshot`, `failed` says why."""

    definition: LineDefinition | ModbusDefinition
    heard: tuple[Heard, ...]
    snapshot: Snapshot | None = None
    failed: LinkError | None = None


async def talk(
    link: LineLink,
    definition: LineDefinition | ModbusDefinition,
    at: At,
    now_s: Callable[[], float],
    unit: str | None = None,
    tcp: bool = False,
) -> Talk:
    """Ask a machine on a line everything once. Never raises LinkError: what failed is part of what is shown.

    `tcp` asks in the frames of Modbus TCP; `now_s` is the time that `took_s` is taken by.
    """
    heard: list[Heard] = []
    witness = _Witness(link, now_s, heard)
    try:
        met = await converse(lines.poll(definition, None, Pace.SLOW, at.mono, unit=unit, tcp=tcp), witness)
    except LinkError as failed:
        return Talk(definition, tuple(heard), failed=failed)
    return Talk(definition, tuple(heard), snapshot_of(met, at))


@dataclass(frozen=True, slots=True)
class _Witness:
    """The same link, and everything that goes over it written down."""

    link: LineLink
    now_s: Callable[[], float]
    heard: list[Heard]

    async def ask(self, request: Ask) -> Answer:
        began = self.now_s()
        try:
            answer = await self.link.ask(request)
        except LinkError as error:
            self.heard.append(Heard(request, error.came, self.now_s() - began, failed=error))
            raise
        self.heard.append(Heard(request, answer.octets, self.now_s() - began, answer))
        return answer

    async def close(self) -> None:
        await self.link.close()
