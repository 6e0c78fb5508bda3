"""What is allowed and yet rarely meant is told with its place, and never in the daemon's way."""

from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.settings.oddities import oddities, where

GOOD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'


def told(folder: Path, text: str) -> list[str]:
    path = folder / "fleetmon.toml"
    path.write_text(GOOD + text)
    assert settings.parse(path).site.id == "lab", "the daemon starts all the same"
    return [str(each).replace(f"{folder}/", "") for each in oddities(path)]


def two(first: str, second: str) -> str:
    return f'[[machine]]\nid = "a"\nsource = {first}\n[[machine]]\nid = "b"\nsource = {second}\n'


def test_an_address_given_to_two_machines_is_told(tmp_path: Path) -> None:
    """Whoever copies a machine and forgets the address reads both places."""
    (said,) = told(tmp_path, two('"snmp://Host"', '{ url = "snmp://host:161" }'))
    assert said == (
        "fleetmon.toml:10: machine.source.url: machine b has the address of machine a (fleetmon.toml:7): "
        "everything would count twice"
    )


def test_an_address_in_another_file_is_told_with_that_file(tmp_path: Path) -> None:
    """Machines in files of their own are compared with all others."""
    (tmp_path / "machines.d").mkdir()
    text = '[[machine]]\nid = "b"\nsource = [{ url = "snmp://h" }, { name = "x", url = "snmp://i" }]\n'
    (tmp_path / "machines.d" / "b.toml").write_text(text)
    (said,) = told(tmp_path, '[[machine]]\nid = "a"\nsource = "snmp://i"\n')
    assert said.startswith("machines.d/b.toml:3: machine.source.url: machine b has the address of machine a (fleet")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('"snmp://h"', '"snmp://h:1161"'),
        ('{ url = "snmp://h", device = 1 }', '{ url = "snmp://h", device = 2 }'),
        ('"walk:a"', '"walk:a"'),
        (
            '{ url = "rfc2217://h:1", driver = "x", modbus_unit = 1 }',
            '{ url = "rfc2217://h:1", driver = "x", modbus_unit = 2 }',
        ),
        ('{ url = "tcp://h:1", driver = "x", unit = "1" }', '{ url = "tcp://h:1", driver = "x", unit = "2" }'),
    ],
)
def test_what_only_looks_alike_is_fine(tmp_path: Path, first: str, second: str) -> None:
    """Another port, another printer of the host, another unit on the line; a recording may stand for many."""
    assert told(tmp_path, two(first, second)) == []


def test_one_machine_may_be_heard_twice_at_one_address(tmp_path: Path) -> None:
    """A general and a vendor's driver for one machine."""
    sources = '[{ url = "snmp://h" }, { name = "vendor", url = "snmp://h", driver = "zebra_snmp" }]'
    assert told(tmp_path, f'[[machine]]\nid = "a"\nsource = {sources}\n') == []


def test_files_that_are_not_read_are_told(tmp_path: Path) -> None:
    """An editor's copy or a wrong ending would otherwise be a machine that nobody watches."""
    folder = tmp_path / "machines.d"
    folder.mkdir()
    for name in ("a.toml", "a.toml~", "b.conf", ".hidden", "README.md"):
        (folder / name).write_text("")
    (folder / "old").mkdir()
    assert told(tmp_path, "") == [
        f"machines.d/{name}:1: is not read: only files whose names end in .toml are"
        for name in ("a.toml~", "b.conf", "old")
    ]


def test_the_place_of_a_source_is_known(tmp_path: Path) -> None:
    """Where its driver is named, or else its address: what else is found wrong with it can be told with a line."""
    path = tmp_path / "fleetmon.toml"
    path.write_text(
        GOOD + '[[machine]]\nid = "a"\n[[machine.source]]\nurl = "snmp://h"\ndriver = "x"\n'
        '[[machine.source]]\nname = "n"\nurl = "snmp://i"\n'
    )
    assert where(path) == {("a", "main"): f"{path}:9", ("a", "n"): f"{path}:12"}


def test_days_off_of_an_office_that_never_closes_are_told(tmp_path: Path) -> None:
    """Without shifts there is nothing to be taken off; whoever named holidays meant something else."""
    path = tmp_path / "fleetmon.toml"
    days = '[site.holidays]\ncountry = "PK"\nclosed = [2026-12-24]\nopen = [2026-12-25]\n'
    path.write_text(GOOD + days)
    text = "changes nothing: without [site.shifts] the office is never known to be closed"
    assert [(each.line, each.key, each.text) for each in oddities(path)] == [
        (6, "site.holidays.country", text),
        (7, "site.holidays.closed", text),
    ]
    hours = 'timezone = "Asia/Karachi"\nshifts = { fri = ["08:00-12:00"] }\n'
    path.write_text(GOOD.replace("[mqtt]", f"{hours}[mqtt]") + days)
    assert oddities(path) == []
