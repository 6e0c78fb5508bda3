"""The settings file that is written for a simulated office."""

from pathlib import Path

import pytest
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet

from fleetmon import catalog, settings
from fleetmon.lab.stage.asked import asked
from fleetmon.lab.stage.settings_page import LineSeats, Page, Seat, settings_text
from fleetmon.sources import unusable

SEATS = (
    Seat("prn-1", "printer", ("snmp://127.0.0.1:16161",)),
    Seat("prn-2", "printer", ("tcp://127.0.0.1:16162", "snmp://127.0.0.1:16162")),
    Seat("feeder", "other", ("tcp://127.0.0.1:16163",), None),
    Seat("lam-1", "laminator", ("snmp://127.0.0.1:16164",)),
)
SHEETS = sorted(path.stem for path in MACHINES.glob("*.toml"))


def test_it_is_read_by_the_daemon(tmp_path: Path) -> None:
    """Machines that can be asked are there, with the line's stages that are left; the others are told in a comment."""
    line = LineSeats("line-1", (("prn-1", "prn-2"), ("feeder",), ("lam-1",)), (10, 5))
    short = LineSeats("line-2", (("feeder",), ("lam-1",)), (3,))
    file = tmp_path / "fleetmon.toml"
    file.write_text(settings_text(Page("demo", "mqtt://127.0.0.1", 20, 100, "Europe/Berlin"), SEATS, (line, short)))
    found = settings.load(file)
    plan = found.plan()
    assert [machine.id for machine in plan.machines] == ["prn-1", "prn-2", "lam-1"]
    assert plan.machines[1].sources[0].url == "snmp://127.0.0.1:16162"
    assert plan.machines[0].sources[0].interval_s == 20
    assert [(line.id, line.stages, line.buffers) for line in plan.lines] == [
        ("line-1", (("prn-1", "prn-2"), ("lam-1",)), (15,))
    ]
    assert found.mqtt.heartbeat == 100
    assert "# feeder answers at tcp://127.0.0.1:16163" in file.read_text()


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_shipped_machine_can_be_watched(tmp_path: Path, sheet: str) -> None:
    """Whatever it speaks: the settings name a driver that fits its address, and its name on the line."""
    how = asked(load_sheet(sheet))
    assert how is not None
    seat = Seat("m", "printer", (f"{how.scheme.value}://127.0.0.1:16161",), how)
    file = tmp_path / "fleetmon.toml"
    file.write_text(settings_text(Page("demo", "mqtt://127.0.0.1"), (seat,), ()))
    found = settings.load(file)
    [machine] = found.plan().machines
    assert machine.sources[0].driver == how.driver
    assert unusable(found, catalog.load()) == []
