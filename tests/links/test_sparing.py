"""An agent that dies of what others bear: its driver's limit is kept from the moment at which the driver is known."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from pysnmp.proto import rfc1902

from fleetmon import catalog, settings, sources
from fleetmon.conversation import Behaviour, converse
from fleetmon.decode import snmp
from fleetmon.decode.snmp import Pace
from fleetmon.errors import LinkError
from fleetmon.links.base import Link, Sparing
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.snmp_v3 import SnmpV3Link, V3Credentials
from fleetmon.model.words import State
from fleetmon.probing import probe

OBJECTS = 3
ROWS = 2 * OBJECTS
DRIVER = f"""
name = "fragile"
title = "Fragile"
kind = "printer"
maturity = "experimental"
link = "snmp"
max_varbinds = {OBJECTS}
[match]
sysobjectid = ["1.3.6.1.4.1.4711"]
[identity]
serial_objects = ["1.3.6.1.4.1.4711.1.0", "1.3.6.1.4.1.4711.2.0", "1.3.6.1.4.1.4711.3.0", "1.3.6.1.4.1.4711.4.0"]
"""


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def _mib() -> dict[tuple[int, ...], Any]:
    """A printer with nine inputs, so that its tables are longer than what it bears."""
    found = {
        "1.3.6.1.2.1.1.1.0": rfc1902.OctetString(b"Fragile 1"),
        "1.3.6.1.2.1.1.2.0": rfc1902.ObjectIdentifier("1.3.6.1.4.1.4711.1"),
        "1.3.6.1.2.1.1.3.0": rfc1902.TimeTicks(360000),
        "1.3.6.1.2.1.25.3.2.1.2.1": rfc1902.ObjectIdentifier("1.3.6.1.2.1.25.3.1.5"),
        "1.3.6.1.2.1.25.3.2.1.5.1": rfc1902.Integer32(2),
        "1.3.6.1.2.1.25.3.5.1.1.1": rfc1902.Integer32(3),
        "1.3.6.1.2.1.25.3.5.1.2.1": rfc1902.OctetString(b"\x00"),
        "1.3.6.1.2.1.43.10.2.1.4.1.1": rfc1902.Counter32(1234),
    }
    for row in range(1, 10):
        found[f"1.3.6.1.2.1.43.8.2.1.9.1.{row}"] = rfc1902.Integer32(250)
        found[f"1.3.6.1.2.1.43.8.2.1.10.1.{row}"] = rfc1902.Integer32(100)
    return {numbers(name): value for name, value in found.items()}


def asked_of(agent: Any) -> list[int]:
    """How much each request wanted, in parts of what the machine bears; above 1 it would have died."""
    return [asked.repetitions / ROWS if asked.kind == "bulk" else len(asked.oids) / OBJECTS for asked in agent.requests]


def made(folder: Path, agent: Any, named: bool, socket: SnmpSocket) -> tuple[Link, Behaviour]:
    """The link and the behaviour that a site's settings make of it."""
    driver = folder / "drivers" / "fragile"
    driver.mkdir(parents=True)
    (driver / "driver.toml").write_text(DRIVER, encoding="utf-8")
    more = ', driver = "fragile"' if named else ""
    (folder / "fleetmon.toml").write_text(
        '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'
        f'[[machine]]\nid = "m1"\nkind = "printer"\nsource = {{ url = "snmp://{agent.host}:{agent.port}"{more} }}\n',
        encoding="utf-8",
    )
    found = settings.load(folder / "fleetmon.toml", environ={})
    drivers = catalog.load(found.drivers_folder)
    (recipe,) = sources.recipes(found, drivers)
    link = sources.link(recipe, socket)
    return link, sources.Manner(drivers, recipe.source, link)


async def test_a_machine_whose_driver_is_named_is_never_asked_too_much(
    tmp_path: Path, start_agent: Any, honest: Any, snmp_socket: SnmpSocket
) -> None:
    """It dies of a fourth object or a seventh row; met, asked quickly and slowly, it lives and is understood."""
    answer, dead = honest(_mib()), list[object]()

    def fragile(asked: Any) -> Iterable[bytes]:
        if dead or len(asked.oids) > OBJECTS or asked.repetitions > ROWS:
            dead.append(asked)
            return []
        return list(answer(asked))

    agent = await start_agent(fragile)
    link, behave = made(tmp_path, agent, True, snmp_socket)
    met = await converse(behave(None, Pace.FAST), link)
    for pace in (Pace.FAST, Pace.SLOW, Pace.FAST):
        met = await converse(behave(met, pace), link)
    assert not dead
    assert max(asked_of(agent)) == 1, "it could have been asked more at once"
    assert (met.definition.name, met.report.state, len(met.report.inputs)) == ("fragile", State.IDLE, 9)


async def test_a_machine_that_is_recognised_is_spared_from_then_on(
    tmp_path: Path, start_agent: Any, honest: Any, snmp_socket: SnmpSocket
) -> None:
    """Nobody named a driver: until it is known who answers, the usual; from the driver's own objects on, its limit."""
    agent = await start_agent(honest(_mib()))
    link, behave = made(tmp_path, agent, False, snmp_socket)
    met = await converse(behave(None, Pace.FAST), link)
    own = next(place for place, asked in enumerate(agent.requests) if asked.oids[0] == numbers("1.3.6.1.4.1.4711.1.0"))
    assert max(asked_of(agent)[:own]) > 1
    for pace in (Pace.FAST, Pace.SLOW):
        met = await converse(behave(met, pace), link)
    assert max(asked_of(agent)[own:]) == 1
    assert met.definition.name == "fragile"


async def test_a_probe_spares_it_too(tmp_path: Path, start_agent: Any, honest: Any, snmp_socket: SnmpSocket) -> None:
    """`fleetmon probe --driver` asks no more at once than the daemon will."""
    agent = await start_agent(honest(_mib()))
    made(tmp_path, agent, True, snmp_socket)
    driver = catalog.load(tmp_path / "drivers").driver("fragile").definition
    at: Any = None
    link = SnmpLink(snmp_socket, agent.host, agent.port)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fleetmon.probing.snapshot_of", lambda *_: None)
        found = await probe(link, (), at, driver)
    assert found.definition is driver
    assert max(asked_of(agent)) <= 1


async def test_an_agent_that_died_is_not_stormed(start_agent: Any, snmp_socket: SnmpSocket) -> None:
    """It answers nothing any more: a poll is given up with the first question, two tries in all; no loop within it."""
    agent = await start_agent(lambda _: [])
    link = SnmpLink(snmp_socket, agent.host, agent.port, timeout_s=0.05)
    choose: Callable[..., Any] = lambda _: None  # noqa: E731
    with pytest.raises(LinkError):
        await converse(snmp.poll(choose, None, Pace.SLOW), link)
    assert [asked.kind for asked in agent.requests if asked.version == 1] == ["get", "get"]
    assert len(agent.requests) == 3, "v1 is tried once, beside the second"


def test_every_link_to_snmp_machines_can_be_told(snmp_socket: SnmpSocket) -> None:
    """Whichever version: a smaller word counts, and a larger one only for objects, never for rows beyond the usual."""
    for link, rows in (
        (SnmpLink(snmp_socket, "127.0.0.1"), 20),
        (SnmpV3Link("127.0.0.1", 161, V3Credentials("reader", None, None, None, None)), 10),
    ):
        assert isinstance(link, Sparing)
        link.spare(40)
        assert (link._max_varbinds, link._repetitions) == (40, rows)
        link.spare(2)
        assert (link._max_varbinds, link._repetitions) == (2, 4)
