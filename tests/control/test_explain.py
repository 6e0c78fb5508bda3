"""What `explain` answers: where each fault comes from, what was asked and answered, how the line fares."""

from collections import deque
from datetime import date
from types import SimpleNamespace
from typing import cast

import pytest

from fleetmon import catalog
from fleetmon.assess import fleet
from fleetmon.assess.alerting.quality import Quality
from fleetmon.assess.alerting.stall_quality import ToldStall
from fleetmon.assess.stalls.notices import Learnt, Notices
from fleetmon.assess.stalls.profile import Day, Profile
from fleetmon.assess.stalls.silences import Silences
from fleetmon.assess.stalls.slowdown import Pace, Slowdown
from fleetmon.control import Refused
from fleetmon.control.explain import explain
from fleetmon.control.names import name_of
from fleetmon.decode.dialogue import Exchange, Get, Varbind, Walk
from fleetmon.definition import Definition, SnmpDefinition
from fleetmon.model.messages import Json
from fleetmon.model.oid import oid
from fleetmon.model.plan import FleetPlan, MachinePlan, SourcePlan
from fleetmon.model.report import At, Fault, NoAnswer, Observation, Report
from fleetmon.model.words import MachineKind, Severity, Silence, State
from fleetmon.site import Site

PLAN = MachinePlan("lbl1", MachineKind.PRINTER, (SourcePlan("main", "snmp://192.0.2.11"),))
CATALOG = catalog.load(catalog.SITE_DRIVERS)
STALLS = (
    ToldStall(1_780_000_000.0 - 86_400, "lbl1", "a", 560.04, ended_s=60.0, silent_s=600.0),
    ToldStall(1_780_000_000.0 - 20 * 86_400, "lbl1", "b", 580.0, ended_s=60.0, silent_s=600.0),
    ToldStall(1_780_000_000.0, "lbl1", "c", 700.0, taken=True),
    ToldStall(1_780_000_000.0, "lbl2", "d", 700.0, taken=True),
)
ZEBRA = CATALOG.drivers["zebra_snmp"].definition


def at(second: float) -> At:
    return At(1_780_000_000.0 + second, second, "boot")


def a_site(
    *heard: Report | NoAnswer,
    exchanges: tuple[Exchange, ...] = (),
    definition: Definition = ZEBRA,
    profile: Profile | None = None,
    slowest_s: float = 600.0,
    pace: Pace | None = None,
) -> Site:
    """A site with one machine that was heard so, at seconds 0, 10, 20 and so on; now is second 100."""
    snapshot = fleet.awaited(PLAN)
    for number, each in enumerate(heard):
        snapshot = fleet.hear(snapshot, PLAN, Observation("lbl1", "main", at(10.0 * number), heard=each))
    poller = SimpleNamespace(
        machine=PLAN,
        source=PLAN.sources[0],
        met=SimpleNamespace(definition=definition),
        polled_at=at(90),
        due_s=103.5,
        late_s=0.02,
        exchanges=deque(exchanges),
    )
    silences = Silences(FleetPlan("bench", (PLAN,)), {} if profile is None else {"lbl1": profile})
    floor = SimpleNamespace(
        silences=silences,
        notices=Notices(FleetPlan("bench", (PLAN,)), Learnt(paces={"lbl1": Pace() if pace is None else pace})),
        machines={"lbl1": SimpleNamespace(limit_s=slowest_s, progressed=at(70))},
    )
    monitor = SimpleNamespace(
        plan=FleetPlan("bench", (PLAN,)),
        snapshots=lambda: (snapshot,),
        production=SimpleNamespace(floor=floor),
        newsroom=SimpleNamespace(quality=Quality(stalls=STALLS)),
    )
    clock = SimpleNamespace(now=lambda: at(100))
    return cast(Site, SimpleNamespace(monitor=monitor, pollers=[poller], clock=clock, drivers=CATALOG))


async def explained(site: Site, machine: Json = "lbl1") -> dict[str, Json]:
    return await explain(site, {"machine": machine}, "somebody")


def first(told: dict[str, Json], key: str) -> dict[str, Json]:
    listed = told[key]
    assert isinstance(listed, list)
    assert isinstance(listed[0], dict)
    return listed[0]


@pytest.mark.parametrize(
    ("code", "origin"),
    [
        ("0x4", "zebra_snmp: faults.state_word, bit 0x4 of 1.3.6.1.4.1.10642.2.10.3.7.0, ZPL guide, ~HQES errors"),
        ("4,5", "zebra_snmp: fault_tables.alerts, row 4,5 of 1.3.6.1.4.1.10642.10.31.1"),
        ("8", "a row of prtAlertTable with prtAlertCode 8 (jam)"),
        ("jammed", "hrPrinterDetectedErrorState, jammed"),
        ("coverOpen", "prtCoverStatus coverOpen"),
        ("warmup", "hrPrinterStatus warmup"),
        ("brand new", "brand new: no rule names this code"),
    ],
)
async def test_each_code_leads_to_the_rule_that_gave_the_fault(code: str, origin: str) -> None:
    """Declared bits and rows with their manual, standard rows and bits by name; what nobody names is said to be so."""
    site = a_site(Report(state=State.STOPPED, faults=(Fault("cover-open", Severity.ERROR, (code,)),)))
    fault = first(await explained(site), "faults")
    assert fault["reason"] == "cover-open"
    assert fault["class"] == "cover"
    origins = fault["origins"]
    assert isinstance(origins, list)
    assert str(origins[0]).startswith(origin)
    assert len(origins) == 1


async def test_a_machine_that_will_be_met_anew_keeps_its_rules() -> None:
    """While it is not understood, its standing faults are explained by the driver that understood it last."""
    fault = Fault("cover-open", Severity.ERROR, ("0x4",))
    site = a_site(Report(driver="zebra_snmp", state=State.STOPPED, faults=(fault,)))
    for poller in site.pollers:
        poller.met = None
    assert "faults.state_word" in str(first(await explained(site), "faults")["origins"])


ACME = SnmpDefinition.model_validate(
    {"name": "acme", "title": "Acme", "kind": "printer", "maturity": "experimental", "link": "snmp"}
    | {
        "faults": {"alarm": {"oid": "1.3.6.1.4.1.99999.1.0", "codes": {"9??": {"manual": "p. 42"}, "917": {}}}},
        "supply_tables": {"ink": {"entry": "1.3.6.1.4.1.99999.3.1", "level_column": 4}},
        "inputs": {"feeder": {"oid": "1.3.6.1.4.1.99999.2.0", "capacity": "1.3.6.1.4.1.99999.4.0"}},
    }
)


@pytest.mark.parametrize(
    ("code", "origin"),
    [
        ("940", "acme: faults.alarm, value 9?? of 1.3.6.1.4.1.99999.1.0, p. 42"),
        ("917", "acme: faults.alarm, value 917 of 1.3.6.1.4.1.99999.1.0"),
        ("94", "94: no rule names this code"),
    ],
)
async def test_a_code_leads_to_the_pattern_that_fits_it(code: str, origin: str) -> None:
    """The most exact one of each rule, as the fault was found."""
    heard = Report(state=State.STOPPED, faults=(Fault("other", Severity.ERROR, (code,)),))
    assert first(await explained(a_site(heard, definition=ACME)), "faults")["origins"] == [origin]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("1.3.6.1.4.1.99999.1.0", "faults.alarm (1.3.6.1.4.1.99999.1.0)"),
        ("1.3.6.1.4.1.99999.3.1.4", "supply_tables.ink.4 (1.3.6.1.4.1.99999.3.1.4)"),
        ("1.3.6.1.4.1.99999.2.0", "inputs.feeder (1.3.6.1.4.1.99999.2.0)"),
        ("1.3.6.1.4.1.99999.4.0", "inputs.feeder.capacity (1.3.6.1.4.1.99999.4.0)"),
    ],
)
def test_what_a_private_mib_is_asked_goes_by_the_definition_s_words(asked: str, name: str) -> None:
    """Objects, capacities and columns of tables."""
    assert name_of(oid(asked), ACME) == name


async def test_a_silent_machine_is_explained_with_its_history() -> None:
    """Since when it fails, why, how often, when it was last heard, and when it is asked again."""
    silent = NoAnswer(Silence.TIMEOUT, "no answer within 2 s")
    told = await explained(a_site(Report(state=State.IDLE), silent, silent))
    source = first(told, "sources")
    assert source["contact"] == "stale"
    assert (source["why"], source["text"], source["failures"]) == ("timeout", "no answer within 2 s", 2)
    assert str(source["heard_at"]).endswith("20:26:40.000Z")
    assert str(source["failing_since"]).endswith("20:26:50.000Z")
    assert (source["due_in_s"], source["late_s"], source["driver"]) == (3.5, 0.02, "zebra_snmp")
    assert told["slept"] is False


async def test_exchanges_are_written_as_people_read_them() -> None:
    """Objects by name, text as text, octets in hexadecimal, what does not exist as such; long lists are cut."""
    name, word = oid("1.3.6.1.2.1.1.5.0"), oid("1.3.6.1.4.1.10642.2.10.3.7.0")
    got = (Varbind(name, 4, b"prn \xc3\xbc"), Varbind(word, 4, b"\x04\x00\xff"), Varbind(name, 6, oid("1.3.6")))
    rows = tuple(Varbind((*oid("1.3.6.1.2.1.43.18.1.1.7.1"), row), 2, row) for row in range(300))
    absent = Exchange(Get((name,)), (Varbind(name, 0x80, None),))
    walked = Exchange(Walk(oid("1.3.6.1.2.1.43.18.1.1")), rows)
    site = a_site(Report(), exchanges=(Exchange(Get((name, word)), got), absent, walked))
    exchanges = first(await explained(site), "sources")["exchanges"]
    assert isinstance(exchanges, list)
    asked, nothing, walk = (cast(dict[str, Json], each) for each in exchanges)
    assert asked["asked"] == "get sysName.0 faults.state_word (1.3.6.1.4.1.10642.2.10.3.7.0)"
    assert asked["answers"] == [
        "sysName.0 = 'prn ü'",
        "faults.state_word (1.3.6.1.4.1.10642.2.10.3.7.0) = 04 00 ff",
        "sysName.0 = 1.3.6",
    ]
    assert nothing["answers"] == ["sysName.0 = nothing there"]
    assert walk["asked"] == "walk prtAlertEntry"
    answers = walk["answers"]
    assert isinstance(answers, list)
    assert (walk["values"], len(answers), answers[2]) == (300, 200, "prtAlertCode.1.2 = 2")


async def test_a_machine_s_limit_is_explained_with_what_it_was_learned_from() -> None:
    """How many gaps on how many whole days, what false alarms are to be expected, what is usual between documents."""
    days = [Day(date(2026, 6, day), 400, 400 * 450, tuple(range(3000, 1800, -20))) for day in range(1, 8)]
    told = (await explained(a_site(Report(), profile=Profile(days))))["stall"]
    assert isinstance(told, dict)
    assert (told["learned"], told["gaps"], told["days"]) == (True, 2400, 6)
    assert (told["usual_gap_s"], told["longest_gap_s"]) == (21.0, 300.0)
    limit, false = told["limit_s"], told["false_alarms_a_month"]
    assert isinstance(limit, float)
    assert 300 < limit < 1200
    assert isinstance(false, float)
    assert 0.0 <= false <= 0.5


async def test_how_fast_it_works_is_told_and_that_it_became_slower() -> None:
    """Nothing before five days are known; then seconds a document, those since it is slower, and its micro-stops."""
    assert (await explained(a_site(Report())))["pace"] == {
        "usual_s": None,
        "slower_s": None,
        "slower_for": None,
        "micro_stops_per_1000": None,
        "least_days": 5,
    }
    slowdown = Slowdown()
    for day in range(1, 8):
        for number in range(100):
            slowdown.gap(120.0 if number == 7 else 40.0 if day < 7 else 50.0, date(2026, 6, day))
    told = (await explained(a_site(Report(), pace=slowdown.pace)))["pace"]
    assert told == {
        "usual_s": 40.0,
        "slower_s": 50.0,
        "slower_for": 100,
        "micro_stops_per_1000": 10.0,
        "least_days": 5,
    }


async def test_a_machine_quicker_than_its_polls_is_not_told_to_be_slower() -> None:
    """explain says no more than the notice does: of such a machine only the rhythm of the polls is seen."""
    slowdown = Slowdown()
    for day in range(1, 8):
        for _ in range(100):
            slowdown.gap(10.0 if day < 7 else 14.0, date(2026, 6, day))
    assert slowdown.slower is not None
    told = (await explained(a_site(Report(), pace=slowdown.pace)))["pace"]
    assert isinstance(told, dict)
    assert (told["usual_s"], told["slower_s"]) == (10.0, None)


async def test_a_machine_that_is_not_known_yet_has_a_fixed_limit() -> None:
    """Until then nothing is predicted; one that makes documents in batches has as long as a batch takes. What came of
    its alerts stands beside it."""
    for slowest_s, limit_s in ((60.0, 540.0), (900.0, 900.0)):
        told = (await explained(a_site(Report(), slowest_s=slowest_s)))["stall"]
        assert told == {
            "limit_s": limit_s,
            "learned": False,
            "gaps": 0,
            "days": 0,
            "least_gaps": 300,
            "least_days": 5,
            "false_alarms_a_month": None,
            "usual_gap_s": None,
            "longest_gap_s": None,
            "told_30_d": 3,
            "taken_30_d": 1,
            "nuisance_30_d": 2,
            "nuisance_14_d": 1,
            "missed_30_d": 0,
            "delay_median_s": 580.0,
            "moved_s": 30.0,
            "sign": None,
            "unit": None,
            "counts_documents": False,
            "in_line": False,
        }


@pytest.mark.parametrize(
    ("machine", "words"), [("lbl2", 'did you mean "lbl1"'), (5, "no machine"), (None, "no machine")]
)
async def test_a_stranger_is_refused(machine: Json, words: str) -> None:
    """An id that no machine has: refused, with the one that was probably meant."""
    with pytest.raises(Refused, match=words):
        await explained(a_site(Report()), machine)


def test_objects_are_named_as_in_the_mibs_or_by_the_driver() -> None:
    """An instance by column and index, a row of a driver's own table, an unknown object by its number."""
    assert name_of(oid("1.3.6.1.2.1.43.18.1.1.7.1.5")) == "prtAlertCode.1.5"
    assert name_of(oid("1.3.6.1.2.1.43.18.1.1")) == "prtAlertEntry"
    row = "1.3.6.1.4.1.10642.10.31.1.2.1"
    assert name_of(oid(row), ZEBRA) == f"fault_tables.alerts.2.1 ({row})"
    assert name_of(oid("1.3.6.1.4.1.9.9"), ZEBRA) == "1.3.6.1.4.1.9.9"
