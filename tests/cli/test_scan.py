"""`fleetmon scan`: who answers in an office, as settings that pass; and the serial ports, of which none is opened."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.recordings.recording import load_recording
from fleetmon.simulators.sheets.sheet import load_sheet
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

from fleetmon import settings
from fleetmon.links.serial import listing
from fleetmon.scanning import hosts

from .conftest import TWO_PRINTERS, UPS
from .lines import agent

Run = Callable[..., Result]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[int]:
    """Two laminators of one model, an agent for two printers and a power supply, on one port of 127.0.0.11 to .14."""
    recordings = []
    for name, walk in (("two", TWO_PRINTERS), ("ups", UPS)):
        file = tmp_path / f"{name}.snmprec"
        file.write_text(walk, encoding="utf-8")
        recordings.append(load_recording(file))
    with ExitStack() as served:
        port = served.enter_context(agent(Machine(load_sheet("laminator")), "127.0.0.11"))
        served.enter_context(agent(Machine(load_sheet("laminator")), "127.0.0.12", port))
        served.enter_context(agent(recordings[0], "127.0.0.13", port))
        served.enter_context(agent(recordings[1], "127.0.0.14", port))
        yield port


def test_what_is_found_is_settings_to_paste(fleetmon: Run, office: int, tmp_path: Path) -> None:
    """Machines of one model get ids of their own, each printer of an agent its device; strangers are remarked upon."""
    found = fleetmon("scan", "127.0.0.11-15", "--port", str(office), "--rate", "100")
    assert found.exit_code == 0, found.stderr
    assert "4 of 5 answer" in found.stderr
    assert "# 127.0.0.14 answers, and nobody understands it: not a printer" in found.stdout
    file = tmp_path / "fleetmon.toml"
    file.write_text(f'[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n{found.stdout}', encoding="utf-8")
    machines = settings.load(file).plan().machines
    told = {machine.id: machine.sources[0] for machine in machines}
    assert len(told) == len(machines) == 4
    assert sorted(source.url for source in told.values()) == [
        f"snmp://127.0.0.{last}:{office}" for last in (11, 12, 13, 13)
    ]
    assert sorted(source.device for source in told.values() if source.device) == [3, 7]


def test_credentials_that_are_needed_stand_there_once(fleetmon: Run, office: int) -> None:
    """The profile comes before the first machine; a wrong community finds nobody, exit 3."""
    found = fleetmon("scan", "127.0.0.11-12", "--port", str(office), "--rate", "100", "--v1")
    assert found.stdout.count("[snmp.profile.office]") == 1
    assert found.stdout.count('profile = "office"') == 2
    nobody = fleetmon("scan", "127.0.0.11", "--port", str(office), "--community", "wrong")
    assert nobody.exit_code == 3
    assert "nobody answers" in nobody.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "say where to look"),
        (["10.0.0.0/8"], "10.0.0.0/8 holds 16777216 addresses, and at most 1024 are asked"),
        (["127.0.0.1-0"], "ends before it begins"),
        (["printer"], "write 192.0.2.0/24"),
        (["127.0.0.300"], "write 192.0.2.0/24"),
        (["127.0.0.0/23", "127.0.2.0/23", "127.0.4.0/23"], "1530 addresses, and at most 1024"),
    ],
)
def test_wrong_usage_is_explained(fleetmon: Run, words: list[str], complaint: str) -> None:
    """Exit 2, and nobody is asked."""
    wrong = fleetmon("scan", *words)
    assert wrong.exit_code == 2
    assert complaint in wrong.stderr


@given(st.integers(0, 2**32 - 2000), st.integers(0, 1000))
def test_a_range_holds_both_its_ends(first: int, more: int) -> None:
    """Every address from the first to the last, in order, once."""
    ends = [socket.inet_ntoa((first + number).to_bytes(4)) for number in (0, more)]
    found = list(hosts("-".join(ends), 1024))
    assert [int.from_bytes(socket.inet_aton(host)) for host in found] == list(range(first, first + more + 1))


def test_other_forms_of_targets() -> None:
    """A network leaves out its own and the broadcast address; IPv6 and single addresses are taken, too."""
    assert list(hosts("192.0.2.8/30", 9)) == ["192.0.2.9", "192.0.2.10"]
    assert list(hosts("192.0.2.10-12", 9)) == ["192.0.2.10", "192.0.2.11", "192.0.2.12"]
    assert list(hosts("2001:db8::1", 9)) == ["2001:db8::1"]
    assert list(hosts("2001:db8::/126", 9))[-1] == "2001:db8::3"


def test_serial_ports_are_listed_with_their_lasting_names(
    fleetmon: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name that stays stands in the settings, the descriptor beside it; a port of others is said to be one."""
    device, by_id = tmp_path / "ttyUSB0", tmp_path / "by-id"
    device.touch()
    by_id.mkdir()
    (by_id / "usb-Acme_Cable_A9-if00-port0").symlink_to(device)
    found = list(listing.serial_ports(by_id))
    assert found[0].path == str(device)
    assert found[0].lasting == str(by_id / "usb-Acme_Cable_A9-if00-port0")
    ports = [
        listing.SerialPort("/dev/ttyUSB0", "/dev/serial/by-id/usb-Acme", "Acme", "Cable", "A9", "0403:6001"),
        listing.SerialPort("/dev/ttyS0", ours=False),
    ]
    monkeypatch.setattr("fleetmon.cli.scan.serial_ports", lambda: iter(ports))
    page = fleetmon("scan", "--serial")
    assert page.exit_code == 0
    assert "# /dev/ttyUSB0: Acme Cable (usb 0403:6001, serial number A9)" in page.stdout
    assert "usermod -aG dialout" in page.stdout
    file = tmp_path / "fleetmon.toml"
    pasted = page.stdout.replace('"NAME"', '"zebra_zpl"')
    file.write_text(f'[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n{pasted}', encoding="utf-8")
    urls = [machine.sources[0].url for machine in settings.load(file).plan().machines]
    assert urls == ["serial:///dev/serial/by-id/usb-Acme", "serial:///dev/ttyS0"]
