"""What an agent lists over the life of its machine: counters, row numbers and times as the standards have them."""

from dataclasses import replace

import pytest
from fleetmon.simulators.model.commands import NEVER, Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.parts import Sheet
from fleetmon.simulators.sheets.sheet import MACHINES, load_sheet
from fleetmon.simulators.snmp.rows import Rows, Tag, Value
from fleetmon.simulators.snmp.tables import LiveTables
from hypothesis import given, settings
from hypothesis import strategies as st

SHEETS = {path.stem: load_sheet(path.stem) for path in sorted(MACHINES.glob("*.toml"))}
ON_SNMP = {name: sheet for name, sheet in SHEETS.items() if sheet.snmp}
PRINTER = ON_SNMP["passport_printer"]

SYS_UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
DEVICE_STATUS = (1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 5, 1)
PRINTER_STATUS = (1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 1, 1)
CRITICAL_EVENTS = (1, 3, 6, 1, 2, 1, 43, 5, 1, 1, 18, 1)
ALL_EVENTS = (1, 3, 6, 1, 2, 1, 43, 5, 1, 1, 19, 1)
LIFE_COUNT = (1, 3, 6, 1, 2, 1, 43, 10, 2, 1, 4, 1, 1)
POWER_ON_COUNT = (1, 3, 6, 1, 2, 1, 43, 10, 2, 1, 5, 1, 1)
ALERTS = (1, 3, 6, 1, 2, 1, 43, 18, 1, 1)
SEVERITY, TIME = 2, 9

Moment = tuple[float, Command]


def _number(rows: Rows, name: tuple[int, ...]) -> int:
    value = rows.get(name)
    assert isinstance(value, Value)
    assert isinstance(value.content, int)
    return value.content


def _alerts(rows: Rows, column: int) -> dict[int, int]:
    """Index and one column of every row of prtAlertTable."""
    entry = (*ALERTS, column, 1)
    return {name[-1]: _number(rows, name) for name, _ in rows if name[:-1] == entry}


def _listed(tables: LiveTables, now: float) -> Rows:
    rows = tables.rows(now)
    assert rows is not None
    return rows


def _commands(sheet: Sheet) -> st.SearchStrategy[Command]:
    faults = st.sampled_from(sorted(sheet.faults))
    return st.one_of(
        st.builds(Command, st.just(Do.RAISE), fault=faults, seconds=st.sampled_from([5.0, 60.0, NEVER])),
        st.builds(Command, st.just(Do.CLEAR), fault=faults | st.just("")),
        st.builds(Command, st.just(Do.LEVEL), store=st.sampled_from(sorted(sheet.stores)), left=st.floats(0, 60)),
        st.builds(Command, st.sampled_from([Do.REFILL, Do.SLEEP, Do.WAKE, Do.REBOOT, Do.STARVE])),
        st.builds(Command, st.just(Do.PRODUCE), documents=st.integers(1, 20)),
    )


def _mischief() -> st.SearchStrategy[Command]:
    """What a machine suffers that the standard knows nothing of."""
    lasting = [Do.HANG, Do.STALL, Do.MAINTAIN, Do.OFF, Do.STICK_COUNTER, Do.CLEAN]
    ending = [Do.UNHANG, Do.GO, Do.ON, Do.UNSTICK_COUNTER, Do.REPLACE, Do.RESET_COUNTER]
    return st.one_of(
        st.builds(Command, st.sampled_from(lasting), seconds=st.sampled_from([5.0, NEVER])),
        st.builds(Command, st.sampled_from(ending)),
        st.builds(Command, st.sampled_from([Do.WRAP_COUNTER, Do.BATCH_COUNTER]), documents=st.integers(1, 5)),
    )


def _life(commands: st.SearchStrategy[Command]) -> st.SearchStrategy[list[Moment]]:
    """Something is done, time passes, something is done."""
    return st.lists(st.tuples(st.sampled_from([0.0, 0.4, 3.0, 30.0, 700.0]), commands), max_size=15)


@given(_life(_commands(PRINTER)))
def test_counters_and_row_numbers_keep_to_the_standard(life: list[Moment]) -> None:
    """RFC 3805: row numbers only grow and begin at 1 after a reset; the two event counters and powerOnCount count from
    power-on, lifeCount for ever; a row's time is what sysUpTime was."""
    machine = Machine(PRINTER)
    tables = LiveTables(machine)
    now, boots, made, highest, critical, rows_seen = 0.0, machine.boots, 0, 0, 0, 0
    for wait, command in life:
        now += wait
        machine.obey(command, now)
        rows = tables.rows(now)
        if rows is None:
            continue
        if machine.boots != boots:
            boots, highest, critical, rows_seen = machine.boots, 0, 0, 0
            assert _number(rows, SYS_UPTIME) <= 100 * now
        index, severities, times = _alerts(rows, 1), _alerts(rows, SEVERITY), _alerts(rows, TIME)
        assert [*index] == sorted(index.values())
        new = [number for number in index if number > highest]
        assert _number(rows, ALL_EVENTS) >= max(index, default=0)
        assert _number(rows, ALL_EVENTS) >= rows_seen + len(new)
        assert _number(rows, CRITICAL_EVENTS) >= critical + sum(severities[number] == 3 for number in new)
        assert all(time <= _number(rows, SYS_UPTIME) for time in times.values())
        assert _number(rows, LIFE_COUNT) >= made
        assert _number(rows, POWER_ON_COUNT) <= _number(rows, LIFE_COUNT) - PRINTER.markers[0].life
        highest, made = max(highest, *index, 0), _number(rows, LIFE_COUNT)
        critical, rows_seen = _number(rows, CRITICAL_EVENTS), _number(rows, ALL_EVENTS)


@pytest.mark.parametrize("name", ON_SNMP)
@settings(max_examples=40)
@given(data=st.data())
def test_what_is_kept_is_what_would_be_made_anew(name: str, data: st.DataObject) -> None:
    """An agent that was asked all the time lists the same, row for row, as one that begins to look now."""
    machine = Machine(ON_SNMP[name])
    tables, now = LiveTables(machine), 0.0
    for wait, command in data.draw(_life(_commands(machine.sheet) | _mischief())):
        now += wait
        asked, fresh = tables.rows(now), LiveTables(machine).rows(now)
        assert (asked and [*asked]) == (fresh and [*fresh])
        machine.obey(command, now)
        asked, fresh = tables.rows(now), LiveTables(machine).rows(now)
        assert (asked and [*asked]) == (fresh and [*fresh])


@pytest.mark.parametrize("name", [name for name, sheet in ON_SNMP.items() if sheet.agent.printer_mib])
def test_alert_rows_name_rows_that_are_there(name: str) -> None:
    """prtAlertGroup is the last arc of a table and prtAlertGroupIndex a row of it (RFC 3805): one may look it up."""
    sheet = ON_SNMP[name]
    listed = {
        (oid[7], oid[-1]) for oid, _ in _listed(LiveTables(Machine(sheet)), 0) if oid[:7] == (1, 3, 6, 1, 2, 1, 43)
    }
    named = {(row.group, row.part) for fault in sheet.faults.values() for row in fault.rows if row.part > 0}
    assert named - listed == set()


def test_a_power_cycle_resets_what_it_must_and_nothing_else() -> None:
    """Three jams and ten booklets, then off and on: counters of this run are at nought, the life count goes on."""
    machine = Machine(PRINTER)
    tables = LiveTables(machine)
    for turn in range(3):
        machine.obey(Command(Do.RAISE, fault="booklet-jam", seconds=5), 10.0 * turn)
    machine.obey(Command(Do.PRODUCE, documents=10), 40)
    before = _listed(tables, 400)
    counts = [_number(before, name) for name in (ALL_EVENTS, CRITICAL_EVENTS, POWER_ON_COUNT, LIFE_COUNT)]
    assert counts == [3, 3, 20, 96440]
    machine.obey(Command(Do.RAISE, fault="front-cover-open"), 400)
    assert _alerts(_listed(tables, 400), TIME) == {4: 100 * (259200 + 400)}
    machine.obey(Command(Do.REBOOT), 401)
    assert tables.rows(402) is None
    after = _listed(tables, 430)
    counts = [_number(after, name) for name in (ALL_EVENTS, CRITICAL_EVENTS, POWER_ON_COUNT, LIFE_COUNT)]
    assert counts == [1, 1, 0, 96440]
    assert [*_alerts(after, 1)] == [1], "what is still wrong is the first row of a new table"
    assert _number(after, SYS_UPTIME) == 2900


def test_sleep_resets_nothing() -> None:
    """Asleep, a machine's clock and counters go on; running + other says so (RFC 3805 section 2.2.13.2)."""
    machine = Machine(PRINTER)
    tables = LiveTables(machine)
    machine.obey(Command(Do.RAISE, fault="booklet-jam", seconds=5), 0)
    awake = _listed(tables, 10)
    machine.obey(Command(Do.SLEEP), 10)
    asleep = _listed(tables, 500)
    for name in (ALL_EVENTS, CRITICAL_EVENTS, LIFE_COUNT, POWER_ON_COUNT):
        assert asleep.get(name) == awake.get(name)
    assert (_number(asleep, DEVICE_STATUS), _number(asleep, PRINTER_STATUS)) == (2, 1)
    assert _number(asleep, SYS_UPTIME) == _number(awake, SYS_UPTIME) + 49000
    machine.obey(Command(Do.WAKE), 500)
    warming = _listed(tables, 501)
    assert (_number(warming, DEVICE_STATUS), _number(warming, PRINTER_STATUS)) == (5, 5)


def test_row_numbers_begin_anew_behind_the_last() -> None:
    """After 2147483647 comes 1, not a negative number (RFC 3805 prtAlertIndex)."""
    machine = Machine(replace(PRINTER, snmp=replace(PRINTER.agent, first_alert=2**31 - 1)))
    for fault in ("booklet-jam", "front-cover-open"):
        machine.obey(Command(Do.RAISE, fault=fault), 0)
    assert {*_alerts(_listed(LiveTables(machine), 0), 1)} == {1, 2**31 - 1}


def test_a_life_count_wraps_as_a_counter_does() -> None:
    """Counter32 has 32 bits: two impressions before its end it begins at 0."""
    marker = replace(PRINTER.markers[0], life=2**32 - 2)
    machine = Machine(replace(PRINTER, markers=(marker,)))
    machine.obey(Command(Do.PRODUCE, documents=1), 0)
    rows = _listed(LiveTables(machine), 30)
    assert rows.get(LIFE_COUNT) == Value(Tag.COUNTER, 0)
    assert rows.get(POWER_ON_COUNT) == Value(Tag.COUNTER, 2)


def test_a_clock_that_runs_for_497_days_wraps() -> None:
    """TimeTicks are hundredths of a second in 32 bits; the alert's time wraps with it."""
    machine = Machine(replace(PRINTER, uptime=2**32 / 100 - 1))
    tables = LiveTables(machine)
    assert _number(_listed(tables, 0), SYS_UPTIME) == 2**32 - 100
    machine.obey(Command(Do.RAISE, fault="booklet-jam"), 3)
    assert _alerts(_listed(tables, 3), TIME) == {1: 200}
    assert _number(_listed(tables, 3), SYS_UPTIME) == 200
