"""A machine over time: what each poll asks, what it notices, and when it meets the machine afresh."""

from collections.abc import Iterator

import pytest

from fleetmon.conversation import converse
from fleetmon.decode.dialogue import Exchange, Get, Walk
from fleetmon.decode.kept import Kept
from fleetmon.decode.snmp import Met, Pace, poll
from fleetmon.links.walk_file import WalkFile
from fleetmon.model.words import Severity, State

from .hearing import at_once, choose_driver, met_now, published
from .walks import alert, changed, link, only_fault, printer, supply, unaged

COVERS = "43.6.1.1.2.1.1|4|Front\n43.6.1.1.3.1.1|2|4\n43.6.1.1.2.1.2|4|Rear\n43.6.1.1.3.1.2|2|4"
COUNTERS = "43.5.1.1.17.1|4|SN1\n43.5.1.1.18.1|65|0\n43.5.1.1.19.1|65|0"
MARKER = "43.10.2.1.3.1.1|2|7\n43.10.2.1.4.1.1|65|100\n43.10.2.1.15.1.1|2|0"
MACHINE = (printer(), COVERS, COUNTERS, MARKER, supply(1, kind=3, unit=19, capacity=100, level=50))


def again(known: Met, walk: WalkFile, pace: Pace) -> tuple[Met, list[Exchange]]:
    """The next poll, and what was asked and answered in it."""
    kept = Kept(200)
    met = at_once(converse(poll(choose_driver, known, pace), walk, kept.keep))
    return met, [each for each in kept if isinstance(each, Exchange)]


def asked(exchanges: list[Exchange]) -> Iterator[str]:
    """The requests as words: `get 7`, `walk 43.18.1.1`."""
    for exchange in exchanges:
        if isinstance(exchange.request, Walk):
            yield "walk " + ".".join(map(str, exchange.request.root[6:]))
        else:
            yield f"get {len(exchange.request.oids)}"


def test_a_quiet_poll_asks_one_message() -> None:
    """State objects, counters and the clock: nothing else while nothing moved."""
    walk = link(*MACHINE)
    known = met_now(walk)
    then, exchanges = again(known, changed(walk, "1.3.0|67|360500"), Pace.FAST)
    assert list(asked(exchanges)) == ["get 8"]
    assert unaged(then.report) == unaged(known.report)
    assert then.report.uptime_s == 3605.0


@pytest.mark.parametrize("pace", list(Pace))
def test_a_poll_after_a_poll_says_the_same(pace: Pace) -> None:
    """Nothing changed, so nothing is told differently, however often one asks."""
    walk = link(*MACHINE, alert(1, severity=5, group=8, group_index=1, code=807, time="67|100"))
    known = met_now(walk)
    for _ in range(3):
        known, _ = again(known, walk, pace)
        assert known.report == met_now(walk).report


def test_a_life_count_alone_only_counts() -> None:
    """It moves while printing; the alert table is not read for it."""
    walk = link(*MACHINE)
    then, exchanges = again(met_now(walk), changed(walk, "43.10.2.1.4.1.1|65|101"), Pace.FAST)
    assert list(asked(exchanges)) == ["get 8"]
    assert published(then.report)["counters"]["produced"] == {"total": 101, "unit": "impressions"}


@pytest.mark.parametrize(
    "moved",
    ["25.3.2.1.5.1|2|5", "25.3.5.1.1.1|2|1", "25.3.5.1.2.1|4x|04", "43.5.1.1.18.1|65|1", "43.5.1.1.19.1|65|1"],
)
def test_an_alert_is_noticed_as_soon_as_anything_moves(moved: str) -> None:
    """Device status, printer status, error bits or one of the two event counters: each leads to the alert table."""
    walk = link(*MACHINE)
    row = alert(9, severity=3, group=13, group_index=1, code=8, text="Jam in area B")
    then, exchanges = again(met_now(walk), changed(walk, moved, row), Pace.FAST)
    assert "walk 43.18.1.1" in asked(exchanges)
    assert [fault.text for fault in then.report.faults] == ["Jam in area B"]
    assert then.report.state is State.STOPPED


def test_an_alert_that_moves_nothing_is_noticed_by_the_slow_poll() -> None:
    """On some devices the counters stay 0 for ever."""
    walk = link(*MACHINE)
    later = changed(walk, alert(9, severity=5, group=8, group_index=1, code=807))
    then, _ = again(met_now(walk), later, Pace.FAST)
    assert then.report.faults == ()
    then, _ = again(then, later, Pace.SLOW)
    assert only_fault(then.report).reason == "media-low"


def test_a_cleared_alert_is_gone_with_its_row() -> None:
    """Rows vanish from the table; nothing of them is left over."""
    jammed = changed(link(*MACHINE, alert(9, severity=3, group=13, code=8)), "25.3.2.1.5.1|2|5")
    known = met_now(jammed)
    assert known.report.faults
    cleared = changed(jammed, "25.3.2.1.5.1|2|2", *(f"43.18.1.1.{column}.1.9|-" for column in (2, 4, 7)))
    then, _ = again(known, cleared, Pace.FAST)
    assert (then.report.faults, then.report.state) == ((), State.IDLE)


def test_a_cover_is_open_and_closed_at_once() -> None:
    """The cover table has no counter, so it is read whenever anything moved: a closed cover does not stay open."""
    walk = link(*MACHINE)
    opened = changed(walk, "25.3.2.1.5.1|2|5", "25.3.5.1.1.1|2|1", "25.3.5.1.2.1|4x|08", "43.6.1.1.3.1.2|2|3")
    then, _ = again(met_now(walk), opened, Pace.FAST)
    fault = only_fault(then.report)
    assert (fault.reason, fault.part, fault.text, fault.severity) == ("cover-open", "cover-2", "Rear", Severity.ERROR)
    closed = changed(opened, "25.3.2.1.5.1|2|2", "25.3.5.1.1.1|2|3", "25.3.5.1.2.1|4x|00", "43.6.1.1.3.1.2|2|4")
    then, _ = again(then, closed, Pace.FAST)
    assert (then.report.faults, then.report.state) == ((), State.IDLE)


def test_a_marker_that_wakes_up_is_awake_at_once() -> None:
    """Kyocera says sleep only in its marker's status: with the printer's status it is read again."""
    walk = link(*MACHINE)
    asleep = changed(walk, "43.10.2.1.15.1.1|2|2")
    known = met_now(asleep)
    assert known.report.asleep
    printing = changed(walk, "25.3.5.1.1.1|2|4")
    then, _ = again(known, printing, Pace.FAST)
    assert (then.report.asleep, then.report.state) == (False, State.PROCESSING)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("1.3.0|67|100", "the clock fell back: a reboot"),
        ("43.5.1.1.1.1|65|8", "the configuration counter moved"),
        ("43.5.1.1.18.1|-", "an instance vanished"),
        ("25.3.5.1.2.1|5|", "an instance turned to NULL"),
    ],
)
def test_another_machine_may_answer_now(change: str, why: str) -> None:
    """It is met afresh: a supply that nobody asked for before is found."""
    walk = link(*MACHINE)
    known = met_now(walk)
    then, exchanges = again(known, changed(walk, change, supply(2, kind=3, unit=19, level=7)), Pace.FAST)
    assert "walk 25.3.2.1" in asked(exchanges), why
    assert [each.part for each in then.report.supplies] == ["supply-1", "supply-2"]


def test_a_rebooted_machine_keeps_nothing_of_before() -> None:
    """What it does not say any more is not said of it."""
    walk = link(*MACHINE, alert(1, severity=3, group=6, group_index=1, code=3))
    bare = link("1.1.0|4|Acme printer", "1.3.0|67|5", "25.3.5.1.1.1|2|3")
    then, _ = again(met_now(walk), bare, Pace.FAST)
    assert (then.report.faults, then.report.supplies, then.report.counters) == ((), (), ())
    assert then.report.state is State.IDLE


def test_rows_under_another_index_are_polled_too() -> None:
    """Levels, covers and counters of Printer-MIB rows that count otherwise than hrDeviceTable do not freeze."""
    rows = (COVERS, MARKER, COUNTERS, supply(1, kind=3, unit=19, capacity=100, level=50))
    walk = link(printer(3, 2, device=3).replace("43.5.1.1.1.3", "43.5.1.1.1.1"), *rows)
    known = met_now(walk)
    later = changed(walk, "43.11.1.1.9.1.1|2|49", "43.10.2.1.4.1.1|65|200")
    fast, _ = again(known, later, Pace.FAST)
    slow, _ = again(fast, later, Pace.SLOW)
    assert fast.report.counters[0].total == 200
    assert slow.report.supplies[0].level.level == 49
    then, exchanges = again(slow, changed(later, "43.5.1.1.1.1|65|8"), Pace.FAST)
    assert "walk 25.3.2.1" in asked(exchanges)
    assert then.report.supplies == slow.report.supplies


def test_what_is_asked_stays_within_a_message() -> None:
    """Ten objects fit the default message; the quick poll of an ordinary printer is one."""
    known = met_now(link(*MACHINE))
    assert len(known.fast) <= 10
    assert all(isinstance(exchange.request, Get | Walk) for exchange in again(known, link(*MACHINE), Pace.SLOW)[1])


@pytest.mark.parametrize("line", ["1.1.0|4|Canon LBP6670 /P", "1.2.0|6|1.3.6.1.4.1.641.2.71106502"])
def test_a_printer_that_says_only_who_it_is_has_no_state(line: str) -> None:
    """Only sysDescr, or only sysObjectID: recognised, and honest about knowing nothing; asked afresh each time."""
    walk = link(line)
    known = met_now(walk)
    told = published(known.report)
    assert (told["state"], told["driver"], told["asleep"]) == ("unknown", "snmp_printer", False)
    assert (told["faults"], told["supplies"], told["counters"]) == ([], [], {"produced": None})
    then, _ = again(known, walk, Pace.SLOW)
    assert then.report == known.report
