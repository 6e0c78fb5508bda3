"""Real machines: none that rests is accused, none that is in trouble is overlooked, and no level alone accuses."""

import asyncio
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from tests.drivers.hearing import HEARD_AT, PLAN, met_now
from tests.drivers.test_captures import FOLDER, PRINTERS

from fleetmon import catalog
from fleetmon.assess import fleet
from fleetmon.assess.alerting.claims import claims
from fleetmon.assess.fleet import Snapshot
from fleetmon.catalog import Driver
from fleetmon.decode import walk_text
from fleetmon.definition import SnmpDefinition
from fleetmon.links.walk_file import WalkFile, open_walk
from fleetmon.model.alerts import Claim
from fleetmon.model.report import At, Level, Observation, Report
from fleetmon.model.words import Quality
from fleetmon.probing import probe
from fleetmon.probing_line import talk
from fleetmon.proof import Capture, line, prove

IN_TROUBLE = {
    "fragment_brother-mfc-j5110dw_2-tray2-missing.snmprec": ["stopped-unexplained"],
    "fragment_brother-mfc-j5110dw_3-tray1-missing.snmprec": ["offline"],
    "fragment_hp-designjet-z5200ps_alerts.snmprec": ["cover-open", "media-empty"],
    "printmaster_epson-cw-c6500au-label.snmprec": ["supply-low:supply-2", "supply-low:supply-3", "supply-low:supply-4"],
}
"""What the machines that were recorded in trouble claim; all others rest, sleep or print."""

OF_CAPTURES = {
    ("escpos", "cover-open"): ["cover-open"],
    ("escpos", "head-hot"): ["temperature"],
    ("escpos", "jam-and-cutter"): ["hardware-fault", "jam"],
    ("escpos", "paper-end"): ["media-empty", "supply-low"],
    ("escpos", "roll-low"): ["supply-low"],
    ("evolis_rpc", "film-ended-in-card"): ["supply-empty"],
    ("evolis_rpc", "film-ended"): ["supply-empty"],
    ("evolis_rpc", "film-low"): ["supply-low"],
    ("evolis_rpc", "lamination-door-open"): ["cover-open"],
    ("evolis_rpc", "lamination-jam"): ["jam"],
    ("evolis_rpc", "switched-off"): ["offline"],
    ("evolis_rpc", "wrong-name"): ["unmapped-fault"],
    ("hp_pjl", "cover-open"): ["cover-open"],
    ("hp_pjl", "fuser-too-cold"): ["hardware-fault"],
    ("hp_pjl", "jam-behind-fuser"): ["jam"],
    ("hp_pjl", "lower-tray-empty"): ["media-empty:lower tray"],
    ("hp_pjl", "toner-low"): ["supply-low"],
    ("omron_e5cc", "heater-burnt-out"): ["hardware-fault:heater"],
    ("omron_e5cc", "manual-mode"): ["unmapped-fault"],
    ("omron_e5cc", "sensor-open"): ["hardware-fault:heater"],
    ("omron_e5cc", "stopped"): ["offline:controller"],
    ("snmp_printer", "laminator-film-empty"): ["supply-empty:supply-2"],
    ("snmp_printer", "printer-jam"): ["jam:media-path-1"],
    ("stack_light", "attention"): ["unmapped-fault"],
    ("stack_light", "stopped"): ["unmapped-fault"],
    ("zebra_snmp", "head-open"): ["cover-open", "paused"],
    ("zebra_snmp", "media-out"): ["media-empty", "paused"],
    ("zebra_snmp", "paused"): ["paused"],
    ("zebra_snmp", "ribbon-out"): ["paused", "supply-empty"],
    ("zebra_zpl", "head-open"): ["cover-open"],
    ("zebra_zpl", "head-too-cold"): ["temperature"],
    ("zebra_zpl", "labels-near-end"): ["service-needed", "supply-low"],
    ("zebra_zpl", "media-and-ribbon-out"): ["media-empty", "paused", "supply-empty"],
    ("zebra_zpl", "media-out"): ["media-empty"],
    ("zebra_zpl", "paused"): ["paused"],
}
"""Of the drivers' own captures; a new one is added here when somebody has looked at what it claims."""


def claimed(report: Report, at: At = HEARD_AT) -> tuple[Claim, ...]:
    """The claims of a machine of which this report is all that is known."""
    known = fleet.hear(fleet.awaited(PLAN), PLAN, Observation("machine-1", "main", at, heard=report))
    found = claims(known, PLAN, at)
    assert found is not None
    return found


def named(found: tuple[Claim, ...]) -> list[str]:
    """The conditions with their parts."""
    return [claim.key.removeprefix("machine:machine-1:") for claim in found]


@lru_cache
def recorded(name: str) -> Report:
    """What the shipped drivers make of a walk."""
    return met_now(open_walk(FOLDER / "visible" / name)).report


@pytest.mark.parametrize("name", PRINTERS)
def test_a_machine_at_rest_claims_nothing(captures: Path, name: str) -> None:
    """Ready rows, power-up rows that never leave, sleepers, supplies that do not tell: none is a claim; trouble is."""
    assert named(claimed(recorded(name))) == IN_TROUBLE.get(name, [])


@pytest.mark.parametrize("name", PRINTERS)
def test_no_level_makes_a_claim_by_itself(captures: Path, name: str) -> None:
    """Whatever the levels say or do not say, unknown ones and those of supplies that are not there included."""
    report = recorded(name)
    for level in (Level(), Level(level=0, capacity=100, percent=0.0, quality=Quality.EXACT), Level(level=-3)):
        supplies = tuple(replace(supply, level=level) for supply in report.supplies)
        inputs = tuple(replace(each, level=level) for each in report.inputs)
        assert claimed(replace(report, supplies=supplies, inputs=inputs)) == claimed(report)


def shown(capture: Capture, driver: Driver) -> Snapshot | None:
    """The machine of one of the drivers' captures, as it is known after one poll; None if it told nothing."""
    definition = driver.definition
    if isinstance(definition, SnmpDefinition):
        walk = WalkFile(walk_text.parse((capture.walk or "").encode(), "capture").varbinds)
        return asyncio.run(probe(walk, (definition,), HEARD_AT, definition, capture.device)).snapshot
    link = line(capture, definition, "capture")
    assert link is not None
    return asyncio.run(talk(link, definition, HEARD_AT, lambda: 0.0, capture.unit, capture.tcp)).snapshot


def test_the_captures_of_the_drivers_claim_what_their_names_say() -> None:
    """Every situation that a shipped driver proves, from its octets to the condition, with the vendor's codes as
    evidence and never in the key that people and dashboards hold on to."""
    found = {}
    for name, driver in catalog.load().drivers.items():
        for proof in prove(driver):
            if (known := shown(proof.capture, driver)) is None:
                continue
            faults = claims(known, PLAN, HEARD_AT) or ()
            assert all(claim.codes and not any(f":{code}" in claim.key for code in claim.codes) for claim in faults)
            found[name, Path(proof.file).stem] = named(faults)
    assert {capture: each for capture, each in found.items() if each} == OF_CAPTURES
