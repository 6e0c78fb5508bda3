"""Machines on lines of bytes, polled as the daemon does it: shared buses, reloads that touch one, drivers that break.

The machines are the simulators', on ptys and TCP ports, in this process; time is the world's.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.modbus_device import Ways, serve_modbus
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.outlet import Outlet, Wire, parse_outlet

from fleetmon import catalog, settings
from fleetmon.clock import Clock
from fleetmon.decode.lines import asks
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.plan import SerialChoice, SourcePlan
from fleetmon.model.report import NoAnswer, Observation, Report
from fleetmon.model.words import Silence, State
from fleetmon.poller import Deadlines, SourcePoller
from fleetmon.polling import Applied, Polling
from fleetmon.sources import deadlines

HEAD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'
PATIENCE_S = 20.0


@dataclass
class Site:
    """Settings in a folder, and those who are polled for them."""

    folder: Path
    polling: Polling
    heard: dict[str, list[Report | NoAnswer]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def apply(self, **machines: str) -> Applied:
        """Write each machine's `source` and apply that."""
        said = "".join(f'[[machine]]\nid = "{name}"\nsource = {{ {source} }}\n' for name, source in machines.items())
        (self.folder / "fleetmon.toml").write_text(HEAD + said, encoding="utf-8")
        found = settings.load(self.folder / "fleetmon.toml", environ={})
        return await self.polling.apply(found, catalog.load(found.drivers_folder))

    def driver(self, name: str, text: str) -> None:
        """A driver of the site's own."""
        folder = self.folder / "drivers" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "driver.toml").write_text(text, encoding="utf-8")

    def pollers(self) -> dict[str, SourcePoller]:
        """By machine."""
        return {each.machine.id: each for each in self.polling.pollers}

    async def hand_over(self, observation: Observation) -> None:
        self.heard.setdefault(observation.machine, []).append(observation.heard)
        self.news.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for news until something holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self.news.clear()
                await self.news.wait()

    def last(self, machine: str) -> Report | NoAnswer | None:
        """What was heard of it last."""
        return self.heard.get(machine, [None])[-1]

    def told(self, machine: str) -> bool:
        """Whether it reports."""
        return isinstance(self.last(machine), Report)

    def why(self, machine: str) -> Silence | None:
        """Why it does not."""
        last = self.last(machine)
        return last.why if isinstance(last, NoAnswer) else None


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Site]:
    """A site in `folder`, as the daemon would run it."""
    socket = SnmpSocket()
    async with asyncio.TaskGroup() as tasks:
        site: Site

        async def hand_over(observation: Observation) -> None:
            await site.hand_over(observation)

        site = Site(folder, Polling(tasks, socket, Clock(), hand_over))
        try:
            yield site
        finally:
            await site.polling.stop()
            await socket.close()


def idle(sheet: str) -> Machine:
    """A machine that has nothing to do."""
    return Machine(load_sheet(sheet))


async def test_machines_on_every_kind_of_line_are_heard(tmp_path: Path) -> None:
    """A serial port, a device server raw and with RFC 2217, a socket, Modbus RTU on a bus and Modbus TCP, at once."""
    outlets = [parse_outlet(each) for each in (f"pty:{tmp_path}/lapis", "rfc2217", "tcp")]
    machines = idle("lapis_laminator"), idle("lapis_laminator"), idle("zebra_label_printer")
    units = Unit(idle("omron_heater"), None, 1), Unit(idle("omron_heater"), None, 2)
    ways = Ways(rtu=(Outlet(Wire.PTY, link=tmp_path / "bus"),), tcp=(0,))
    async with (
        serve_bytes(*machines, outlets=outlets) as reaches,
        serve_modbus(*units, ways=ways) as buses,
        watched(tmp_path) as site,
    ):
        modbus = f"modbus+tcp://127.0.0.1:{buses[1].port}"
        await site.apply(
            lapis=f'url = "serial://{tmp_path}/lapis", driver = "lapis_lamina", interval = "200ms"',
            remote=f'url = "{reaches[1].url}", driver = "lapis_lamina", interval = "200ms"',
            label=f'url = "{reaches[2].url}", driver = "zebra_zpl", interval = "200ms"',
            heater=f'url = "serial://{tmp_path}/bus", driver = "omron_e5cc", modbus_unit = 1, interval = "200ms"',
            other=f'url = "serial://{tmp_path}/bus", driver = "omron_e5cc", modbus_unit = 2, interval = "200ms"',
            gate=f'url = "{modbus}", driver = "omron_e5cc", modbus_unit = 2, interval = "200ms"',
        )
        names = ("lapis", "remote", "label", "heater", "other", "gate")
        await site.until(lambda: all(site.told(name) and len(site.heard[name]) > 3 for name in names))
        assert not [each for name in names for each in site.heard[name] if isinstance(each, NoAnswer)]
        label = site.last("label")
        assert isinstance(label, Report)
        assert label.state is State.IDLE


async def test_a_reload_touches_one_machine_of_a_bus(tmp_path: Path) -> None:
    """Its neighbours on the line go on with what they have met, and the port stays open for them."""
    units = [Unit(idle("omron_heater"), None, number) for number in (1, 2, 3)]
    ways = Ways(rtu=(Outlet(Wire.PTY, link=tmp_path / "bus"),))

    def source(number: int, more: str = "") -> str:
        line = f'url = "serial://{tmp_path}/bus", driver = "omron_e5cc", modbus_unit = {number}'
        return f'{line}, interval = "200ms"{more}'

    async with serve_modbus(*units, ways=ways), watched(tmp_path) as site:
        await site.apply(a=source(1), b=source(2), c=source(3))
        await site.until(lambda: all(map(site.told, "abc")))
        before = site.pollers()
        port = before["a"].link._bus.port._serial
        applied = await site.apply(a=source(1), b=source(2, ', serial = { timeout = "900ms" }'), c=source(3))
        assert (applied.stopped, applied.started) == (("b/main",), ("b/main",))
        after = site.pollers()
        assert after["a"] is before["a"]
        assert after["c"].met is not None
        polls = len(site.heard["b"])
        await site.until(lambda: len(site.heard["b"]) > polls + 2)
        assert after["b"].link._bus.port._serial is port
        assert not [each for name in "abc" for each in site.heard[name] if isinstance(each, NoAnswer)]


async def test_the_dead_machine_of_a_bus_costs_the_others_no_contact(tmp_path: Path) -> None:
    """It is mute; they wait for it, and the wait is not taken for their silence."""
    units = [Unit(idle("omron_heater"), None, number) for number in (1, 2)]
    ways = Ways(rtu=(Outlet(Wire.PTY, link=tmp_path / "bus"),))

    def source(number: int, timeout: str = "5s") -> str:
        line = f'url = "serial://{tmp_path}/bus", driver = "omron_e5cc", modbus_unit = {number}'
        return f'{line}, interval = "200ms", serial = {{ timeout = "{timeout}" }}'

    async with serve_modbus(*units, ways=ways), watched(tmp_path) as site:
        await site.apply(a=source(1), dead=source(9, "200ms"), b=source(2))
        await site.until(lambda: len(site.heard.get("dead", [])) > 4 and len(site.heard.get("a", [])) > 4)
        assert site.why("dead") is Silence.TIMEOUT
        assert site.pollers()["a"].late_s > 0.2, "that the line has not the time for all is to be seen"
        assert not [each for name in "ab" for each in site.heard[name] if isinstance(each, NoAnswer)]


async def test_a_broken_driver_disables_its_own_machines_only(tmp_path: Path) -> None:
    """And it is mended by a reload; the machine beside it is asked all the while over the connection it has."""
    good = (Path(catalog.__file__).parents[2] / "drivers" / "lapis_lamina" / "driver.toml").read_text("utf-8")
    own = good.replace('name = "lapis_lamina"', 'name = "own_lapis"')
    machines = idle("lapis_laminator"), idle("lapis_laminator")
    async with serve_bytes(*machines) as (first, second), watched(tmp_path) as site:
        wanted = {
            "good": f'url = "{first.url}", driver = "lapis_lamina", interval = "200ms"',
            "own": f'url = "{second.url}", driver = "own_lapis", interval = "200ms"',
        }
        site.driver("own_lapis", own.replace("[read]", "[raed]"))
        await site.apply(**wanted)
        await site.until(lambda: site.told("good") and site.why("own") is Silence.DRIVER_BUG)
        (broken,) = {str(each) for each in site.heard["own"]}
        assert "own_lapis/driver.toml:" in broken
        kept = site.pollers()["good"]
        site.driver("own_lapis", own)
        applied = await site.apply(**wanted)
        assert applied.kept == ("good/main",)
        await site.until(lambda: site.told("own"))
        assert site.pollers()["good"] is kept
        assert not [each for each in site.heard["good"] if isinstance(each, NoAnswer)]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            'url = "tcp://127.0.0.1:9", driver = "snmp_printer"',
            "driver 'snmp_printer' is for machines reached over snmp",
        ),
        (
            'url = "snmp://127.0.0.1", driver = "lapis_lamina"',
            "reached over serial://, tcp://, rfc2217://, not over snmp",
        ),
        (
            'url = "modbus://127.0.0.1", driver = "zebra_zpl"',
            "reached over serial://, tcp://, rfc2217://, not over modbus",
        ),
        ('url = "tcp://127.0.0.1:9", driver = "nobody"', "no driver is called 'nobody'"),
        ('url = "tcp://127.0.0.1:9", driver = "omron_e5cc", unit = "6"', "takes modbus_unit, a number, and not unit"),
        ('url = "tcp://127.0.0.1:9", driver = "lapis_lamina", modbus_unit = 6', "is its unit"),
        ('url = "tcp://127.0.0.1:9", driver = "lapis_lamina", unit = "6"', "calls no machine by a unit"),
        ('url = "tcp://127.0.0.1:9", driver = "evolis_rpc"', "asks a machine by its unit; say which"),
    ],
)
async def test_a_driver_that_does_not_fit_the_address_is_told(tmp_path: Path, source: str, said: str) -> None:
    """As a machine that cannot be asked, by itself and nobody else."""
    async with watched(tmp_path) as site:
        await site.apply(odd=f'{source}, interval = "200ms"')
        await site.until(lambda: site.why("odd") is Silence.DRIVER_BUG)
        last = site.last("odd")
        assert isinstance(last, NoAnswer)
        assert said in last.text


async def test_a_driver_that_reads_until_the_end_needs_a_connection(tmp_path: Path) -> None:
    """On a serial line nobody can hang up, so it is told at once instead of being waited for."""
    said = 'reply = "(?P<state>[a-z]+)", read_only = "p. 1"'
    driver = (
        'name = "ender"\ntitle = "Ender"\nkind = "printer"\nmaturity = "experimental"\nlink = "serial"\n'
        f'[line]\nframing = "until-close"\n[read]\ns = {{ ask = "s", {said} }}\n'
        '[state]\nfrom = "state"\ncodes = { ok = "idle" }\n'
    )
    async with watched(tmp_path) as site:
        site.driver("ender", driver)
        await site.apply(odd=f'url = "serial://{tmp_path}/x", driver = "ender", interval = "200ms"')
        await site.until(lambda: site.why("odd") is Silence.DRIVER_BUG)
        assert "reads until the machine hangs up" in str(site.last("odd"))


async def test_an_adapter_that_vanishes_and_returns_is_heard_again(tmp_path: Path) -> None:
    """The port is gone, and the machine is heard again at the poll after its return, with what was known of it."""
    path = tmp_path / "usb"
    zebra = idle("zebra_label_printer")
    source = f'url = "serial://{path}", driver = "zebra_zpl", interval = "200ms"'
    async with watched(tmp_path) as site:
        async with serve_bytes(zebra, outlets=[parse_outlet(f"pty:{path}")]):
            await site.apply(label=source)
            await site.until(lambda: site.told("label"))
        await site.until(lambda: site.why("label") is Silence.PORT_GONE)
        assert list(site.pollers()["label"].exchanges)[-1].came == b"", "the last one is shown, not a good one"
        async with serve_bytes(zebra, outlets=[parse_outlet(f"pty:{path}")]):
            await site.until(lambda: site.told("label"))


async def test_nothing_is_left_open(tmp_path: Path) -> None:
    """When polling stops, every port and connection is given back."""
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    outlets = [parse_outlet("pty"), parse_outlet("tcp")]
    machines = idle("lapis_laminator"), idle("lapis_laminator")
    async with serve_bytes(*machines, outlets=outlets) as (line, socket), watched(tmp_path) as site:
        await site.apply(
            a=f'url = "serial://{line.path}", driver = "lapis_lamina", interval = "200ms"',
            b=f'url = "{socket.url}", driver = "lapis_lamina", interval = "200ms"',
        )
        await site.until(lambda: site.told("a") and site.told("b"))
    await asyncio.sleep(0)
    assert set(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208


def test_a_slow_driver_is_given_its_time(tmp_path: Path) -> None:
    """Every question may be mute and be waited out, at a first meeting twice; whoever is quick has the usual time."""
    drivers = catalog.load()
    quick = SourcePlan("main", "tcp://127.0.0.1:9", driver="lapis_lamina")
    assert deadlines(drivers.driver("snmp_printer").definition, quick) == Deadlines(5.0, 30.0)
    assert deadlines(drivers.driver("lapis_lamina").definition, quick).poll_s == 5.0
    slow = replace(quick, serial=SerialChoice(timeout_s=60.0))
    asked = len(asks(drivers.driver("zebra_zpl").definition, None))  # type: ignore[arg-type]
    assert deadlines(drivers.driver("zebra_zpl").definition, slow) == Deadlines(
        120.0 * (asked + 1), 240.0 * (asked + 1)
    )
