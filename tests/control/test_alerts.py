"""What the daemon answers about alerts at its control socket, and that a room reads it as it reads the topics."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from fleetmon.control.alerts import alerts
from fleetmon.control.door import open_door
from fleetmon.model.alerts import PlannedStop, Subject, SubjectKind
from fleetmon.model.messages import View
from fleetmon.model.plan import FleetPlan, LinePlan
from fleetmon.model.report import At
from fleetmon.publish.views import ViewTable
from fleetmon.room.alerts import SummaryHeard
from fleetmon.site import Site

NOW = At(1_800_000_000.0, 1000.0, "boot")
PLAN = FleetPlan("lab", (), (LinePlan("line1", (), name="upstairs"),))


def a_site(*stops: PlannedStop) -> Site:
    """A site that shows two alerts, one of them over for long, and something that is none."""
    views = ViewTable()
    for topic, data in (("alert/a", {"id": "7f3a"}), ("alert/b", None), ("line/line1", {"state": "stopped"})):
        views.put(View(topic, "fleetmon.alert.shown.v1", None, NOW, data), 3)
    production = SimpleNamespace(planned_stops=lambda: stops)
    return cast(
        Site,
        SimpleNamespace(
            views=views,
            clock=SimpleNamespace(now=lambda: NOW, rate=1.0),
            settings=SimpleNamespace(site=SimpleNamespace(id="lab"), mqtt=SimpleNamespace(heartbeat=30.0)),
            monitor=SimpleNamespace(plan=PLAN, production=production),
            outbox=SimpleNamespace(watch=lambda _: None),
            tell=lambda _: None,
        ),
    )


def test_the_alerts_are_those_on_the_topics() -> None:
    """The very payloads, by the names of their topics; an emptied one is none."""
    told = alerts(a_site())
    assert (told["site"], told["time"]) == ("lab", "2027-01-15T08:00:00.000Z")
    assert told["alerts"] == {"a": {"id": "7f3a"}}
    assert told["planned_stops"] == []


def test_planned_stops_are_told_as_the_summary_tells_them() -> None:
    """A room reads both alike."""
    stop = PlannedStop(Subject(SubjectKind.LINE, "line1"), "anna", NOW, NOW.utc + 3600.0, "service")
    told = alerts(a_site(stop))
    (read,) = SummaryHeard.model_validate({"planned_stops": told["planned_stops"]}).planned_stops
    assert (read.scope.kind, read.scope.id, read.scope.name) == ("line", "line1", "upstairs")
    assert (read.by, read.until, read.reason) == ("anna", "2027-01-15T09:00:00.000Z", "service")


async def test_the_door_has_an_answer_for_alerts(tmp_path: Path) -> None:
    """Beside status, explain and commands."""
    control = open_door(a_site(), SimpleNamespace(), [tmp_path / "c.sock"])  # type: ignore[arg-type]
    assert set(control._asks) == {"status", "alerts", "explain", "command"}
    assert (await control._asks["alerts"]({}, "anna"))["alerts"] == {"a": {"id": "7f3a"}}
    control._listening.close()
