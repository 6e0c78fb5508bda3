"""The control socket of one site: where it may stand, and everything that can be asked there."""

import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import structlog

from fleetmon.commands import Commands
from fleetmon.control.address import ControlTaken, listen
from fleetmon.control.alerts import alerts
from fleetmon.control.explain import explain
from fleetmon.control.server import Ask, Control, Refused
from fleetmon.control.status import status
from fleetmon.model.messages import Event, Json
from fleetmon.publish.command import Heading, local
from fleetmon.publish.command_payloads import Via
from fleetmon.publish.contract import dump
from fleetmon.publish.said import LONGEST_WORDS, plain
from fleetmon.site import Site

log = structlog.get_logger("control")


def open_door(site: Site, commands: Commands, paths: Sequence[Path]) -> Control:
    """The control socket at the first of `paths` that is free; run it as one task. Raises ControlTaken."""
    *others, last = paths
    for path in others:
        try:
            return _door(site, commands, path)
        except ControlTaken as taken:
            log.warning("control socket elsewhere", why=str(taken), instead=str(last))
    return _door(site, commands, last)


def _door(site: Site, commands: Commands, path: Path) -> Control:
    listening = listen(path)
    picture = partial(status, site)

    async def answer_status(_request: Mapping[str, Json], _who: str) -> dict[str, Json]:
        return picture()

    async def answer_alerts(_request: Mapping[str, Json], _who: str) -> dict[str, Json]:
        return alerts(site)

    asks: dict[str, Ask] = {
        "status": answer_status,
        "alerts": answer_alerts,
        "explain": partial(explain, site),
        "command": partial(_command, site, commands),
    }
    control = Control(listening, path, asks, picture, site.clock, refresh_s=min(5.0, site.settings.mqtt.heartbeat))
    tell = site.tell

    def tell_both(event: Event) -> None:
        tell(event)
        control.tell(event)

    site.tell = tell_both
    site.views.watch(control.change)
    site.outbox.watch(control.change)
    return control


async def _command(site: Site, commands: Commands, request: Mapping[str, Json], who: str) -> dict[str, Json]:
    """`{"ask": "command", "verb": "refresh", "why": "...", "arguments": {...}}`: who asks, the kernel has said."""
    verb, why, arguments = request.get("verb"), request.get("why", ""), request.get("arguments", {})
    if not isinstance(verb, str) or not isinstance(why, str) or not isinstance(arguments, dict):
        raise Refused('a command needs a "verb", and may have a "why" and "arguments"')
    heading = Heading(str(uuid.uuid4()), plain(verb)[:48], who, plain(why)[:LONGEST_WORDS], Via.CONTROL)
    reply = await commands.carry_out(local(heading, arguments, site.clock.now()))
    return dump(reply)
