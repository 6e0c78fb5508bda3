"""Alerts as tests tell of them: an office with one line of two printers and a laminator, and what is wrong there."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fleetmon.assess.alerting.rules import RULES
from fleetmon.model.alerts import (
    Alert,
    AlertState,
    Claim,
    Condition,
    Onset,
    Priority,
    Subject,
    SubjectKind,
)
from fleetmon.model.plan import Calendar, FleetPlan, LinePlan, MachinePlan, SourcePlan
from fleetmon.model.report import At
from fleetmon.model.words import MachineKind
from fleetmon.playbooks import shipped
from fleetmon.publish.wording import Sentences, Worded, worded

ZONE = ZoneInfo("Asia/Karachi")  # five hours ahead, all the year
SOURCES = (SourcePlan("main", "snmp://192.0.2.1", driver="snmp_printer"),)
OFFICE = FleetPlan(
    "office",
    (
        MachinePlan("prn1", MachineKind.PRINTER, SOURCES, "Printer upstairs"),
        MachinePlan("prn2", MachineKind.PRINTER, SOURCES),
        MachinePlan("lam1", MachineKind.LAMINATOR, SOURCES),
        MachinePlan("spare", MachineKind.OTHER, SOURCES),
    ),
    (LinePlan("line2", (("prn1", "prn2"), ("lam1",)), name="Line 2"),),
    calendar=Calendar("Asia/Karachi"),
)
SITE = Subject(SubjectKind.SITE, "office")


def at(clock: str, day: int = 1) -> At:
    """What the clock on the office's wall says, on a day of June 2026 (the 1st is a Monday)."""
    hour, minute, *second = map(int, clock.split(":"))
    local = datetime(2026, 6, day, hour, minute, *second, tzinfo=ZONE)
    utc = local.astimezone(UTC).timestamp()
    return At(utc, utc - 1_780_000_000.0, "boot-1")


def claim(machine: str = "lam1", condition: Condition = Condition.SUPPLY_EMPTY, **more: Any) -> Claim:
    """The laminator's film is empty since 10:02, unless something else is said."""
    told = {"reasons": ("laminator-supply-empty",), "codes": ("31202",), "text": "FILM EMPTY"} | more
    return Claim(Subject(SubjectKind.MACHINE, machine), condition, at("10:02"), **told)


def alert(of: Claim | None = None, **more: Any) -> Alert:
    """An alert that people were told of, unless something else is said."""
    of = of or claim()
    known = Alert(of.key, "7c01d5a0b3", of, Onset(at("10:01:55"), at("10:02")), AlertState.ACTIVE, Priority.P2)
    return replace(known, raised=at("10:02:30"), **more)


def words(of: Alert, now: At | None = None, plan: FleetPlan = OFFICE, books: Any = None) -> Worded:
    """What is told of it at `now`, a minute after it was raised."""
    return worded(of, plan, books or shipped(), ZONE, now or at("10:03"), RULES[of.condition])


def english(of: Alert, now: At | None = None) -> Sentences:
    """The same in English."""
    return words(of, now)["en"]
