"""The model of one machine: what must hold whatever is done to it."""

from dataclasses import replace

import pytest
from fleetmon.simulators.model.alert_table import Alert
from fleetmon.simulators.model.commands import NEVER, Command, Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.parts import Activity, Sheet
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp.printer_mib import error_state
from hypothesis import given
from hypothesis import strategies as st

SHEETS = {name: load_sheet(name) for name in ("passport_printer", "laminator", "label_printer_vendor")}

Moment = tuple[float, Command]


def _commands(sheet: Sheet) -> st.SearchStrategy[Command]:
    faults = st.sampled_from(sorted(sheet.faults))
    return st.one_of(
        st.builds(Command, st.just(Do.RAISE), fault=faults, seconds=st.sampled_from([5.0, 60.0, NEVER])),
        st.builds(Command, st.just(Do.CLEAR), fault=faults | st.just("")),
        st.builds(Command, st.just(Do.LEVEL), store=st.sampled_from(sorted(sheet.stores)), left=st.floats(0, 60)),
        st.builds(Command, st.just(Do.REFILL)),
        st.builds(Command, st.just(Do.PRODUCE), documents=st.integers(1, 20)),
        st.builds(Command, st.sampled_from([Do.SLEEP, Do.WAKE, Do.REBOOT, Do.STARVE])),
        st.builds(
            Command, st.sampled_from([Do.STALL, Do.MAINTAIN, Do.OFF, Do.CLEAN]), seconds=st.sampled_from([5.0, 90.0])
        ),
        st.builds(Command, st.just(Do.SLOW), factor=st.sampled_from([0.5, 1.0, 2.0]), seconds=st.just(60.0)),
        st.builds(Command, st.sampled_from([Do.ON, Do.GO, Do.STICK_COUNTER, Do.UNSTICK_COUNTER])),
    )


@st.composite
def _histories(draw: st.DrawFn) -> tuple[Sheet, int, list[Moment]]:
    """A sheet, a seed, and commands with the seconds that pass before each."""
    sheet = SHEETS[draw(st.sampled_from(sorted(SHEETS)))]
    gaps = st.floats(0, 400)
    return sheet, draw(st.integers(0, 5)), draw(st.lists(st.tuples(gaps, _commands(sheet)), max_size=12))


def _state(machine: Machine) -> tuple[object, ...]:
    levels = [machine.left(name) for name in machine.sheet.stores]
    return machine.documents, machine.activity, machine.alerts, levels, machine.now, machine.uptime, machine.answers


@given(_histories())
def test_counters_fall_and_row_numbers_restart_only_at_a_reboot(history: tuple[Sheet, int, list[Moment]]) -> None:
    """Documents ever made never fall; what is counted since power-on falls, and rows start at 1, only by a reboot."""
    sheet, seed, moments = history
    machine = Machine(sheet, seed=seed, backlog=50)
    highest = sheet.agent.first_alert - 1
    seen: list[Alert] = list(machine.alerts)
    now = 0.0
    for gap, command in moments:
        now += gap
        before = (machine.documents_since_boot, machine.table.alerts_seen, machine.table.stops_seen)
        documents, boots = machine.documents, machine.boots
        machine.obey(command, now)
        assert machine.documents >= documents
        if machine.boots > boots:
            seen, highest = [], 0
        else:
            after = (machine.documents_since_boot, machine.table.alerts_seen, machine.table.stops_seen)
            assert all(new >= old for old, new in zip(before, after, strict=True))
        highest = max([highest, *(alert.index for alert in seen)])
        fresh = [alert for alert in machine.alerts if alert not in seen]
        assert all(alert.index > highest for alert in fresh)
        assert [alert.index for alert in machine.alerts] == sorted(alert.index for alert in machine.alerts)
        seen += fresh


@given(_histories())
def test_what_it_says_fits_together(history: tuple[Sheet, int, list[Moment]]) -> None:
    """Error bits are those of the standing faults, rows those of the standing faults, levels stay within capacity."""
    sheet, seed, moments = history
    machine = Machine(sheet, seed=seed, backlog=50)
    now = 0.0
    for gap, command in moments:
        now += gap
        machine.obey(command, now)
        bits = {bit for fault in machine.faults for bit in fault.bits}
        octets = error_state(machine)
        assert len(octets) == sheet.agent.error_octets
        assert {b for b in range(8 * len(octets)) if octets[b // 8] & 0x80 >> b % 8} == {
            bit for bit in bits if bit < 8 * len(octets)
        }
        rows = [(alert.fault.name, alert.row) for alert in machine.alerts]
        assert sorted(rows, key=str) == sorted(((f.name, row) for f in machine.faults for row in f.rows), key=str)
        assert all(0 <= machine.left(store.name) <= store.capacity for store in sheet.stores.values())
        assert all(alert.since <= machine.uptime for alert in machine.alerts)
        follows = {f.name for f in machine.faults if f.when is not None and f.when.activity is not None}
        if any(fault.stops and fault.name not in follows for fault in machine.faults):
            assert machine.activity is Activity.STOPPED


@given(_histories(), st.lists(st.floats(0, 400), max_size=20))
def test_looking_changes_nothing(history: tuple[Sheet, int, list[Moment]], looks: list[float]) -> None:
    """A machine polled at any moments has the same history as one that nobody looked at."""
    sheet, seed, moments = history
    unseen, seen = Machine(sheet, seed=seed, backlog=50), Machine(sheet, seed=seed, backlog=50)
    now = 0.0
    for gap, command in moments:
        for look in sorted(looks):
            if look < gap:
                seen.step(now + look)
        now += gap
        unseen.obey(command, now)
        seen.obey(command, now)
        seen.step(now - 1)
        assert _state(seen) == _state(unseen)


@given(_histories())
def test_a_script_is_the_same_as_commands(history: tuple[Sheet, int, list[Moment]]) -> None:
    """Commands in a machine's script act at their moments exactly as when somebody gives them then."""
    sheet, seed, moments = history
    at, script = 0.0, []
    for gap, command in moments:
        at += gap
        script.append((at, command))
    scripted, commanded = Machine(sheet, seed=seed, backlog=50, script=script), Machine(sheet, seed=seed, backlog=50)
    for moment, command in script:
        commanded.obey(command, moment)
    scripted.step(at)
    commanded.step(at)
    assert _state(scripted)[:4] == _state(commanded)[:4]


def test_a_seed_reproduces_a_run_and_another_does_not() -> None:
    """The same seed gives the same levels after a thousand documents, another seed others."""
    runs = [Machine(SHEETS["passport_printer"], seed=seed, backlog=NEVER) for seed in (7, 7, 8)]
    for run in runs:
        run.step(24_000)
    first, again, other = (_state(run) for run in runs)
    assert first == again
    assert first != other


def test_an_ink_runs_low_then_out_and_is_refilled() -> None:
    """An ink for 30 more documents is said to be low, then empty with production stopped; then an operator comes."""
    machine = Machine(replace(SHEETS["passport_printer"], cycle=4), backlog=NEVER)
    machine.obey(Command(Do.LEVEL, store="black", left=80), 0)
    said, made = [], []
    for second in range(400):
        machine.step(second)
        said.append({fault.name for fault in machine.faults} & {"black-low", "black-empty"})
        made.append(machine.documents)
    turns = [words for words, before in zip(said, [None, *said], strict=False) if words != before]
    assert turns == [{"black-low"}, {"black-empty"}, set()]
    out = [second for second, words in enumerate(said) if words == {"black-empty"}]
    assert made[out[0]] == made[out[-1]]
    assert 63 <= len(out) <= 117, "an operator takes 90 s, give or take 30 %"
    assert made[-1] > made[out[-1]]


def test_it_sleeps_after_a_while_and_wakes_for_work() -> None:
    """A laminator without work sleeps after 20 minutes; work wakes it, it warms up for 40 s, then produces."""
    machine = Machine(replace(SHEETS["laminator"], heater=None))
    machine.step(1199)
    assert machine.activity is Activity.IDLE
    machine.step(1201)
    assert machine.activity is Activity.ASLEEP
    machine.obey(Command(Do.PRODUCE, documents=1), 1300)
    assert machine.activity is Activity.WARMING
    machine.step(1339)
    assert machine.activity is Activity.WARMING
    machine.step(1341)
    assert machine.activity is Activity.WORKING
    machine.step(1359)
    assert (machine.activity, machine.documents) == (Activity.IDLE, 1)


def test_a_reboot_is_silent_then_says_again_what_is_still_wrong() -> None:
    """After a reboot nothing answers for 6 s; then uptime is small, rows start at 1, the open cover is said anew."""
    machine = Machine(SHEETS["passport_printer"])
    machine.obey(Command(Do.RAISE, fault="booklet-jam", seconds=10), 100)
    machine.obey(Command(Do.RAISE, fault="front-cover-open"), 101)
    assert [alert.index for alert in machine.alerts] == [1, 2]
    machine.obey(Command(Do.REBOOT), 120)
    assert not machine.answers
    machine.step(126)
    assert machine.answers
    assert machine.uptime == 6
    assert [(alert.index, alert.fault.name) for alert in machine.alerts] == [(1, "front-cover-open")]


def test_a_state_text_follows_the_state() -> None:
    """A label printer pauses itself with every fault of its own, and the pause goes when the fault does."""
    machine = Machine(SHEETS["label_printer_vendor"], backlog=NEVER)
    machine.obey(Command(Do.RAISE, fault="head-open", seconds=10), 1)
    assert {fault.name for fault in machine.faults} == {"power-on", "head-open", "paused"}
    machine.step(12)
    assert machine.activity is Activity.WORKING
    assert {fault.name for fault in machine.faults} == {"power-on"}
    machine.obey(Command(Do.RAISE, fault="paused"), 13)
    assert machine.activity is Activity.STOPPED


@pytest.mark.parametrize(
    "command",
    [
        Command(Do.RAISE, fault="nonsense"),
        Command(Do.REFILL, store="nonsense"),
        Command(Do.LEVEL, store="Magazine", left=151),
    ],
)
def test_impossible_commands_are_refused(command: Command) -> None:
    """A fault or store it does not have, or more than a store holds, is refused by name and changes nothing."""
    machine = Machine(SHEETS["passport_printer"])
    before = _state(machine)
    with pytest.raises(BadInput, match=r"nonsense|Magazine"):
        machine.obey(command, 0)
    assert _state(machine) == before
