"""Whatever a machine says, in whatever types: a report or GarbledReply, honest numbers, payloads that validate."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fleetmon import vocabulary
from fleetmon.conversation import converse
from fleetmon.decode import recognise
from fleetmon.decode.dialogue import Oid, Value, Varbind, oid
from fleetmon.decode.objects import Objects
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.snmp import Met, Pace, meet, poll
from fleetmon.definition import SnmpDefinition
from fleetmon.errors import GarbledReply
from fleetmon.links.walk_file import WalkFile
from fleetmon.model.report import Report
from fleetmon.publish import payloads

from .hearing import DEFINITIONS, at_once, published

Told = dict[Oid, Value]

GENERAL = next(d.name for d in DEFINITIONS if d.match.printer_mib)
TABLES_OF_DRIVERS = [table.entry for d in DEFINITIONS for _, table in d.tables]
OF_DRIVERS = [name for d in DEFINITIONS for name in (*(rule.oid for _, rule in d.objects), *d.identity.objects)]

NUMBERS = (
    st.integers(-5, 40)
    | st.sampled_from([100, 255, 501, 808, 1101, 1801, 30308, 40000, 2**31 - 1, -(2**31), 2**32 - 1, 2**63, 2**64 - 1])
    | st.integers(-(2**63), 2**64 - 1)
)
WORDS = st.sampled_from(
    [b"", b"\0", b" ", b"Black Toner", "启用睡眠模式".encode(), b"T\xfcr", b"Laminate film empty", b"1,5", b"00010003"]
)
ARCS = st.sampled_from([mib.HR_DEVICE_PRINTER, oid("1.3.6.1.4.1.11.2.3.9.1"), oid("1.3.6.1.4.1.10642.1"), (0, 0), ()])
VALUES = NUMBERS | WORDS | st.binary(max_size=300) | ARCS | st.none()
INDEXES = st.lists(st.integers(0, 3) | st.just(2**32 - 1), max_size=3).map(tuple)
CELLS = st.tuples(st.sampled_from([*mib.TABLES, *TABLES_OF_DRIVERS]), st.integers(0, 20), INDEXES)
NAMES = CELLS.map(lambda cell: (*cell[0], cell[1], *cell[2])) | st.sampled_from(
    [mib.SYS_DESCR, mib.SYS_OBJECT_ID, mib.SYS_UPTIME, mib.SYS_NAME, *OF_DRIVERS]
)
ANYTHING = st.dictionaries(NAMES, VALUES, max_size=60)
DRIVERS = st.sampled_from([None, *sorted(d.name for d in DEFINITIONS)])  # None: found by probing


def machine(told: Told) -> WalkFile:
    """An agent that says this; tags do not matter to a decoder."""
    tags: dict[type[Any], int] = {int: 2, bytes: 4, tuple: 6, type(None): 5}
    return WalkFile({name: Varbind(name, tags[type(value)], value) for name, value in told.items()})


def conversed(walk: WalkFile, driver: str | None, known: Met | None, pace: Pace) -> Met | str:
    """What is known after a poll, or the words of the refusal; any other error is a failure of the test."""

    def choose(objects: Objects) -> SnmpDefinition:
        named = next((d for d in DEFINITIONS if d.name == driver), None)
        return named or recognise.required(objects, DEFINITIONS)

    try:
        return at_once(converse(meet(choose) if known is None else poll(choose, known, pace), walk))
    except GarbledReply as refusal:
        return str(refusal) or pytest.fail("a refusal without words")


def reported(met: Met | str) -> Report | str:
    """The report, or the refusal."""
    return met if isinstance(met, str) else met.report


def ageless(said: Report | str) -> Report | str:
    """The same without the ages of faults: where a machine stands still, these stay as they were first read."""
    if isinstance(said, str):
        return said
    return replace(said, faults=tuple(replace(fault, age_s=None) for fault in said.faults))


def levels(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every level that is published."""
    yield from told["supplies"]
    yield from told["inputs"]


@given(ANYTHING, DRIVERS)
def test_anything_makes_a_report_or_a_refusal(told: Told, driver: str | None) -> None:
    """What is published validates, survives JSON, names only known reasons and never one fault twice."""
    known = conversed(machine(told), driver, None, Pace.SLOW)
    assume(not isinstance(known, str))
    report = known.report
    data = published(report)
    assert payloads.StateData.model_validate(data)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert all(vocabulary.is_reason(fault.reason) for fault in report.faults)
    assert len({fault.key for fault in report.faults}) == len(report.faults) == len(data["faults"])
    assert all(each is None or 0 < len(each) <= 256 for each in data["identity"].values())


@given(ANYTHING, DRIVERS)
def test_no_number_comes_out_of_nothing(told: Told, driver: str | None) -> None:
    """Levels, capacities and totals are numbers that the machine said; a percentage is 0..100 and follows from them."""
    known = conversed(machine(told), driver, None, Pace.SLOW)
    assume(not isinstance(known, str))
    data = published(known.report)
    said = {value for value in told.values() if isinstance(value, int)}
    for level in levels(data):
        raw = level["raw"]
        assert {raw["level"], raw["capacity"]} <= said | {None}
        assert level["level"] == (raw["level"] if raw["level"] is not None and raw["level"] >= 0 else None)
        assert level["capacity"] in ({raw["capacity"]} if (raw["capacity"] or 0) > 0 else {None})
        assert (level["quality"] == "exact") == (level["level"] is not None)
        if level["percent"] is not None:
            assert 0 <= level["percent"] <= 100
            assert level["level"] is not None
    written = {int(value) for value in told.values() if isinstance(value, bytes) and value.isdigit()}
    assert all(counter.total in said | written and counter.total >= 0 for counter in known.report.counters)
    assert data["uptime_s"] is None or round(100 * data["uptime_s"]) in said


@given(ANYTHING, DRIVERS, st.lists(st.sampled_from(list(Pace)), min_size=1, max_size=4))
def test_a_poll_after_a_poll_says_the_same(told: Told, driver: str | None, paces: list[Pace]) -> None:
    """Nothing changed in between, so nothing is told differently, at whatever pace."""
    walk = machine(told)
    first = conversed(walk, driver, None, Pace.SLOW)
    assume(not isinstance(first, str))
    known: Met | str = first
    for pace in paces:
        assert not isinstance(known, str)
        known = conversed(walk, driver, known, pace)
        assert reported(known) == first.report


@given(ANYTHING, ANYTHING, DRIVERS)
def test_after_a_reboot_nothing_is_left_of_before(before: Told, after: Told, driver: str | None) -> None:
    """The clock fell back: the machine is what it says now, as if it had never been met."""
    first = conversed(machine({**before, mib.SYS_UPTIME: 5_000}), driver, None, Pace.SLOW)
    assume(not isinstance(first, str))
    walk = machine({**after, mib.SYS_UPTIME: 4_999})
    again = conversed(walk, driver, first, Pace.FAST)
    assert reported(again) == reported(conversed(walk, driver, None, Pace.SLOW))


# A printer with every polled object, and what its polled objects may say next.

PRINTER: Told = {
    mib.SYS_DESCR: b"Acme printer",
    mib.SYS_UPTIME: 100_000,
    (*mib.HR_DEVICE, 2, 1): mib.HR_DEVICE_PRINTER,
    (*mib.HR_DEVICE, 3, 1): b"Acme 9000",
    (*mib.HR_DEVICE, 5, 1): 2,
    (*mib.HR_PRINTER, 1, 1): 3,
    (*mib.HR_PRINTER, 2, 1): b"\0",
    (*mib.GENERAL, 1, 1): 7,
    (*mib.GENERAL, 17, 1): b"SN1",
    (*mib.GENERAL, 18, 1): 0,
    (*mib.GENERAL, 19, 1): 0,
    **{(*mib.COVER, 3, 1, n): 4 for n in (1, 2)},
    **{(*mib.INPUT, column, 1, 1): value for column, value in ((8, 8), (9, 250), (10, 100))},
    **{(*mib.MARKER, column, 1, 1): value for column, value in ((3, 7), (4, 1000), (15, 0))},
    **{(*mib.SUPPLIES, column, 1, n): 50 for column in (5, 7, 8, 9) for n in (1, 2)},
    **{(*mib.SUPPLIES, 6, 1, n): b"Toner" for n in (1, 2)},
    (*mib.CONSOLE, 2, 1, 1): b"Ready",
}
STATIC = {mib.SYS_DESCR, (*mib.HR_DEVICE, 2, 1), (*mib.HR_DEVICE, 3, 1), (*mib.GENERAL, 1, 1), (*mib.INPUT, 8, 1, 1)}
STATIC |= {(*mib.MARKER, 3, 1, 1)} | {(*mib.SUPPLIES, column, 1, n) for column in (5, 7) for n in (1, 2)}
POLLED = sorted(set(PRINTER) - STATIC)
FAST = sorted({(*mib.HR_DEVICE, 5, 1), (*mib.HR_PRINTER, 1, 1), (*mib.GENERAL, 18, 1), (*mib.GENERAL, 19, 1)})
ROWS = st.dictionaries(
    st.tuples(st.integers(2, 9), st.integers(1, 4)).map(lambda at: (*mib.ALERT, at[0], 1, at[1])),
    st.integers(-1, 20) | st.sampled_from([501, 808, 1001, 1104]) | st.sampled_from([b"Jam", b"Out of paper"]),
    max_size=20,
)
NEWS = st.dictionaries(st.sampled_from(POLLED), st.integers(0, 6) | st.sampled_from([b"\x04", b"x"]), max_size=8)


@given(ROWS, ROWS, NEWS)
def test_a_slow_poll_knows_all_that_meeting_afresh_would(before: Told, after: Told, news: Told) -> None:
    """Levels, texts, covers and alerts that changed meanwhile: the report is that of a first conversation."""
    news = {**news, mib.SYS_UPTIME: 100_500}
    first = conversed(machine(PRINTER | before), GENERAL, None, Pace.SLOW)
    walk = machine(PRINTER | news | after)
    again = conversed(walk, GENERAL, first if isinstance(first, Met) else None, Pace.SLOW)
    assert ageless(reported(again)) == ageless(reported(conversed(walk, GENERAL, None, Pace.SLOW)))


@given(ROWS, ROWS, NEWS, st.sampled_from(FAST))
def test_a_quick_poll_that_noticed_anything_knows_the_state(before: Told, after: Told, news: Told, moved: Oid) -> None:
    """One of the quick objects moved: state, faults, notices, sleep and counters are those of now."""
    news = {**news, mib.SYS_UPTIME: 100_500, moved: 1}
    first = conversed(machine(PRINTER | before), GENERAL, None, Pace.SLOW)
    walk = machine(PRINTER | news | after)
    assert isinstance(first, Met)
    again, afresh = (reported(conversed(walk, GENERAL, known, Pace.FAST)) for known in (first, None))
    assert isinstance(again, Report)
    assert isinstance(afresh, Report)
    for what in ("state", "faults", "notices", "asleep", "counters", "uptime_s"):
        assert getattr(again, what) == getattr(afresh, what), what


@pytest.mark.parametrize("value", [None, b"text", -1, 2**64 - 1, (1, 3, 6)])
@pytest.mark.parametrize("name", POLLED)
def test_one_value_gone_wrong_costs_no_other(name: Oid, value: Value) -> None:
    """A polled object turns to NULL, to another type or to an absurd number: the poll goes on, the rest stands."""
    first = conversed(machine(PRINTER), GENERAL, None, Pace.SLOW)
    assert isinstance(first, Met)
    for pace in Pace:
        again = conversed(machine({**PRINTER, name: value}), GENERAL, first, pace)
        assert isinstance(again, Met)
        assert published(again.report)["identity"]["model"] == "Acme 9000"
