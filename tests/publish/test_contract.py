"""The payloads: what is told validates against its own schema, and says null where nothing is known."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.assess.histories import histories, plans
from tests.assess.timeline import COVER, JAM, LAMINATOR, PRINTER, Machine, at, count, counting
from tests.monitor.site import Site

from fleetmon.assess import fleet
from fleetmon.model.messages import Event, View
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan
from fleetmon.model.report import At, Identity, Input, Level, Notice, RawLevel, Report, Supply
from fleetmon.model.stimuli import Elapsed
from fleetmon.model.words import Actor, MachineKind, Quality, Severity, Silence, State, SupplyClass, SupplyKind, Unit
from fleetmon.publish import contract
from fleetmon.publish import payloads as p
from fleetmon.publish.envelope import SOFT_LIMIT, Origin, dataschema, encode_data, event_bytes, view_bytes
from fleetmon.publish.schemas import messages

ORIGIN = Origin("office", "4f0c2a52-0000-4000-8000-000000000001")
VALIDATORS = {kind: Draft202012Validator(schema) for kind, schema in messages().items()}


def sent(told: Event | View) -> dict[str, Any]:
    """The message as a subscriber reads it, its data proven to fit the schema of its type."""
    if isinstance(told, Event):
        body = event_bytes(ORIGIN, 7, told, encode_data(told.data), at(1))
    else:
        body = view_bytes(ORIGIN, "7", told, 6, at(1))
    message: dict[str, Any] = json.loads(body)
    assert message["type"] == told.type
    VALIDATORS[told.type].validate(message)
    return message


@pytest.mark.parametrize("kind", contract.PAYLOADS)
def test_every_type_has_a_schema_that_is_one(kind: str) -> None:
    """Each payload's schema is valid itself, describes an object, and its type names a schema."""
    schema = VALIDATORS[kind].schema
    Draft202012Validator.check_schema(schema)
    assert (schema["type"], kind.startswith("fleetmon."), dataschema(kind).startswith("urn:fleetmon:schema:")) == (
        "object",
        True,
        True,
    )


def later(moment: At, seconds: float) -> At:
    """So many seconds after a moment."""
    return replace(moment, utc=moment.utc + seconds, mono=moment.mono + seconds)


@given(st.data())
def test_everything_that_is_told_fits_its_schema(data: st.DataObject) -> None:
    """All events and views of any history, of any machine: nulls, strange texts, what comes due, other settings."""
    plan = data.draw(plans())
    site = Site(plan)
    outcomes = [site.begin(at(0))]
    for observation in data.draw(histories(plan)):
        outcomes += [site.step(observation), site.monitor.step(Elapsed(later(observation.at, 2.0)))]
    outcomes += [site.reloads(90_000, replace(plan, id="m2"))]
    for told in (each for outcome in outcomes for each in (*outcome.events, *outcome.views)):
        if not isinstance(told, View) or told.data is not None:
            sent(told)


def test_what_no_broker_would_take_is_abridged_as_the_schema_allows() -> None:
    """A display of 100 KiB: the machine's state and contact are told all the same, and that something is missing."""
    machine = Machine(PRINTER)
    view = contract.state_view(machine.says(0, Report(state=State.STOPPED, console=("x" * 100_000,))), PRINTER, at(0))
    data = sent(view)["data"]
    assert (data["state"], data["contact"], data["truncated"]) == ("stopped", "live", True)
    assert "console" not in data


def test_a_machine_not_heard_yet_is_all_null() -> None:
    """Nothing known: no 0, no empty text, no guess."""
    data = sent(contract.state_view(fleet.awaited(PRINTER), PRINTER, at(0)))["data"]
    assert data == {
        "machine": "prn1",
        "kind": "printer",
        "sources": [{"name": "main", "driver": None, "contact": "awaited", "heard_at": None, "why": None}],
        "driver": None,
        "contact": "awaited",
        "asleep": False,
        "state": "unknown",
        "headline": None,
        "observed_at": None,
        "valid_for_s": 60.0,
        "as_of_seq": 6,
        "identity": {"maker": None, "model": None, "serial": None, "firmware": None, "name": None},
        "faults": [],
        "notices": [],
        "supplies": [],
        "inputs": [],
        "counters": {"produced": None},
        "console": [],
        "uptime_s": None,
    }


def test_what_is_known_is_told_as_it_was_heard() -> None:
    """One machine with one of everything: words, numbers, quality and the raw pair beside it."""
    film = Level(Unit.METERS, 200, 50, 25.0, Quality.EXACT, RawLevel(50, 200))
    some = Level(Unit.SHEETS, 500, None, None, Quality.SOME, RawLevel(-3, 500))
    report = replace(
        count(1001, "A1"),
        driver="snmp_printer",
        state=State.STOPPED,
        identity=Identity("Acme", "LX", "A1", "2.0", "upstairs"),
        faults=(replace(JAM, text="Jam", actor=Actor.OPERATOR, age_s=2.5), COVER),
        notices=(Notice("10003", "other", Severity.REPORT, None),),
        supplies=(Supply("laminate-upper", SupplyKind.LAMINATE, film, SupplyClass.CONSUMED, "Film", None),),
        inputs=(Input("input-1", some, "Tray"),),
        console=("PAPER JAM", "CALL"),
        uptime_s=12.5,
    )
    plan = counting(PRINTER, "main", per_document=2)
    machine = Machine(plan)
    data = sent(contract.state_view(machine.says(10, report), plan, at(10)))["data"]
    assert data["faults"][0] == {
        "reason": "media-jam",
        "class": "jam",
        "severity": "error",
        "extension": False,
        "codes": ["8"],
        "text": "Jam",
        "part": None,
        "actor": "operator",
        "since": "2026-05-28T20:26:50.000Z",
        "device_since": "2026-05-28T20:26:47.500Z",
    }
    assert data["headline"] == "cover-open"
    assert data["supplies"] == [
        {
            "part": "laminate-upper",
            "kind": "laminate",
            "class": "consumed",
            "description": "Film",
            "colour": None,
            "unit": "meters",
            "capacity": 200,
            "level": 50,
            "percent": 25.0,
            "quality": "exact",
            "raw": {"level": 50, "capacity": 200},
        }
    ]
    assert (data["inputs"][0]["level"], data["inputs"][0]["quality"]) == (None, "some")
    assert data["inputs"][0]["raw"] == {"level": -3, "capacity": 500}
    assert data["counters"] == {"produced": {"total": 500, "unit": "documents"}}
    assert (data["driver"], data["uptime_s"], data["console"]) == ("snmp_printer", 12.5, ["PAPER JAM", "CALL"])


def test_a_state_says_of_which_events_it_is_the_sum() -> None:
    """`as_of_seq` is not the monitor's to know: the sender stamps it."""
    view = contract.state_view(fleet.awaited(PRINTER), PRINTER, at(0))
    assert view.data is not None
    assert "as_of_seq" not in view.data
    assert sent(view)["data"]["as_of_seq"] == 6


@pytest.mark.parametrize("why", list(Silence))
def test_every_reason_of_silence_is_in_the_contract(why: Silence) -> None:
    """Each reason is shown with its source and told when the machine is lost."""
    site = Site()
    site.says(0, Report(state=State.IDLE))
    for second in (5, 10, 65):
        site.silent(second, why, "words")
    shown = sent(site.views[-1])["data"]
    assert (shown["contact"], shown["state"], shown["sources"][0]["why"]) == ("lost", "unknown", why.value)
    lost = sent(site.events[-2])["data"]
    assert (lost["contact"], lost["why"], lost["text"]) == ("lost", why.value, "words")


def test_a_state_holds_three_intervals_and_at_least_a_minute() -> None:
    """A machine asked every 5 s: a minute; its slowest source every 40 s: two minutes."""
    for interval_s, valid_s in ((5.0, 60.0), (20.0, 60.0), (40.0, 120.0)):
        first, second = LAMINATOR.sources
        plan = replace(LAMINATOR, sources=(first, replace(second, interval_s=interval_s)))
        assert contract.state_data(fleet.awaited(plan), plan).valid_for_s == valid_s


def test_the_driver_in_the_settings_stands_in_until_one_has_understood() -> None:
    """Before the first answer the configured name, afterwards the one that decoded."""
    plan = replace(PRINTER, sources=(replace(PRINTER.sources[0], driver="acme_lx"),))
    machine = Machine(plan)
    assert contract.state_data(machine.known, plan).driver == "acme_lx"
    assert contract.state_data(machine.says(0, Report(driver="snmp_printer")), plan).driver == "snmp_printer"


def test_the_inventory_names_everything_but_addresses() -> None:
    """The site with its lines, each machine with its place in one, kind, sources and drivers; no address."""
    line = LinePlan("line1", (("prn1",), ("lam1",)), (20,), "Counter 1")
    plan = FleetPlan("office", (PRINTER, LAMINATOR), (line,))
    site, *machines = [sent(view)["data"] for view in contract.inventory(plan, "1.2.3", at(0))]
    assert (site["machine_count"], site["lines_omitted"]) == (2, 0)
    assert site["lines"] == [{"line": "line1", "name": "Counter 1", "stages": 2, "buffers": [20]}]
    assert [(each["machine"], each["kind"], each["line"], each["stage"]) for each in machines] == [
        ("prn1", "printer", "line1", 1),
        ("lam1", "laminator", "line1", 2),
    ]
    assert machines[1]["sources"][1] == {"name": "tower", "link": "snmp", "driver": None, "interval_s": 5.0}
    assert "192.0.2" not in json.dumps([site, machines])


def test_a_machine_without_a_line_stands_in_none() -> None:
    """No line, no stage."""
    (data,) = [sent(view)["data"] for view in contract.inventory(FleetPlan("office", (PRINTER,)), "1", at(0))[1:]]
    assert (data["line"], data["stage"]) == (None, None)


def test_what_only_the_machine_could_tell_is_in_its_inventory_once_heard() -> None:
    """Driver and unit are null until the first answer, and `learnt` says when the inventory is due again."""
    plan = FleetPlan("office", (PRINTER,))
    machine = Machine(PRINTER)

    def shown() -> tuple[Any, ...]:
        data = sent(contract.machine_inventory(PRINTER, plan, at(0), machine.known))["data"]
        return data["driver"], data["unit"], data["sources"][0]["driver"]

    awaited = contract.learnt(machine.known)
    assert shown() == (None, None, None)
    machine.says(0, replace(count(1000, unit=Unit.SHEETS), driver="snmp_printer"))
    heard = contract.learnt(machine.known)
    assert shown() == ("snmp_printer", "sheets", "snmp_printer")
    machine.says(5, replace(count(1001, unit=Unit.SHEETS), driver="snmp_printer"))
    assert awaited != heard == contract.learnt(machine.known)


def test_the_site_s_hash_is_of_the_settings_alone() -> None:
    """What a machine says does not change it, or every restart would look like other settings."""
    plan = FleetPlan("office", (PRINTER,))
    snapshot = Machine(PRINTER).says(0, replace(count(5), driver="snmp_printer"))
    before, after = (contract.inventory(plan, "1", at(0), heard)[0] for heard in ((), (snapshot,)))
    assert before.data == after.data


def test_the_inventory_of_a_thousand_machines_stays_small() -> None:
    """The longest ids, names of four bytes a character, a line for each two machines: what fits, and how many not."""
    machines = tuple(
        MachinePlan(f"m{number:047}", MachineKind.PERSONALISER, LAMINATOR.sources, "\N{GRINNING FACE}" * 80)
        for number in range(1000)
    )
    lines = tuple(
        LinePlan(f"l{n:047}", ((one.id,), (other.id,)), (10**9,), "\N{GRINNING FACE}" * 80)
        for n, (one, other) in enumerate(zip(machines[::2], machines[1::2], strict=True))
    )
    views = contract.inventory(FleetPlan("o" * 32, machines, lines), "1.2.3", at(0))
    assert max(len(view_bytes(ORIGIN, "1", view, 10**12, at(0))) for view in views) < SOFT_LIMIT
    data = sent(views[0])["data"]
    assert (data["machine_count"], len(data["lines"]) + data["lines_omitted"]) == (1000, 500)
    assert len(data["lines"]) > 20
    assert sent(views[2])["data"]["line"] == lines[0].id


def test_the_inventory_s_hash_changes_with_any_machine() -> None:
    """Equal settings, equal hash; another interval of one source or name of a line, another hash."""

    def digest(machine: MachinePlan) -> object:
        data = contract.inventory(FleetPlan("office", (machine,)), "1", at(0))[0].data
        return data and data["hash"]

    one, other = (
        contract.site_inventory(
            FleetPlan("office", (PRINTER,), (LinePlan("line1", (("prn1",),), name=name),)), "1", at(0)
        )
        for name in ("Left", "Right")
    )
    assert one.data != other.data
    slower = replace(PRINTER, sources=(replace(PRINTER.sources[0], interval_s=6.0),))
    assert digest(PRINTER) == digest(replace(PRINTER))
    assert digest(PRINTER) != digest(slower)


@pytest.mark.parametrize("model", sorted(set(contract.PAYLOADS.values()), key=lambda model: model.__name__))
def test_every_payload_says_what_it_is(model: type[p.Payload]) -> None:
    """Each model has words of its own, which become the description in its schema."""
    assert model.__doc__ not in (None, p.Payload.__doc__)
