"""A machine that is heard in several ways: its heater's controller, and the lamps of its signal tower."""

from dataclasses import dataclass, field

from tests.assess.timeline import LAMINATOR, at

from fleetmon.model.messages import Outcome
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import Fault, NoAnswer, Observation, Report
from fleetmon.model.stimuli import Elapsed
from fleetmon.model.words import Severity, Silence, State
from fleetmon.monitor import Monitor
from fleetmon.publish import contract

IDLE = Report(state=State.IDLE)
BURNT_OUT = Fault("laminator-heater-failure", Severity.ERROR, ("0x400",), part="heater")
COLD = Fault("laminator-under-temperature", Severity.ERROR, part="heater")
RED = Fault("other", Severity.ERROR, ("red 1",), part="red-lamp")
AMBER = Fault("other", Severity.WARNING, ("amber 1",), part="amber-lamp")
BUZZER = Fault("other", Severity.WARNING, ("buzzer 1",), part="buzzer")


def stands(*faults: Fault) -> Report:
    """What a source says of a machine that stands."""
    return Report(state=State.STOPPED, faults=faults)


@dataclass
class Heard:
    """A laminator whose two sources are polled every 5 s, the tower 2 s after the heater; what people are told."""

    says: dict[str, Report | NoAnswer] = field(default_factory=lambda: {"heater": IDLE, "tower": IDLE})
    told: list[tuple[float, str, str]] = field(default_factory=list)
    now: float = 0.0
    monitor: Monitor = field(init=False)

    def __post_init__(self) -> None:
        self.monitor = Monitor(FleetPlan("office", (LAMINATOR,)), {})
        self._keep(self.monitor.begin(at(0)))

    def until(self, second: float) -> "Heard":
        """Poll on."""
        while self.now < second:
            for source, later in (("heater", 0.0), ("tower", 2.0)):
                self._wait(self.now + later)
                moment = at(self.now + later)
                self._keep(self.monitor.step(Observation("lam1", source, moment, heard=self.says[source])))
            self.now += 5.0
        return self

    def _wait(self, second: float) -> None:
        while (due := self.monitor.due()) is not None and due < second:
            self._keep(self.monitor.step(Elapsed(at(due))))

    def _keep(self, outcome: Outcome) -> None:
        for event in outcome.events:
            if event.type == contract.ALERT and event.data["tell"]:
                alert = event.data["alert"]
                assert isinstance(alert, dict)
                self.told.append(
                    (event.at.mono, str(event.data["move"]), str(alert["key"]).removeprefix("machine:lam1:"))
                )

    @property
    def announced(self) -> list[str]:
        """What people were told of for the first time."""
        return [key for _, move, key in self.told if move in ("raised", "announced")]


def test_the_tower_alone_says_that_something_is_wrong() -> None:
    """Red, amber and buzzer at once, and the heater knows of nothing: one alert."""
    office = Heard().until(60)
    office.says["tower"] = stands(RED, AMBER, BUZZER)
    assert office.until(200).announced == ["unmapped-fault"]


def test_the_lamps_beside_the_heater_that_says_why_are_no_second_alert() -> None:
    """The heater burns out at 60 s, the lamps come on at 60 s, or 15 s before: told is the heater, once."""
    for lamps_s, heater_s in ((60, 60), (60, 75), (75, 60)):
        office = Heard().until(60)
        for second, source, report in sorted(
            [(lamps_s, "tower", stands(RED, AMBER, BUZZER)), (heater_s, "heater", stands(BURNT_OUT))],
            key=lambda each: (each[0], each[1]),
        ):
            office.until(second).says[source] = report
        assert office.until(300).announced == ["hardware-fault:heater"]


def test_what_is_only_possible_keeps_nobody_from_hearing_of_the_lamps() -> None:
    """Cold by its figures alone is told to nobody, so it must not stand in the way of the red lamp."""
    office = Heard().until(60)
    office.says["heater"] = stands(COLD)
    office.until(200)
    assert office.announced == []
    office.says["tower"] = stands(RED)
    assert office.until(400).announced == ["unmapped-fault"]


def test_a_controllers_own_alarm_waits_for_what_its_figures_mean() -> None:
    """Its deviation alarm comes at 60 s, that the rollers are cold is known at 130 s, an hour later it is warm again:
    nobody is told, since the laminator may only sleep."""
    office = Heard().until(60)
    alarm = Fault("other", Severity.WARNING, ("0x2000",), part="alarm-2")
    office.says["heater"] = Report(state=State.IDLE, faults=(alarm,))
    office.until(130).says["heater"] = stands(alarm, COLD)
    office.until(3700).says["heater"] = IDLE
    assert office.until(3800).told == []


def test_a_source_that_is_lost_is_told_while_the_other_one_answers() -> None:
    """The tower's wire is cut at 60 s: told after five minutes as that source's, and again fine when it is back."""
    office = Heard().until(60)
    office.says["tower"] = NoAnswer(Silence.TIMEOUT)
    office.until(350)
    assert office.told == []
    office.until(400)
    assert office.announced == ["contact-lost:tower"]
    office.says["tower"] = IDLE
    office.until(600)
    assert {alert.state for alert in office.monitor.production.alerts()} <= {"closed"}


def test_a_login_that_is_refused_is_told_in_a_minute_and_once() -> None:
    """The heater refuses at 60 s: access-refused, and no lost contact beside it, however long it lasts."""
    office = Heard().until(60)
    office.says["heater"] = NoAnswer(Silence.UNAUTHORISED)
    assert office.until(1200).announced == ["access-refused:heater"]


def test_both_sources_lost_are_one_machine_lost() -> None:
    """The cabinet loses its power: one alert, not one for each wire."""
    office = Heard().until(60)
    office.says = dict.fromkeys(office.says, NoAnswer(Silence.TIMEOUT))
    assert office.until(900).announced == ["contact-lost"]
