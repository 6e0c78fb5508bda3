"""How often counters and levels are told, and that nothing of them is lost or told twice."""

from dataclasses import replace

import pytest
from tests.assess.timeline import COVER, EPOCH, IDLE, JAM, PRINTER, at, count, counting

from fleetmon.model.report import Counter, Identity, Input, Level, Notice, Observation, RawLevel, Report, Supply
from fleetmon.model.words import Quality, Severity, State, SupplyClass, SupplyKind, Unit

from .site import Site, kinds


def level(sheets: int) -> Report:
    """An idle machine with so many sheets in its tray."""
    return Report(state=State.IDLE, inputs=(Input("input-1", Level(Unit.SHEETS, 500, sheets)),))


def sheets(site: Site) -> object:
    """The level that the retained state shows."""
    tray = site.shown()["inputs"]
    assert isinstance(tray, list)
    assert isinstance(tray[0], dict)
    return tray[0]["level"]


def total(site: Site) -> object:
    """The total that the retained state shows."""
    counters = site.shown()["counters"]
    assert isinstance(counters, dict)
    produced = counters["produced"]
    return produced["total"] if isinstance(produced, dict) else None


def counts(site: Site) -> list[tuple[float, object, object]]:
    """(second, made, total) of each count told so far."""
    return [
        (event.at.utc - EPOCH, event.data["made"], event.data["total"])
        for event in site.events
        if event.type == "fleetmon.production.counted.v1"
    ]


def test_a_change_of_state_is_shown_at_once() -> None:
    """Idle at 0 s, jam at 5 s, cleared at 10 s: the view follows each."""
    site = Site()
    for second, report in ((0, IDLE), (5, replace(IDLE, faults=(JAM,))), (10, IDLE)):
        site.says(second, report)
    assert site.shown_at() == [0, 5, 10]


FILM = Supply("laminate-upper", SupplyKind.LAMINATE, Level(Unit.METERS, 200, 50, 25.0, Quality.EXACT))
TRAY = Input("input-1", Level(Unit.SHEETS, 500, 400, 80.0, Quality.EXACT))
BASE = Report(
    state=State.IDLE,
    faults=(JAM,),
    notices=(Notice("1", "other", Severity.REPORT),),
    supplies=(FILM,),
    inputs=(TRAY,),
    counters=(Counter(1, 100, Unit.IMPRESSIONS),),
    console=("Ready",),
    uptime_s=10.0,
)


def film(level: Level) -> Report:
    """The same machine with another level of its film."""
    return replace(BASE, supplies=(replace(FILM, level=level),))


AT_ONCE = {
    "state": replace(BASE, state=State.STOPPED),
    "asleep": replace(BASE, asleep=True),
    "identity": replace(BASE, identity=Identity(firmware="2")),
    "driver": replace(BASE, driver="acme"),
    "a fault more": replace(BASE, faults=(JAM, COVER)),
    "a fault less": replace(BASE, faults=()),
    "a fault's words": replace(BASE, faults=(replace(JAM, text="Jam"),)),
    "a fault's own onset": replace(BASE, faults=(replace(JAM, age_s=9.0),)),
    "a notice": replace(BASE, notices=()),
    "the console": replace(BASE, console=("Busy",)),
    "a supply less": replace(BASE, supplies=()),
    "a supply's part": replace(BASE, supplies=(replace(FILM, part="laminate-lower"),)),
    "a supply's kind": replace(BASE, supplies=(replace(FILM, kind=SupplyKind.RIBBON),)),
    "a supply's class": replace(BASE, supplies=(replace(FILM, supply_class=SupplyClass.FILLED),)),
    "a supply's words": replace(BASE, supplies=(replace(FILM, description="Film"),)),
    "a supply's colour": replace(BASE, supplies=(replace(FILM, colour="black"),)),
    "a level's unit": film(replace(FILM.level, unit=Unit.PERCENT)),
    "a level's quality": film(replace(FILM.level, quality=Quality.SOME)),
    "a tray's words": replace(BASE, inputs=(replace(TRAY, description="Tray"),)),
    "a tray's quality": replace(BASE, inputs=(replace(TRAY, level=replace(TRAY.level, quality=Quality.STEP)),)),
}
LATER = {
    "a level": film(replace(FILM.level, level=49)),
    "a percentage": film(replace(FILM.level, percent=24.5)),
    "a capacity": film(replace(FILM.level, capacity=210)),
    "a raw level": film(replace(FILM.level, raw=RawLevel(49, 200))),
    "a tray's level": replace(BASE, inputs=(replace(TRAY, level=replace(TRAY.level, level=399)),)),
    "a counter": replace(BASE, counters=(Counter(1, 101, Unit.IMPRESSIONS),)),
}
NEVER = {
    "uptime": replace(BASE, uptime_s=99.0),
    "a counter that nobody chose": replace(BASE, counters=(*BASE.counters, Counter(2, 7, Unit.SHEETS))),
}


@pytest.mark.parametrize(
    ("now", "shown_at"),
    [
        *(pytest.param(report, [0, 5], id=name) for name, report in AT_ONCE.items()),
        *(pytest.param(report, [0, 60], id=name) for name, report in LATER.items()),
        *(pytest.param(report, [0], id=name) for name, report in NEVER.items()),
    ],
)
def test_what_is_shown_at_once_within_the_minute_and_not_for_its_own_sake(now: Report, shown_at: list[float]) -> None:
    """One thing changes at 5 s and stays so: shown at 5 s if a person would look at it, at 60 s if it only counts."""
    site = Site()
    site.says(0, BASE)
    for second in range(5, 200, 5):
        site.says(second, now)
    assert site.shown_at() == shown_at


def test_levels_are_shown_once_a_minute_and_the_last_is_not_lost() -> None:
    """A tray runs down from 5 s to 30 s, then stands still: the view of 60 s shows the last level, and is the last."""
    site = Site()
    site.says(0, level(500))
    for second in range(5, 300, 5):
        site.says(second, level(max(494, 500 - second // 5)))
    assert site.shown_at() == [0, 60]
    assert sheets(site) == 494


def test_a_level_that_changes_again_within_the_minute_is_shown_with_the_next() -> None:
    """Changes at 61 s and 119 s: shown at 65 s, the first poll a minute after the last view, and at 125 s."""
    site = Site()
    site.says(0, level(500))
    for second in range(5, 300, 5):
        site.says(second, level(500 - (second >= 61) - (second >= 119)))
    assert site.shown_at() == [0, 65, 125]
    assert sheets(site) == 498


def test_a_level_is_shown_with_the_next_change_of_state() -> None:
    """The level of 10 s is in the view of the jam at 15 s, so the minute begins anew there."""
    site = Site()
    for second, report in ((0, level(500)), (10, level(499)), (15, replace(level(499), faults=(JAM,)))):
        site.says(second, report)
    for second in range(20, 300, 5):
        site.says(second, replace(level(498), faults=(JAM,)))
    assert site.shown_at() == [0, 15, 75]


def test_a_level_heard_last_before_a_silence_is_still_shown() -> None:
    """The level of 5 s is in the view that shows the line stale, at 10 s."""
    site = Site()
    site.says(0, level(500))
    site.says(5, level(499))
    site.silent(10)
    assert site.shown_at() == [0, 10]
    assert sheets(site) == 499


def test_uptime_alone_is_not_shown() -> None:
    """An idle machine whose uptime counts on is shown once: its view holds as long as the heartbeat does not object."""
    site = Site()
    for second in range(0, 600, 5):
        site.says(second, replace(IDLE, uptime_s=second + 0.5))
    assert site.shown_at() == [0]


def test_counts_are_told_once_a_minute_with_what_was_made() -> None:
    """First sight 1000 at 0 s, one made every 5 s: the first is told at once, then twelve a minute."""
    site = Site()
    for second in range(0, 200, 5):
        site.says(second, count(1000 + second // 5))
    assert counts(site) == [(5, 1, 1001), (65, 12, 1013), (125, 12, 1025), (185, 12, 1037)]
    assert [event.data["over_s"] for event in site.events if event.type.endswith("counted.v1")] == [None, 60, 60, 60]


def test_the_last_document_of_a_batch_is_told_though_nothing_moves_afterwards() -> None:
    """Three made at 5 s, 10 s and 15 s, then the machine stands still: all are told by 65 s, and nothing after that."""
    site = Site()
    site.says(0, count(100))
    for second in range(5, 400, 5):
        site.says(second, count(min(103, 100 + second // 5)))
    assert counts(site) == [(5, 1, 101), (65, 2, 103)]


def test_the_last_document_is_told_though_the_machine_falls_silent() -> None:
    """Made at 5 s and 10 s, silent from 15 s on: the second is told a minute after the first."""
    site = Site()
    for second in (0, 5, 10):
        site.says(second, count(100 + second // 5))
    for second in range(15, 90, 5):
        site.silent(second)
    assert counts(site) == [(5, 1, 101), (65, 1, 102)]


def test_progress_alone_shows_the_state_once_a_minute() -> None:
    """A machine that works steadily for three minutes: a count a minute and a view a minute, each with its total."""
    site = Site()
    for second in range(0, 185, 5):
        site.says(second, count(1000 + second // 5))
    assert site.shown_at() == [0, 60, 120, 180]
    assert total(site) == 1036


def test_the_first_sight_of_a_counter_is_no_production() -> None:
    """1000 at first sight were made before anybody looked: nothing is counted until the counter moves."""
    site = Site()
    for second in range(0, 200, 5):
        site.says(second, count(1000))
    assert counts(site) == []
    assert total(site) == 1000


def test_documents_are_counted_as_documents() -> None:
    """Two impressions a document, one impression every 5 s: six documents a minute, and no half one."""
    site = Site(counting(PRINTER, "main", per_document=2))
    for second in range(0, 150, 5):
        site.says(second, count(1001 + second // 5))
    assert counts(site) == [(5, 1, 501), (65, 6, 507), (125, 6, 513)]


def test_a_reset_counter_is_not_counted() -> None:
    """105 at 65 s, 0 at 130 s, 4 at 195 s: five and four were made."""
    site = Site()
    for second, value in ((0, 100), (65, 105), (130, 0), (195, 4), (260, 4)):
        site.says(second, count(value))
    assert counts(site) == [(65, 5, 105), (195, 4, 109)]


def test_another_machine_s_count_is_not_production_but_the_old_one_s_is() -> None:
    """Three made by A and held back, then B shows 900 000 and makes two: three are told at once, then two."""
    site = Site()
    for second, report in ((0, count(500, "A")), (5, count(501, "A")), (10, count(504, "A"))):
        site.says(second, report)
    site.says(15, count(900_000, "B"))
    for second in (20, 65, 70, 125, 130):
        site.says(second, count(900_002, "B"))
    assert counts(site) == [(5, 1, 501), (15, 3, 504), (75, 2, 900_002)]


def test_a_restart_neither_loses_nor_repeats_a_count() -> None:
    """One every 5 s; the process dies after every single poll: made adds up, and still once a minute."""
    site = Site()
    for second in range(0, 200, 5):
        site.restarts()
        site.says(second, count(1000 + second // 5))
    assert counts(site) == [(5, 1, 1001), (65, 12, 1013), (125, 12, 1025), (185, 12, 1037)]


def test_what_was_made_while_the_daemon_was_down_is_counted() -> None:
    """Down from 10 s to 3600 s: the 50 made meanwhile are counted at the first answer, over the time since the last."""
    site = Site()
    site.says(0, count(100))
    site.says(5, count(101))
    site.restarts()
    site.says(3605, count(151))
    assert counts(site) == [(5, 1, 101), (3605, 50, 151)]
    assert site.told("counted")[-1]["over_s"] == 3600


def test_a_count_held_back_outlives_a_restart_without_progress() -> None:
    """Told at 5 s, two more at 10 s, a fault at 12 s, restart: the two are told though the counter stands still."""
    site = Site()
    for second, value in ((0, 100), (5, 101), (10, 103)):
        site.says(second, count(value))
    site.says(12, replace(count(103), faults=(JAM,)))
    site.restarts()
    for second in (60, 64, 65, 70):
        site.says(second, count(103))
    assert counts(site) == [(5, 1, 101), (65, 2, 103)]


def test_a_crash_and_a_reset_within_a_minute_lose_only_that_minute() -> None:
    """Two made at 10 s and held back, a crash, and meanwhile the counter is reset: nobody can know of the two."""
    site = Site()
    for second, value in ((0, 100), (5, 101), (10, 103)):
        site.says(second, count(value))
    site.restarts()
    for second, value in ((65, 0), (70, 4)):
        site.says(second, count(value))
    assert counts(site) == [(5, 1, 101), (70, 4, 105)]


def test_a_reset_just_before_a_restart_is_remembered() -> None:
    """The counter falls to 0 at 65 s, restart, 4 at 130 s: the four were made after the reset."""
    site = Site()
    for second, value in ((0, 100), (65, 0)):
        site.says(second, count(value))
    site.restarts()
    site.says(130, count(4))
    assert counts(site) == [(130, 4, 104)]


def test_a_wall_clock_set_back_by_years_holds_no_count_back() -> None:
    """After a reboot the clock is 10 000 s behind: the next document is counted all the same."""
    site = Site()
    site.says(20_000, count(100))
    site.says(20_005, count(101))
    site.reboots(10_000)
    site.says(10_005, count(102))
    assert [made for _, made, _ in counts(site)] == [1, 1]


def test_settings_that_name_another_counter_count_nothing() -> None:
    """After a restart another marker counts and shows 900: no event, and progress from there."""
    site = Site()
    site.says(0, count(100))
    site.restarts(counting(PRINTER, "main", marker=2))
    site.says(65, count(900, marker=2))
    site.says(70, count(901, marker=2))
    assert counts(site) == [(70, 1, 901)]


def test_what_every_start_shows_first() -> None:
    """Before anything is heard: the inventories, and each machine as the last run knew it; then only changes."""
    site = Site()
    site.says(0, level(500))
    site.restarts()
    views = site.begin(at(60)).views
    assert [view.topic for view in views] == ["inventory", "inventory/prn1", "state/prn1", "kpi"]
    assert views[2].data is not None
    assert (views[2].data["contact"], views[2].data["state"]) == ("awaited", "idle")
    assert views[2].data["observed_at"] == "2026-05-28T20:26:40.000Z"
    outcome = site.step(Observation("prn1", "main", at(61), heard=level(499)))
    assert len(outcome.views) == 1
    assert site.monitor.step(Observation("prn1", "main", at(62), heard=level(498))).views == ()


def test_a_machine_exchanged_for_one_that_counts_nothing_is_not_looked_at_for_ever() -> None:
    """Two made by A are held back when B comes, which tells no counter: told at once, and nothing more is due."""
    site = Site()
    for second, value in ((0, 500), (5, 501), (10, 503)):
        site.says(second, count(value, "A"))
    site.says(15, Report(state=State.PROCESSING, identity=Identity(serial="B")))
    assert counts(site) == [(5, 1, 501), (15, 2, 503)]
    site.time_passes(200)
    due = site.monitor.due()
    assert due is not None
    assert due > at(200).mono


def test_what_is_held_back_is_told_in_the_unit_it_was_made_in() -> None:
    """Four impressions are held back when the settings say at 12 s that a document takes two: they stay impressions."""
    site = Site()
    for second, value in ((0, 100), (5, 101), (10, 105)):
        site.says(second, count(value))
    site.reloads(12, counting(PRINTER, "main", per_document=2))
    for second, value in ((15, 107), (100, 107)):
        site.says(second, count(value))
    told = [(each["made"], each["unit"]) for each in site.told("counted")]
    assert told == [(1, "impressions"), (4, "impressions"), (1, "documents")]


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_what_a_machine_made_last_is_told_when_it_is_taken_out(how: str) -> None:
    """Three are held back when the machine is taken out of the settings: told before that is."""
    site = Site(PRINTER, replace(PRINTER, id="prn2"))
    for second, value in ((0, 100), (5, 101), (10, 104)):
        site.says(second, count(value), "prn2")
    told = len(site.events)
    if how == "reload":
        site.reloads(12, PRINTER)
    else:
        site.ends(12)
        site.restarts(PRINTER)
        site.time_passes(13)
    assert kinds(site.events[told:]) == ["counted", "settings"]
    assert site.told("counted")[-1]["made"] == 3


def test_an_orderly_end_keeps_what_was_held_back() -> None:
    """Two held back, the office is switched off, and the counter begins at 0 the next morning: the two are told."""
    site = Site()
    for second, value in ((0, 100), (5, 101), (10, 103)):
        site.says(second, count(value))
    site.ends(12)
    site.reboots(50_000)
    site.says(50_010, count(0))
    assert counts(site) == [(5, 1, 101), (50_010, 2, 103)]


@pytest.mark.parametrize("how", ["reload", "restart"])
@pytest.mark.parametrize(("serial", "made"), [(None, [1]), ("A", [1, 49_899])])
def test_at_another_address_only_a_serial_number_proves_the_same_machine(
    how: str, serial: str | None, made: list[int]
) -> None:
    """The settings name another address, and a count of 50 000 is read there: nobody saw that being made."""
    site = Site()
    for second, value in ((0, 100), (65, 101)):
        site.says(second, count(value, serial))
    moved = replace(PRINTER, sources=(replace(PRINTER.sources[0], url="snmp://192.0.2.99"),))
    if how == "reload":
        site.reloads(70, moved)
    else:
        site.restarts(moved)
    for second in (75, 140):
        site.says(second, count(50_000, serial))
    assert [each["made"] for each in site.told("counted")] == made


def test_a_unit_that_is_learnt_late_is_shown_in_the_inventory() -> None:
    """The counter has no unit at first, and impressions later, with nothing else changed."""
    site = Site()
    site.says(0, count(100, unit=None))
    outcome = site.step(Observation("prn1", "main", at(5), heard=count(100)))
    assert [view.topic for view in outcome.views] == ["inventory/prn1"]
    assert outcome.records
