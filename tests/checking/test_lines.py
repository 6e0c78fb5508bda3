"""Lines of bytes are looked at before the daemon is: on paper, and by asking who is there."""

import asyncio
import os
import pwd
from pathlib import Path

import pytest
from fleetmon.simulators.byte_agent import serve_bytes
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.modbus_device import Ways, serve_modbus
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.wires.outlet import parse_outlet

from fleetmon import catalog, settings
from fleetmon.checking import Finding, Weight, computer
from fleetmon.checking.lines import declared, paces, shared, spoken, without_effect
from fleetmon.checking.machines import Round, ask_all
from fleetmon.clock import Clock
from fleetmon.settings import Settings
from fleetmon.settings.oddities import where

HEAD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'


def load(folder: Path, **machines: str) -> Settings:
    said = "".join(f'[[machine]]\nid = "{name}"\nsource = {{ {source} }}\n' for name, source in machines.items())
    (folder / "fleetmon.toml").write_text(HEAD + said)
    return settings.load(folder / "fleetmon.toml", environ={})


def told(folder: Path, **machines: str) -> list[str]:
    """What is odd about lines that are shared, without the folder."""
    found = load(folder, **machines)
    lines = spoken(found, catalog.load())
    return [str(each).replace(f"{folder}/", "") for each in shared(lines, where(folder / "fleetmon.toml"))]


async def asked(folder: Path, daemon_runs: bool = False, **machines: str) -> list[Finding]:
    """What comes of asking them."""
    found = load(folder, **machines)
    return await ask_all(Round(found, catalog.load(found.drivers_folder), Clock(), daemon_runs), lambda: None)


def heater(unit: int, more: str = "") -> str:
    return f'url = "serial:///dev/ttyS9", driver = "omron_e5cc", modbus_unit = {unit}{more}'


def test_machines_of_one_line_that_disagree_on_it_are_told(tmp_path: Path) -> None:
    """With both places; nothing is said where they agree, or where the line is none of ours to set."""
    (said,) = told(tmp_path, a=heater(1), b=heater(2), c=heater(3, ", serial = { baud = 19200 }"))
    assert said == (
        "warning  fleetmon.toml:13: machine c: its line is set to 19200 8E1, that of machine a (fleetmon.toml:7) on the"
        " same port to 9600 8E1: what is said to one is garbage to the other; set both alike, as the machines are: "
        "serial = { ... }"
    )
    tcp = 'url = "tcp://127.0.0.1:4001", driver = "omron_e5cc", modbus_unit = '
    assert told(tmp_path, a=f"{tcp}1", b=f"{tcp}2, serial = {{ baud = 300 }}") == []


def test_one_device_under_two_names_is_told(tmp_path: Path) -> None:
    """Each would find it locked by the other."""
    device, by_id = tmp_path / "ttyUSB0", tmp_path / "usb-adapter"
    device.touch()
    by_id.symlink_to(device)
    source = 'driver = "omron_e5cc", modbus_unit = '
    (said,) = told(tmp_path, a=f'url = "serial://{device}", {source}1', b=f'url = "serial://{by_id}", {source}2')
    assert said.startswith("problem  fleetmon.toml:10: machine b: is on the same device under another name")
    assert said.endswith("write one url, that of machine a (fleetmon.toml:7)")


def test_one_unit_that_is_asked_as_two_machines_is_told(tmp_path: Path) -> None:
    """Also where one says it and for the other it is the driver's default; and two controllers of one machine."""
    port = 'url = "modbus+tcp://127.0.0.1:9", driver = "omron_e5cc"'
    (said,) = told(tmp_path, a=f"{port}, modbus_unit = 1", b=port)
    assert said.startswith("warning  fleetmon.toml:10: machine b: asks unit 1 on its port, as machine a (fleetmon.toml")
    assert told(tmp_path, a=f"{port}, modbus_unit = 2", b=port) == []
    tower = 'url = "modbus+tcp://127.0.0.1:9", driver = "stack_light", name = "tower"'
    (tmp_path / "fleetmon.toml").write_text(
        f'{HEAD}[[machine]]\nid = "a"\nsource = [{{ {port} }}, {{ {tower} }}]\n', encoding="utf-8"
    )
    found = settings.load(tmp_path / "fleetmon.toml", environ={})
    (both,) = shared(spoken(found, catalog.load()), {})
    assert both.about == "machine a, source tower"
    assert "asks unit 1 on its port, as machine a, source main does" in both.text


def test_what_cannot_be_set_from_here_is_told(tmp_path: Path) -> None:
    """The speed behind a device server that passes octets on; a handshake that Linux does not know."""
    found = load(
        tmp_path,
        a='url = "tcp://127.0.0.1:1", driver = "zebra_zpl", serial = { baud = 300, timeout = "1s" }',
        b='url = "serial:///dev/ttyS9", driver = "zebra_zpl", serial = { handshake = "dsr-dtr" }',
        c='url = "rfc2217://127.0.0.1:1", driver = "zebra_zpl", serial = { baud = 300, handshake = "dsr-dtr" }',
        d='url = "tcp://127.0.0.1:2", driver = "zebra_zpl", serial = { timeout = "1s" }',
    )
    places = where(tmp_path / "fleetmon.toml")
    first, second = without_effect(spoken(found, catalog.load()), places)
    assert first.text.startswith("baud of a line behind tcp:// is set at the device server")
    assert second.about.endswith("fleetmon.toml:10: machine b")
    assert second.text.startswith("Linux knows no handshake over DSR and DTR")


def test_requests_that_only_their_author_calls_harmless_are_shown(tmp_path: Path) -> None:
    """Once for each driver, with the page; those of an allow-list need no word."""
    folder = tmp_path / "drivers" / "acme"
    folder.mkdir(parents=True)
    (folder / "driver.toml").write_text(
        'name = "acme"\ntitle = "Acme"\nkind = "laminator"\nmaturity = "experimental"\nlink = "serial"\n'
        '[read]\nstate = { ask = "<ENQ>", reply = "S(?P<state>[0-9])", read_only = "manual p. 12" }\n'
        '[state]\nfrom = "state"\ncodes = { 0 = "idle" }\n'
    )
    found = load(
        tmp_path,
        a='url = "tcp://127.0.0.1:1", driver = "acme"',
        b='url = "tcp://127.0.0.1:2", driver = "acme"',
        c='url = "tcp://127.0.0.1:3", driver = "zebra_zpl"',
    )
    (note,) = declared(spoken(found, catalog.load(found.drivers_folder)))
    assert note.weight is Weight.NOTE
    assert str(note) == (
        "note     driver acme: sends <ENQ> (read.state), which its author says changes nothing: manual p. 12"
    )


def test_a_line_that_has_no_time_for_its_machines_is_told(tmp_path: Path) -> None:
    """Three machines that take two seconds each cannot be asked every five."""
    lines = spoken(load(tmp_path, a=heater(1), b=heater(2), c=heater(3)), catalog.load())
    assert list(paces([(each, 1.6) for each in lines])) == []
    (found,) = paces([(each, 2.0) for each in lines])
    assert (found.weight, found.about) == (Weight.WARNING, "line serial:///dev/ttyS9")
    assert found.text.startswith("a round of a, b, c takes 6.0 s")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_who_may_not_open_a_port_is_told_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root checks for the service's user; a device of group dialout is fine, the unit gives that group."""
    device = tmp_path / "ttyUSB0"
    device.touch(mode=0o660)
    os.chown(device, 0, 0)
    found = load(tmp_path, a=f'url = "serial://{device}", driver = "omron_e5cc"')
    monkeypatch.setattr(computer, "_service_user", lambda: pwd.getpwnam("nobody"))
    (denied,) = computer.serial_ports(found)
    assert denied.weight is Weight.PROBLEM
    assert denied.text.startswith(f"user nobody may not open {device}")
    assert "adduser NAME dialout" in denied.text
    monkeypatch.setattr(computer, "_dialout", lambda: 0)
    assert list(computer.serial_ports(found)) == []


async def test_machines_on_lines_are_asked(tmp_path: Path) -> None:
    """Those that answer are named with what they are; a unit nobody has is told from a dead line; a wrong driver."""
    units = [Unit(Machine(load_sheet("omron_heater")), None, number) for number in (1, 2)]
    ways = Ways(rtu=(parse_outlet(f"pty:{tmp_path}/bus"),))
    bus = f'url = "serial://{tmp_path}/bus", driver = "omron_e5cc", modbus_unit = '
    zebra = Machine(load_sheet("zebra_label_printer"))
    async with serve_modbus(*units, ways=ways), serve_bytes(zebra, outlets=[parse_outlet("tcp:0:shared")]) as [label]:
        found = await asked(
            tmp_path,
            one=f"{bus}1",
            two=f"{bus}2",
            nine=f'{bus}9, serial = {{ timeout = "200ms" }}',
            label=f'url = "{label.url}", driver = "zebra_zpl"',
            wrong=f'url = "{label.url}", driver = "lapis_lamina", serial = {{ timeout = "100ms" }}',
        )
    by_name = {each.about: each for each in found}
    assert [by_name[f"machine {name}"].weight for name in ("one", "two", "label")] == [Weight.OK] * 3
    assert "driver omron_e5cc, asked in 0." in by_name["machine one"].text
    assert by_name["machine nine"].weight is Weight.PROBLEM
    assert "others on its line answer: is its unit right (9)" in by_name["machine nine"].text
    assert by_name["machine wrong"].weight is Weight.PROBLEM


async def test_a_mute_line_is_told_with_how_it_is_set(tmp_path: Path) -> None:
    """Where we set it, a wrong speed looks like a dead machine."""
    lapis = Machine(load_sheet("lapis_laminator"))
    async with serve_bytes(lapis, outlets=[parse_outlet("pty")]) as [line]:
        (found,) = await asked(
            tmp_path, a=f'url = "serial://{line.path}", driver = "lapis_lamina", serial = {{ baud = 9600 }}'
        )
    assert found.weight is Weight.PROBLEM
    assert "is the machine set to 9600 8N1" in found.text


async def test_the_running_daemon_s_ports_are_left_to_it(tmp_path: Path) -> None:
    """It has them open, and a device server has room for one."""
    (found,) = await asked(tmp_path, daemon_runs=True, a='url = "tcp://127.0.0.1:9", driver = "zebra_zpl"')
    assert (found.weight, "daemon is running" in found.text) == (Weight.OK, True)
    await asyncio.sleep(0)
