"""The settings file that is written for a simulated office."""

from pathlib import Path

from fleetmon import settings
from fleetmon.lab.stage.settings_page import LineSeats, Page, Seat, settings_text

SEATS = (
    Seat("prn-1", "printer", ("snmp://127.0.0.1:16161",)),
    Seat("prn-2", "printer", ("tcp://127.0.0.1:16162", "snmp://127.0.0.1:16162")),
    Seat("feeder", "other", ("tcp://127.0.0.1:16163",)),
    Seat("lam-1", "laminator", ("snmp://127.0.0.1:16164",)),
)


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
