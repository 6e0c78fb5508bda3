"""A site's own driver that hides another, or is chosen before it, is named before it surprises somebody."""

from importlib.resources import files
from pathlib import Path

from fleetmon import catalog
from fleetmon.precedence import surprises


def copied(folder: Path, origin: str, name: str) -> None:
    """A shipped driver as people copy it: another name, the rest the same."""
    target = folder / name
    target.mkdir(parents=True)
    text = files("fleetmon.drivers").joinpath(origin).joinpath("driver.toml").read_text("utf-8")
    (target / "driver.toml").write_text(text.replace(f'name = "{origin}"', f'name = "{name}"'), encoding="utf-8")


def told(folder: Path) -> list[str]:
    found = catalog.load(folder)
    assert not found.broken
    return surprises(found)


def test_shipped_drivers_surprise_nobody(tmp_path: Path) -> None:
    """Who comes first among them is settled by laws of their own."""
    assert told(tmp_path) == []


def test_a_driver_of_the_same_name_hides_the_shipped_one(tmp_path: Path) -> None:
    """It is meant to, and said, with its folder."""
    copied(tmp_path, "zebra_snmp", "zebra_snmp")
    assert told(tmp_path) == [
        f"driver zebra_snmp: yours in {tmp_path / 'zebra_snmp'} hides the shipped one of that name"
    ]


def test_a_copy_under_another_name_takes_machines_silently_no_more(tmp_path: Path) -> None:
    """The first by name is chosen for machines that name no driver: a copy may come before or after."""
    copied(tmp_path, "snmp_printer", "acme_printer")
    copied(tmp_path, "zebra_snmp", "zzz")
    first, second = told(tmp_path)
    assert first == (
        "driver acme_printer is chosen before snmp_printer, being first by name, for machines that name no driver: "
        "both take every machine with the Printer-MIB"
    )
    assert second.startswith("driver zebra_snmp is chosen before zzz, being first by name")
    assert "both take sysObjectID 1.3.6.1.4.1." in second


def test_a_driver_of_its_own_kind_is_no_rival(tmp_path: Path) -> None:
    """What claims machines nobody else claims comes before the general driver by design."""
    folder = tmp_path / "acme"
    folder.mkdir(parents=True)
    text = 'name = "acme"\ntitle = "Acme"\nkind = "printer"\nmaturity = "experimental"\nlink = "snmp"\n'
    (folder / "driver.toml").write_text(f'{text}[match]\nsysobjectid = ["1.3.6.1.4.1.99999"]\n', encoding="utf-8")
    assert told(tmp_path) == []
