"""Walks that nobody recorded: what the standards allow and what devices are known to do with it.

Each walk is written here as its machine would answer; what must be made of it follows from RFC 2790, RFC 3805 and
RFC 3806, and from the oddities noted with the captures.
"""

import pytest

from fleetmon.errors import GarbledReply
from fleetmon.model.report import Counter, Level, Notice, RawLevel
from fleetmon.model.words import Actor, Quality, Severity, State, SupplyClass, SupplyKind, Unit

from .hearing import published
from .walks import alert, only_fault, printer, report, supply

# --- error bits


@pytest.mark.parametrize(
    ("bits", "names"),
    [
        ("", []),
        ("00", []),
        ("0000", []),
        ("000000", []),
        ("20", ["lowToner"]),
        ("2000", ["lowToner"]),
        ("0080", ["inputTrayMissing"]),
        ("0040", ["outputTrayMissing"]),
        ("0020", ["markerSupplyMissing"]),
        ("0010", ["outputNearFull"]),
        ("0008", ["outputFull"]),
        ("0004", ["inputTrayEmpty"]),
        ("0002", ["overduePreventMaint"]),
        ("0001", ["bit 15"]),
        ("000001", ["bit 23"]),
        ("ff", "lowPaper noPaper lowToner noToner doorOpen jammed offline serviceRequested".split()),
    ],
)
def test_bit_0_is_the_most_significant_of_the_first_octet(bits: str, names: list[str]) -> None:
    """Octets that were not sent say nothing; a bit without a name keeps its number."""
    found = {code for fault in report(printer(1, 3, bits)).faults for code in fault.codes}
    assert found == {*names}


def test_what_two_bits_say_of_one_need_is_one_fault_at_its_worst() -> None:
    """noPaper and inputTrayEmpty are both empty media; every bit's name is kept."""
    assert only_fault(report(printer(1, 5, "4004"))).codes == ("noPaper", "inputTrayEmpty")


def test_an_error_state_of_the_wrong_type_is_no_error_state() -> None:
    """An INTEGER where octets belong is not read as bits."""
    heard = report(printer(bits=None), "25.3.5.1.2.1|2|64")
    assert (heard.faults, heard.state) == ((), State.IDLE)


# --- state


@pytest.mark.parametrize(
    ("status", "device_status", "bits", "state", "asleep"),
    [
        (3, 2, "00", State.IDLE, False),
        (4, 2, "00", State.PROCESSING, False),
        (5, 2, "00", State.PROCESSING, False),
        (4, 3, "80", State.PROCESSING, False),
        (1, 2, "00", State.IDLE, True),
        (1, 5, "01", State.STOPPED, False),
        (3, 5, "00", State.STOPPED, False),
        (4, 5, None, State.STOPPED, False),
        (3, 2, "04", State.STOPPED, False),
        (3, 2, "08", State.STOPPED, False),
        (1, 5, "02", State.STOPPED, False),
        (2, 1, "00", State.UNKNOWN, False),
        (1, 1, "00", State.UNKNOWN, False),
        (3, None, None, State.IDLE, False),
        (None, 2, "00", State.UNKNOWN, False),
        (None, 5, None, State.STOPPED, False),
        (None, None, "04", State.STOPPED, False),
        (None, None, None, State.UNKNOWN, False),
        (77, 99, "00", State.UNKNOWN, False),
    ],
)
def test_the_worst_word_is_the_state(
    status: int | None, device_status: int | None, bits: str | None, state: State, asleep: bool
) -> None:
    """No combination of the RFC's table is trusted, and silence about the state is unknown, not idle."""
    heard = report(printer(status, device_status, bits))
    assert (heard.state, heard.asleep) == (state, asleep)


def test_a_critical_row_stops_an_idle_printer() -> None:
    """The alert table counts as much as the two status objects."""
    assert report(printer(), alert(1, severity=3, group=8, group_index=2, code=808)).state is State.STOPPED


# --- which printer


LAMINATING = printer(1, 5, "04", device=4).replace("Acme 9000", "Acme laminator")
TWO_PRINTERS = "\n".join((printer(3, 2, device=1), LAMINATING, supply(device=4, level=3)))


def test_an_agent_of_two_printers_needs_to_be_told_which() -> None:
    """The refusal names both, so that a person can copy the number into the settings."""
    with pytest.raises(GarbledReply, match=r"device = N: 1 \(Acme 9000\), 4 \(Acme laminator\)"):
        report(*_distinct(TWO_PRINTERS))


def test_each_of_two_printers_is_heard_by_itself() -> None:
    """State, model, supplies and faults are those of the device that was asked for."""
    first, second = (report(*_distinct(TWO_PRINTERS), device=device) for device in (1, 4))
    assert (first.state, first.identity.model, len(first.supplies), first.faults) == (State.IDLE, "Acme 9000", 0, ())
    assert (second.state, second.identity.model, len(second.supplies)) == (State.STOPPED, "Acme laminator", 1)
    assert only_fault(second).reason == "media-jam"


def test_a_device_that_is_not_there_is_refused_with_those_that_are() -> None:
    """A typing mistake in the settings must not read as a healthy silent machine."""
    with pytest.raises(GarbledReply, match=r"no printer has device = 2; the agent speaks for 1 \(Acme 9000\)"):
        report(printer(), device=2)


def _distinct(lines: str) -> list[str]:
    """The lines without those that two printers share."""
    return list(dict.fromkeys(lines.split("\n")))


def test_the_index_of_the_printer_may_be_any() -> None:
    """hrDeviceIndex 1025: other devices of the agent come before it, and column 1 disagrees with the row."""
    heard = report(
        "25.3.2.1.1.1|2|0",
        "25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.3",
        "25.3.2.1.3.1|4|a processor",
        "25.3.2.1.5.1|2|5",
        "25.3.2.1.1.1025|2|1",
        printer(4, 2, device=1025),
        supply(device=1025, level=4),
    )
    assert (heard.state, heard.identity.model, len(heard.supplies)) == (State.PROCESSING, "Acme 9000", 1)


def test_printer_mib_rows_under_another_index_belong_to_the_only_printer() -> None:
    """RFC 3805 indexes its tables by hrDeviceIndex; an agent that counts otherwise still has one printer only."""
    heard = report(
        printer(3, 2, device=3).replace("43.5.1.1.1.3", "43.5.1.1.1.1"),
        "43.10.2.1.4.1.1|65|12",
        supply(level=40, capacity=50),
        alert(1, severity=3, group=6, group_index=1, code=3),
    )
    assert (heard.state, heard.identity.model) == (State.STOPPED, "Acme 9000")
    assert (len(heard.supplies), heard.counters) == (1, (Counter(1, 12),))
    assert only_fault(heard).reason == "cover-open"


def test_rows_without_any_device_are_enough() -> None:
    """A fragment that holds nothing but an alert table is decoded, its state unknown unless a row stops it."""
    heard = report(alert(7, severity=5, group=11, group_index=2, code=1104, text="Toner low"))
    assert (heard.state, only_fault(heard).reason) == (State.UNKNOWN, "toner-low")


# --- alert rows


def test_a_row_s_group_and_training_tell_part_and_actor() -> None:
    """RFC 3805 PrtAlertGroupTC and PrtAlertTrainingLevelTC; prtAlertTime is when it began."""
    fault = only_fault(
        report(
            printer(),
            alert(2**31 - 1, severity=5, training=5, group=10, group_index=2, code=1002, time="67|300000", text="hot"),
        )
    )
    assert (fault.reason, fault.part, fault.actor, fault.text) == (
        "fuser-over-temp",
        "marker-2",
        Actor.TECHNICIAN,
        "hot",
    )
    assert (fault.severity, fault.codes, fault.age_s) == (Severity.WARNING, ("1002",), 600.0)


@pytest.mark.parametrize("time", ["67|0", "2|0", "67|360001", "2|-5", "4|soon", "5|"])
def test_an_unbelievable_beginning_is_no_beginning(time: str) -> None:
    """0, a time to come and what is no number leave the onset to us."""
    assert only_fault(report(printer(), alert(1, severity=3, group=6, code=3, time=time))).age_s is None


def test_an_integer_clock_is_a_clock() -> None:
    """Some agents send sysUpTime and prtAlertTime as INTEGER."""
    walk = printer().replace("1.3.0|67|", "1.3.0|2|")
    heard = report(walk, alert(1, severity=3, group=6, code=3, time="2|350000"))
    assert (heard.uptime_s, only_fault(heard).age_s) == (3600.0, 100.0)


@pytest.mark.parametrize("uptime", ["2|-360000", "70|18446744073709551615", "4|one hour"])
def test_a_clock_that_is_none_tells_no_time(uptime: str) -> None:
    """sysUpTime has 32 bits (RFC 3418); what cannot be one dates nothing."""
    heard = report(printer().replace("1.3.0|67|360000", f"1.3.0|{uptime}"), alert(1, severity=3, code=3, time="67|5"))
    assert (heard.uptime_s, only_fault(heard).age_s) == (None, None)


@pytest.mark.parametrize("severity", [0, 1, 2, 4, 6, 255, -1])
def test_only_critical_and_binary_warning_rows_are_faults(severity: int) -> None:
    """What is neither is mentioned with its code, and holds nothing open."""
    heard = report(printer(), alert(1, severity=severity, group=8, group_index=1, code=808, text="Tray 1 empty"))
    assert (heard.faults, heard.state) == ((), State.IDLE)
    assert heard.notices == (Notice("808", "media-empty", _notice_severity(severity), "Tray 1 empty"),)


def _notice_severity(severity: int) -> Severity:
    return Severity.WARNING if severity == 4 else Severity.REPORT


def test_a_row_without_severity_weighs_what_its_code_weighs() -> None:
    """A fragment that lacks the column: a jam is an error, low media a warning, `other` only a notice."""
    rows = (alert(1, group=13, code=8), alert(2, group=8, code=807), alert(3, code=1, text="Ready"))
    heard = report(printer(), *rows)
    assert {(f.reason, f.severity) for f in heard.faults} == {
        ("media-path-jam", Severity.ERROR),
        ("media-low", Severity.WARNING),
    }
    assert heard.notices == (Notice("1", "other", Severity.REPORT, "Ready"),)


def test_a_row_of_zeroes_is_no_alert() -> None:
    """Critical, and yet nothing: agents fill an empty table so."""
    heard = report(printer(), alert(1, severity=3, group=0, group_index=0, code=0, text=""))
    assert (heard.faults, heard.notices, heard.state) == ((), (), State.IDLE)


def test_code_0_with_words_is_kept() -> None:
    """The words are all there is, so they are not lost."""
    fault = only_fault(report(printer(), alert(1, severity=3, group=5, code=0, text="Call the dealer")))
    assert (fault.reason, fault.codes, fault.text) == ("other", ("0",), "Call the dealer")


@pytest.mark.parametrize("code", [99999, -1, 2**31 - 1, 39, 30239])
def test_an_unknown_code_is_other_with_its_number(code: int) -> None:
    """Never dropped, never guessed."""
    fault = only_fault(report(printer(), alert(1, severity=3, group=10, group_index=1, code=code, text="E-77")))
    assert (fault.reason, fault.codes, fault.text, fault.part) == ("other", (str(code),), "E-77", "marker-1")
    assert fault.severity is Severity.ERROR


def test_two_unknown_codes_of_one_part_are_both_kept() -> None:
    """One fault (its identity is reason and part), both codes, both texts."""
    rows = [alert(n, severity=5, group=10, group_index=1, code=90000 + n, text=f"E{n}") for n in (1, 2)]
    fault = only_fault(report(printer(), *rows))
    assert (fault.codes, fault.text) == (("90001", "90002"), "E1; E2")


@pytest.mark.parametrize("code", [4, 6, 19, 23, 25, 502, 503, 507, 1801])
def test_the_end_of_something_is_no_fault(code: int) -> None:
    """Closed covers, power-up and power saving are said in the table of alerts, even as critical."""
    heard = report(printer(), alert(1, severity=3, group=5, code=code))
    assert heard.faults == ()
    assert [notice.code for notice in heard.notices] == [str(code)]


def test_rows_with_gaps_in_any_order_are_all_read() -> None:
    """prtAlertIndex starts anywhere; a walk is in the order of the columns, not of the rows."""
    rows = [
        alert(index, severity=5, group=8, group_index=n, code=807) for n, index in enumerate((61, 2, 1857), start=1)
    ]
    assert {fault.part for fault in report(printer(), *rows).faults} == {"input-1", "input-2", "input-3"}


def test_a_row_of_nothing_but_an_index_says_nothing() -> None:
    """A cut walk may hold column 1 only: that is a row, but no alert that anybody could name."""
    heard = report(printer(), "43.18.1.1.1.1.5|2|5")
    assert (heard.faults, heard.state) == ((), State.IDLE)


def test_rows_of_wrong_types_are_nobody_s_fault() -> None:
    """Texts where numbers belong and the other way round are absent, not invented."""
    heard = report(printer(), "43.18.1.1.2.1.5|4|critical", "43.18.1.1.7.1.5|4|jam", "43.18.1.1.8.1.5|2|8")
    assert (heard.faults, heard.state) == ((), State.IDLE)
    assert [notice.code for notice in heard.notices] in ([], [""])


@pytest.mark.parametrize(
    "rows",
    [
        alert(347, severity=1, group=5, group_index=-1, code=23, location=35078, text="启用睡眠模式"),
        alert(1, severity=255, training=255, group=255, group_index=255, code=-1, location=40000, text="Sleep"),
        "43.10.2.1.15.1.1|2|2\n43.10.2.1.15.1.2|2|2",
    ],
)
def test_sleep_is_said_in_many_ways(rows: str) -> None:
    """Code subunitPowerSaver, PJL status 40000 as location, or every marker on standby: asleep, and nothing wrong."""
    heard = report(printer(3, 2), rows)
    assert (heard.asleep, heard.state, heard.faults) == (True, State.IDLE, ())
    assert not report(printer(3, 2), "43.10.2.1.15.1.1|2|2\n43.10.2.1.15.1.2|2|0").asleep


@pytest.mark.parametrize(
    ("severity", "text", "reason"),
    [
        (3, "Main roll path out of paper", "media-empty"),
        (5, "Booklet jam in feeder", "media-jam"),
        (None, "Main roll path out of paper", "media-empty"),
        (4, "Main roll path out of paper", None),
        (1, "Main roll path out of paper", None),
        (3, "Ready for paper", "other"),
        (None, "Ready for paper", None),
    ],
)
def test_words_count_where_the_code_is_vague(severity: int | None, text: str, reason: str | None) -> None:
    """A driver may map texts of code other(1), but what the machine calls a state text stays a notice."""
    columns = {"severity": severity, "group": 8, "code": 1}
    heard = report(printer(), alert(1, text=text, **{k: v for k, v in columns.items() if v is not None}))
    assert [fault.reason for fault in heard.faults] == ([reason] if reason else [])
    assert [notice.text for notice in heard.notices] == ([] if reason else [text])


def test_words_do_not_overrule_a_plain_code() -> None:
    """The code says jam; that the text speaks of paper changes nothing."""
    fault = only_fault(report(printer(), alert(1, severity=3, group=13, code=8, text="out of paper path")))
    assert fault.reason == "media-path-jam"


# --- one thing said twice


def test_a_bit_is_absorbed_by_the_row_that_says_more() -> None:
    """noPaper and a row 808 of input 2 are one fault, with part, text and both codes."""
    heard = report(printer(1, 5, "40"), alert(1, severity=3, training=3, group=8, group_index=2, code=808, text="Load"))
    fault = only_fault(heard)
    assert (fault.reason, fault.part, fault.codes) == ("media-empty", "input-2", ("808", "noPaper"))


@pytest.mark.parametrize("bits", ["04", "08", "02"])
def test_a_stopping_bit_stops_beside_a_milder_row(bits: str) -> None:
    """The worst word is the state; the fault keeps the severity that the device gave its row."""
    row = {"04": 8, "08": 3, "02": 22}[bits]
    heard = report(printer(3, 3, bits), alert(1, severity=5, group=5, code=row, text="Look here"))
    assert (heard.state, only_fault(heard).severity) == (State.STOPPED, Severity.WARNING)


def test_a_door_without_a_number_is_the_cover_that_is_open() -> None:
    """The row says more, the cover table says which: one fault with both."""
    cover = "43.6.1.1.2.1.2|4|Rear\n43.6.1.1.3.1.2|2|3"
    fault = only_fault(report(printer(1, 5), cover, alert(1, severity=3, group=5, code=501, text="Close the door")))
    assert (fault.reason, fault.part, fault.codes) == ("door-open", "cover-2", ("501", "coverOpen"))
    assert fault.text == "Close the door"


@pytest.mark.parametrize("bits", ["00", "08"])
def test_an_open_cover_is_told_with_or_without_its_bit(bits: str) -> None:
    """PrtCoverStatusTC coverOpen(3) and interlockOpen(5); closed ones, 4 and 6, say nothing."""
    covers = "43.6.1.1.2.1.1|4|Front\n43.6.1.1.3.1.1|2|3\n43.6.1.1.3.1.2|2|4\n43.6.1.1.3.1.3|2|6"
    fault = only_fault(report(printer(1, 5, bits), covers))
    assert (fault.reason, fault.text, fault.severity) == ("cover-open", "Front", Severity.ERROR)
    assert "coverOpen" in fault.codes


def test_two_open_covers_are_two_faults() -> None:
    """A row for one cover does not hide that another one is open too: somebody must close both."""
    covers = "43.6.1.1.2.1.1|4|Front\n43.6.1.1.3.1.1|2|3\n43.6.1.1.2.1.2|4|Rear\n43.6.1.1.3.1.2|2|3"
    heard = report(printer(1, 5, "08"), covers, alert(1, severity=3, group=6, group_index=1, code=3, text="Front open"))
    assert {(fault.reason, fault.part) for fault in heard.faults} == {
        ("cover-open", "cover-1"),
        ("cover-open", "cover-2"),
    }


def test_an_open_cover_of_a_running_machine_stops_nothing() -> None:
    """Some doors are meant to be open; the machine says when it is down."""
    heard = report(printer(4, 2), "43.6.1.1.3.1.1|2|3")
    assert (heard.state, only_fault(heard).severity) == (State.PROCESSING, Severity.REPORT)


# --- finishers


def test_finisher_codes_need_no_finisher_table() -> None:
    """30408 is a folder's jam by its number alone: blocks of 100 from 30200, stapler first (IANA-PRINTER-MIB)."""
    fault = only_fault(report(printer(), alert(1, severity=3, group=30, group_index=1, code=30408)))
    assert (fault.reason, fault.part) == ("folder-jam", "finisher-1")


def test_a_generic_code_of_a_finisher_takes_its_device_s_name() -> None:
    """Group finDevice(30), code jam(8): finDeviceType of that index says which finisher."""
    heard = report(printer(), "43.30.1.1.2.1.1|2|4\n43.30.1.1.2.1.2|2|8", *_finisher_rows(code=8))
    assert {(fault.reason, fault.part) for fault in heard.faults} == {
        ("folder-jam", "finisher-1"),
        ("puncher-jam", "finisher-2"),
    }


def _finisher_rows(code: int) -> list[str]:
    return [alert(n, severity=3, group=30, group_index=n, code=code) for n in (1, 2)]


def test_a_generic_code_without_finisher_rows_stays_generic() -> None:
    """Nobody says what kind of finisher it is, so nobody guesses; the class is still a jam's."""
    fault = only_fault(report(printer(), alert(1, severity=3, group=30, group_index=1, code=8)))
    assert (fault.reason, fault.part) == ("media-jam", "finisher-1")
    assert (
        published(report(printer(), alert(1, severity=3, group=30, group_index=1, code=8)))["faults"][0]["class"]
        == "jam"
    )


def test_a_finisher_s_supply_belongs_to_the_device_it_names() -> None:
    """Group finSupply(31) is indexed by finSupplyIndex, which is no finDeviceIndex: column 2 leads to the device."""
    heard = report(
        printer(),
        "43.30.1.1.2.1.1|2|8\n43.30.1.1.2.1.2|2|9",
        "43.31.1.1.2.1.2|2|1\n43.31.1.1.5.1.2|4|Pins",
        alert(1, severity=3, group=31, group_index=2, code=13),
    )
    assert (only_fault(heard).reason, only_fault(heard).part) == ("puncher-empty", "finisher-supply-2")


def test_a_finisher_s_supplies_are_supplies() -> None:
    """RFC 3806 finSupplyTable beside the markers' supplies, each under its own part."""
    heard = report(
        printer(),
        supply(1, kind=3, unit=19, capacity=100, level=5),
        "43.31.1.1.3.1.1|2|3\n43.31.1.1.4.1.1|2|32\n43.31.1.1.5.1.1|4|Staples A\n43.31.1.1.6.1.1|2|18",
        "43.31.1.1.7.1.1|2|5000\n43.31.1.1.8.1.1|2|-3",
    )
    staples = heard.supplies[1]
    assert [each.part for each in heard.supplies] == ["supply-1", "finisher-supply-1"]
    assert (staples.description, staples.supply_class) == ("Staples A", SupplyClass.CONSUMED)
    assert staples.level == Level(Unit.ITEMS, 5000, None, None, Quality.SOME, RawLevel(-3, 5000))


# --- levels


@pytest.mark.parametrize(
    ("unit", "capacity", "level", "percent", "quality"),
    [
        (19, 100, 78, 78.0, "exact"),
        (19, -2, 78, 78.0, "exact"),
        (19, None, 0, 0.0, "exact"),
        (19, -1, 101, None, "exact"),
        (19, 0, 40, 40.0, "exact"),
        (7, 3000, 1, 0.03, "exact"),
        (7, 3000, 3000, 100.0, "exact"),
        (7, 3000, 3001, None, "exact"),
        (7, -2, 40, None, "exact"),
        (7, 0, 0, None, "exact"),
        (7, None, 40, None, "exact"),
        (7, 3000, -1, None, "unlimited"),
        (7, 3000, -2, None, "unknown"),
        (7, 3000, -3, None, "some"),
        (7, 3000, -4, None, "unknown"),
        (7, 3000, None, None, "unknown"),
        (99, 10, 5, 50.0, "exact"),
        (1, 10, 5, 50.0, "exact"),
        (19, -2, -3, None, "some"),
        (None, None, None, None, "unknown"),
    ],
)
def test_a_percentage_is_exact_or_absent(
    unit: int | None, capacity: int | None, level: int | None, percent: float | None, quality: str
) -> None:
    """-1, -2 and -3 are no levels, a level above its maximum is no share of it; the raw numbers always stand."""
    columns = {"unit": unit, "capacity": capacity, "level": level}
    told = published(report(printer(), supply(kind=3, **{k: v for k, v in columns.items() if v is not None})))
    found = told["supplies"][0]
    assert (found["percent"], found["quality"]) == (percent, quality)
    assert found["raw"] == {"level": level, "capacity": capacity}
    assert found["level"] == (level if level is not None and level >= 0 else None)
    assert found["capacity"] == (capacity if capacity is not None and capacity > 0 else None)


@pytest.mark.parametrize("number", [0, 10, 20, 99, -1])
def test_a_unit_outside_the_enumeration_is_no_unit(number: int) -> None:
    """Ten is a gap in PrtMarkerSuppliesSupplyUnitTC, and what is beyond 19 nobody defined."""
    assert report(printer(), supply(unit=number, level=1)).supplies[0].level.unit is None


def test_levels_of_wrong_types_are_absent() -> None:
    """A level told as text is no level: not even 0."""
    row = "43.11.1.1.8.1.1|4|100\n43.11.1.1.9.1.1|4|50"
    assert report(printer(), row).supplies[0].level == Level()


def test_inputs_are_read_like_supplies() -> None:
    """prtInputName before prtInputDescription; -3 is at least one sheet."""
    rows = "43.8.2.1.8.1.7|2|8\n43.8.2.1.9.1.7|2|250\n43.8.2.1.10.1.7|2|-3\n43.8.2.1.18.1.7|4|Cassette"
    slot = report(printer(), rows).inputs[0]
    assert (slot.part, slot.description, slot.level.quality) == ("input-7", "Cassette", Quality.SOME)
    assert (slot.level.capacity, slot.level.level, slot.level.percent) == (250, None, None)


@pytest.mark.parametrize(
    ("text", "colorant", "colour"),
    [
        ("Black Toner", "cyan", "black"),
        ("TK-1162", "black\0", "black"),
        ("TK-1162", "unknown", None),
        ("Tri-colored ink cartridge", None, None),
        ("Light Cyan ink", None, "light cyan"),
        ("Cyan/Magenta/Yellow drum", None, None),
        ("Powdered film, registered", "red", "red"),
        ("Lamin\u00e9 CLEAR patch", None, "clear"),
    ],
)
def test_a_colour_is_one_that_is_named(text: str, colorant: str | None, colour: str | None) -> None:
    """A colour in the description beats the colorant table; 'red' inside another word, or three colours, are none."""
    rows = [f"43.12.1.1.4.1.1|4x|{colorant.encode().hex()}"] if colorant else []
    found = report(printer(), supply(text=text, colorant=1, kind=21), *rows).supplies[0]
    assert found.colour == colour


# --- counters


@pytest.mark.parametrize(
    ("value", "total"),
    [
        ("65|8195", 8195),
        ("2|8195", 8195),
        ("70|18446744073709551615", 2**64 - 1),
        ("2|0", 0),
        ("2|-5", None),
        ("4|12", None),
    ],
)
def test_a_life_count_is_a_number_from_0_on(value: str, total: int | None) -> None:
    """Counter32, INTEGER and Counter64 all count; a negative one or a text does not, and is not 0 either."""
    told = published(report(printer(), f"43.10.2.1.4.1.1|{value}", "43.10.2.1.3.1.1|2|8"))
    produced = told["counters"]["produced"]
    assert produced == (None if total is None else {"total": total, "unit": "sheets"})


def test_markers_are_never_added_up() -> None:
    """Two markers are two counters, lowest first."""
    heard = report(printer(), "43.10.2.1.4.1.3|65|7\n43.10.2.1.4.1.1|65|5\n43.10.2.1.3.1.3|2|7")
    assert heard.counters == (Counter(1, 5), Counter(3, 7, Unit.IMPRESSIONS))


# --- texts


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("启用睡眠模式".encode(), "启用睡眠模式"),
        ("Tür öffnen".encode("latin-1"), "Tür öffnen"),
        (b"Black Cartridge 507A HP CE400A\0", "Black Cartridge 507A HP CE400A"),
        (b"Paper\0\xff\xff\xff", "Paper"),
        (b"Bereitschafts-\nmodus ein", "Bereitschafts-modus ein"),
        (b"  Ready\r\n   ", "Ready"),
        (b"\x01\x02\x1b[31mred", "[31mred"),
        (b"x" * 5000, "x" * 256),
        (b"\0\0\0", None),
        (b"   ", None),
        (b"", None),
    ],
)
def test_texts_come_through_clean(octets: bytes, text: str | None) -> None:
    """UTF-8, else Latin-1; cut at the NUL, without control characters, at most 256 characters."""
    row = f"43.18.1.1.2.1.1|2|3\n43.18.1.1.7.1.1|2|8\n43.18.1.1.8.1.1|4x|{octets.hex()}"
    heard = report(printer(), row, f"43.16.5.1.2.1.1|4x|{octets.hex()}", f"43.11.1.1.6.1.1|4x|{octets.hex()}")
    assert only_fault(heard).text == text
    assert heard.console == ((text,) if text else ())
    assert heard.supplies[0].description == text


def test_a_console_line_that_is_no_text_is_no_line() -> None:
    """A number where octets belong is not shown to anybody as what the panel says."""
    assert report(printer(), "43.16.5.1.2.1.1|2|5\n43.16.5.1.2.1.2|6|1.3.6.1").console == ()


# --- a laminator


LAMINATOR = (
    "1.1.0|4|Lamitec PL-300 passport laminator",
    "1.2.0|6|1.3.6.1.4.1.99999.1",
    "1.3.0|67|360000",
    "25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5\n25.3.2.1.3.1|4|Lamitec PL-300\n25.3.2.1.5.1|2|5\n25.3.5.1.1.1|2|1",
    "25.3.5.1.2.1|4x|01",
    "43.5.1.1.17.1|4|LX-0042 ",
    "43.10.2.1.3.1.1|2|18\n43.10.2.1.4.1.1|65|48211",
    supply(1, text="Upper laminate film roll 300 m", kind=1, klass=3, unit=17, capacity=300, level=12),
    supply(2, text="Holographic overlay foil", kind=30, klass=3, unit=18, capacity=1000, level=-3),
    supply(3, text="Laminator cleaning roller", kind=1, klass=3, unit=7, capacity=5000, level=4100),
    supply(4, text="Waste liner bin", kind=26, klass=4, unit=19, level=35),
    alert(1, severity=3, training=3, group=11, group_index=1, code=1, text="Laminate film empty (upper)"),
)


def test_a_laminator_whose_film_is_named_only_in_words() -> None:
    """No standard type exists for film: the driver's rules on words tell the kinds, and what an `other` row means."""
    heard = report(*LAMINATOR)
    assert [each.kind for each in heard.supplies] == [
        SupplyKind.LAMINATE,
        SupplyKind.HOLOGRAM_FOIL,
        SupplyKind.PART_LIFE,
        SupplyKind.WASTE,
    ]
    assert heard.supplies[3].supply_class is SupplyClass.FILLED
    assert [each.level.percent for each in heard.supplies] == [4.0, None, 82.0, 35.0]
    assert (heard.identity.model, heard.identity.serial) == ("Lamitec PL-300", "LX-0042")
    assert heard.counters == (Counter(1, 48211, Unit.ITEMS),)
    row = next(fault for fault in heard.faults if "1" in fault.codes)
    assert (row.reason, row.severity, row.part) == ("laminator-supply-empty", Severity.ERROR, "supply-1")
    assert (row.text, heard.state) == ("Laminate film empty (upper)", State.STOPPED)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Laminate film (upper)", "laminate"),
        ("Lamination film roll, 300 m", "laminate"),
        ("Overlaminate patch", "laminate"),
        ("Laminator cleaning roller", "part-life"),
        ("Laminate waste bin", "waste"),
        ("Holographic overlay", "hologram-foil"),
        ("HoloPatch foil", "hologram-foil"),
        ("Hot stamping foil gold", "hologram-foil"),
        ("Halogen lamp", "other"),
        ("Retransfer film", "transfer-film"),
        ("Transfer Roller", "part-life"),
        ("YMCKO ribbon", "ribbon"),
        ("Ribbon roller", "part-life"),
        ("Passport booklets", "blank-media"),
        ("Black Toner Cartridge", "toner"),
        ("Waste Toner Box", "waste"),
        ("Staples", "other"),
    ],
)
def test_the_words_tell_what_a_supply_is(text: str, kind: str) -> None:
    """Its type is other(1): waste and worn parts first, then what a laminator and a personaliser consume."""
    assert report(printer(), supply(text=text, kind=1)).supplies[0].kind == kind


def test_unnamed_bits_and_rows_are_one_fault_with_every_code() -> None:
    """Two faults without reason and part would be one to everybody above: none of their codes may be lost by that."""
    fault = only_fault(report(printer(3, 3, "000101"), alert(1, severity=5, group=5, code=77777, text="?")))
    assert (fault.reason, fault.codes, fault.severity) == ("other", ("77777", "bit 15", "bit 23"), Severity.WARNING)
