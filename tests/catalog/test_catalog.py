"""Drivers are folders: found by being there, hidden by a site's own of the same name, broken only by themselves."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from fleetmon import catalog
from fleetmon.catalog import Catalog
from fleetmon.errors import DriverError
from fleetmon.model.words import MachineKind

HEAD = 'title = "{title}"\nkind = "laminator"\nmaturity = "experimental"\nlink = "snmp"\n'


def driver(folder: Path, name: str, title: str = "Ours", more: str = "") -> Path:
    """A driver's folder below `folder`."""
    place = folder / name
    place.mkdir(parents=True)
    (place / "driver.toml").write_text(f'name = "{name}"\n' + HEAD.format(title=title) + more)
    return place


def test_the_shipped_drivers_are_there_without_a_site_folder() -> None:
    """The generic driver at least, and all of them by name."""
    found = catalog.load()
    assert "snmp_printer" in found.drivers
    assert [definition.name for definition in found.definitions] == sorted(found.drivers)
    assert found.broken == {}


def test_a_driver_dropped_into_the_site_s_folder_is_there(tmp_path: Path) -> None:
    """No registration: the folder is enough, beside the shipped ones."""
    driver(tmp_path, "acme_lx")
    found = catalog.load(tmp_path)
    assert found.driver("acme_lx").definition.kind is MachineKind.LAMINATOR
    assert set(found.drivers) == {*catalog.load().drivers, "acme_lx"}


def test_a_site_s_own_driver_hides_the_shipped_one_of_the_same_name(tmp_path: Path) -> None:
    """And the later of two folders hides the earlier."""
    first, second = tmp_path / "first", tmp_path / "second"
    driver(first, "snmp_printer", "First")
    driver(second, "snmp_printer", "Second")
    assert catalog.load(first).driver("snmp_printer").definition.title == "First"
    assert catalog.load(first, second).driver("snmp_printer").definition.title == "Second"
    assert catalog.load(second, first).driver("snmp_printer").definition.title == "First"


def test_a_broken_driver_disables_itself_and_nothing_else(tmp_path: Path) -> None:
    """Its machines are told what is wrong with it, file and line; all others are as before."""
    place = driver(tmp_path, "acme_lx", more="colour = 1\n")
    found = catalog.load(tmp_path)
    assert set(found.drivers) == set(catalog.load().drivers)
    with pytest.raises(DriverError) as raised:
        found.driver("acme_lx")
    assert str(raised.value).startswith(f'{place / "driver.toml"}:6: colour: unknown key "colour"')


def test_a_broken_driver_of_the_site_does_not_bring_the_shipped_one_back(tmp_path: Path) -> None:
    """Somebody meant to change it: falling back in silence would decode by rules that nobody wants any more."""
    driver(tmp_path, "snmp_printer", more="colour = 1\n")
    found = catalog.load(tmp_path)
    assert "snmp_printer" not in found.drivers
    assert "snmp_printer" in found.broken


def test_a_broken_driver_that_is_hidden_by_a_good_one_is_forgotten(tmp_path: Path) -> None:
    """The later folder mends what the earlier one broke."""
    first, second = tmp_path / "first", tmp_path / "second"
    driver(first, "acme_lx", more="colour = 1\n")
    driver(second, "acme_lx")
    found = catalog.load(first, second)
    assert (found.broken, found.driver("acme_lx").definition.title) == ({}, "Ours")


def test_a_folder_must_bear_its_driver_s_name(tmp_path: Path) -> None:
    """A copied folder whose name was not changed inside is an error with its line, not a second driver."""
    place = driver(tmp_path, "acme_lx")
    place.rename(tmp_path / "acme_mx")
    found = catalog.load(tmp_path)
    assert found.broken == {
        "acme_mx": f"{tmp_path}/acme_mx/driver.toml:1: name: 'acme_lx' must equal the folder's name 'acme_mx'"
    }


def test_what_is_no_driver_is_passed_over(tmp_path: Path) -> None:
    """Files, empty folders and folders of other things; and a site without a folder of its own."""
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "driver.toml").mkdir()
    assert set(catalog.load(tmp_path, tmp_path / "absent", tmp_path / "notes.txt").drivers) == set(
        catalog.load().drivers
    )


def test_folders_that_may_not_be_read_cost_their_own_drivers_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One place that cannot be listed, one driver that cannot be looked into: one is logged, the other broken."""
    closed, opened = tmp_path / "closed", tmp_path / "open"
    driver(closed, "hidden")
    locked = driver(opened, "locked")
    driver(opened, "acme_lx")
    listing, looking, reading = Path.iterdir, Path.is_file, Path.read_text

    def refuse(path: Path, place: Path) -> None:
        if path == place or place in path.parents:
            raise PermissionError(13, "Permission denied")

    def iterdir(path: Path) -> object:
        refuse(path, closed)
        return listing(path)

    def is_file(path: Path) -> bool:
        refuse(path, locked)
        return looking(path)

    def read_text(path: Path, *args: str) -> str:
        refuse(path, locked)
        return reading(path, *args)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    monkeypatch.setattr(Path, "is_file", is_file)
    monkeypatch.setattr(Path, "read_text", read_text)
    with capture_logs() as logged:
        found = catalog.load(closed, opened)
    assert "acme_lx" in found.drivers
    assert "hidden" not in found.drivers
    assert "Permission denied" in found.broken["locked"]
    (entry,) = logged
    assert (entry["log_level"], entry["folder"]) == ("error", str(closed))


def test_a_driver_that_is_not_there_is_told_with_the_nearest_name() -> None:
    """A slip in the settings finds its way back."""
    with pytest.raises(DriverError, match=r"no driver is called 'snmp_priner'; did you mean \"snmp_printer\"\?"):
        catalog.load().driver("snmp_priner")
    with pytest.raises(DriverError, match="no driver is called 'x'"):
        Catalog().driver("x")


def test_a_driver_knows_its_page_and_its_captures(tmp_path: Path) -> None:
    """The README as text, the captures by name, and neither is needed for the driver to load."""
    place = driver(tmp_path, "acme_lx")
    assert (catalog.read(place).readme(), list(catalog.read(place).captures())) == ("", [])
    (place / "README.md").write_text("# Acme\n")
    (place / "captures").mkdir()
    for name in ("jam.toml", "idle.toml", "notes.txt"):
        (place / "captures" / name).write_text("")
    found = catalog.read(place)
    assert found.readme() == "# Acme\n"
    assert [capture.name for capture in found.captures()] == ["idle.toml", "jam.toml"]


def test_what_a_driver_s_machines_are_told(tmp_path: Path) -> None:
    """Nothing if it can be used; else what is wrong with it, or that it is not there."""
    driver(tmp_path, "acme_lx", more="colour = 1\n")
    found = catalog.load(tmp_path)
    assert found.driver("snmp_printer").definition.name == "snmp_printer"
    with pytest.raises(DriverError, match='unknown key "colour"'):
        found.driver("acme_lx")
    with pytest.raises(DriverError, match="no driver is called 'acme'"):
        found.driver("acme")


def test_a_driver_is_found_by_its_name_or_by_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word with a slash is a folder, so that one being written can be tried where it stands."""
    driver(tmp_path, "acme_lx")
    shipped = catalog.load()
    assert catalog.find("snmp_printer", shipped) is shipped.drivers["snmp_printer"]
    assert catalog.find(str(tmp_path / "acme_lx"), shipped).definition.title == "Ours"
    monkeypatch.chdir(tmp_path)
    assert catalog.find("./acme_lx", shipped).definition.title == "Ours"
    with pytest.raises(DriverError, match=r"driver\.toml:1: cannot be read"):
        catalog.find("./absent", shipped)
