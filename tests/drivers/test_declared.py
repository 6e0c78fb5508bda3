"""What a definition's own objects make of values: codes, bits, rows of vendor tables, counters, the state word."""

from typing import Any

import pytest

from fleetmon.conversation import converse
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.snmp import Pace, meet, poll
from fleetmon.definition import SnmpDefinition
from fleetmon.model.report import Counter, Notice, Report
from fleetmon.model.words import Actor, Severity, State, Unit

from .hearing import at_once
from .walks import alert, changed, link, only_fault, printer

VENDOR = "1.3.6.1.4.1.99999"


def definition(**parts: Any) -> SnmpDefinition:
    """A driver that consists of these parts."""
    frame = {"name": "acme", "title": "Acme", "kind": "laminator", "maturity": "experimental", "link": "snmp"}
    return SnmpDefinition.model_validate(frame | parts)


def report(driver: SnmpDefinition, *lines: str) -> Report:
    """What it makes of a machine that says this."""
    return at_once(converse(meet(lambda objects: driver), link("1.5.0|4|acme", *lines))).report


WORD = {
    "oid": f"{VENDOR}.1.0",
    "bits": {
        "0x01": {"reason": "laminator-jam"},
        "0x10": {"reason": "laminator-cover-open", "text": "hood"},
        "0x80": {},
    },
}
BITS = definition(faults={"word": WORD})


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("4|11", ["0x1", "0x10"]),
        ("4|00000010", ["0x10"]),
        ("4|0x01", ["0x1"]),
        ("2|17", ["0x1", "0x10"]),
        ("2|16", ["0x10"]),
        ("66|1", ["0x1"]),
        ("2|0", []),
        ("2|128", []),
        ("4|80", []),
        ("2|66", ["0x42"]),
        ("4|42", ["0x42"]),
        ("4|not hex", ["not hex"]),
        ("2|-1", ["-1"]),
        ("5|", []),
        ("4|", []),
    ],
)
def test_bits_of_a_number_and_of_a_hexadecimal_text(value: str, codes: list[str]) -> None:
    """An INTEGER is the word itself, a text is read as hexadecimal; a bit without a name is kept as `other`."""
    assert [code for fault in report(BITS, f"{VENDOR}.1.0|{value}").faults for code in fault.codes] == codes


def test_a_bit_without_a_name_is_other() -> None:
    """All unnamed bits in one code, so that somebody can map them."""
    fault = only_fault(report(BITS, f"{VENDOR}.1.0|2|66"))
    assert (fault.reason, fault.severity, fault.codes) == ("other", Severity.WARNING, ("0x42",))


CODES = definition(
    faults={
        "status": {
            "oid": f"{VENDOR}.2.0",
            "codes": {
                "0": {},
                "7": {"reason": "laminator-supply-empty", "text": "film"},
                "E14": {"reason": "laminator-jam", "severity": "warning"},
            },
        }
    },
    state={"oid": f"{VENDOR}.3.0", "codes": {"0": "idle", "1": "processing", "9": "stopped"}},
    counters={"made": {"oid": f"{VENDOR}.4.0", "unit": "documents", "pattern": r"(?P<value>\d+) pcs"}},
)


@pytest.mark.parametrize(
    ("value", "reason", "codes"),
    [
        ("2|7", "laminator-supply-empty", ("7",)),
        ("4|7 ", "laminator-supply-empty", ("7",)),
        ("4|E14", "laminator-jam", ("E14",)),
        ("4|E15", "other", ("E15",)),
        ("2|0", None, ()),
    ],
)
def test_a_code_is_mapped_or_kept(value: str, reason: str | None, codes: tuple[str, ...]) -> None:
    """Mapped to a reason, mapped to nothing on purpose, or `other` with the vendor's code."""
    faults = report(CODES, f"{VENDOR}.2.0|{value}").faults
    assert [(fault.reason, fault.codes) for fault in faults] == ([(reason, codes)] if reason else [])


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("2|0", State.IDLE),
        ("4|1", State.PROCESSING),
        ("2|9", State.STOPPED),
        ("2|5", State.UNKNOWN),
        ("5|", State.UNKNOWN),
    ],
)
def test_a_state_word_of_its_own(value: str, state: State) -> None:
    """Where the standard objects say nothing, the declared one does; an unmapped word is unknown."""
    assert report(CODES, f"{VENDOR}.3.0|{value}").state is state


def test_stopped_by_its_own_word_beats_idle() -> None:
    """The worst word wins, whoever says it."""
    assert report(CODES, printer(3, 2), f"{VENDOR}.3.0|2|9").state is State.STOPPED
    assert report(CODES, printer(1, 5), f"{VENDOR}.3.0|2|0").state is State.STOPPED


@pytest.mark.parametrize(("value", "total"), [("4|1920 pcs", 1920), ("4|none", None), ("2|5", None), ("4|-5 pcs", 5)])
def test_a_counter_is_picked_out_of_its_text(value: str, total: int | None) -> None:
    """The pattern decides what counts; without it there is no counter, and never 0."""
    counters = report(CODES, f"{VENDOR}.4.0|{value}").counters
    assert counters == (() if total is None else (Counter(1, total, Unit.DOCUMENTS),))


def alerts(entry: str) -> dict[str, Any]:
    """A vendor's table of alerts."""
    codes: dict[str, Any] = {"4,5": {"reason": "cover-open"}, "0,0": {}}
    severities = {"1": "notice", "2": "warning"}
    return {"entry": entry, "columns": [4, 5], "severity_column": 2, "severities": severities, "codes": codes}


def table(entry: str) -> SnmpDefinition:
    """A driver with one."""
    return definition(fault_tables={"alerts": alerts(entry)})


ENTRIES = [f"{VENDOR}.1", f"{VENDOR}.10.31.1", f"{VENDOR}.2.3.9.4.2.1.1", "1.3.6.1.4.1.99999.5.4.3.2.1.1.1.1.1"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_vendor_s_table_may_hang_anywhere(entry: str) -> None:
    """Its entry has as many arcs as its vendor gave it, and so has its index."""
    driver = table(entry)
    rows = f"{entry}.4.7|2|4\n{entry}.5.7|2|5\n{entry}.2.7|2|2\n{entry}.4.1.8|2|9\n{entry}.5.1.8|2|9"
    assert [(fault.reason, fault.codes, fault.severity) for fault in report(driver, rows).faults] == [
        ("other", ("9,9",), Severity.WARNING),
        ("cover-open", ("4,5",), Severity.WARNING),
    ]


def test_a_row_is_a_fault_a_notice_or_nothing() -> None:
    """Severity 1 is only mentioned; a row mapped to nothing says nothing."""
    entry = ENTRIES[1]
    row = "{entry}.2.{n}|2|{level}\n{entry}.4.{n}|2|{group}\n{entry}.5.{n}|2|{code}"
    rows = [(1, 1, 1, 10), (2, 3, 4, 5), (3, 3, 0, 0)]
    lines = [row.format(entry=entry, n=n, level=level, group=group, code=code) for n, level, group, code in rows]
    heard = report(table(entry), *lines)
    assert heard.notices == (Notice("1,10", "other", Severity.REPORT),)
    assert (only_fault(heard).reason, only_fault(heard).severity) == ("cover-open", Severity.ERROR)


def test_a_row_that_lacks_its_columns_is_no_fault() -> None:
    """A row of which only other columns exist names nothing: it is not a fault with an empty code."""
    heard = report(table(ENTRIES[1]), f"{ENTRIES[1]}.7.3|4|whatever\n{ENTRIES[1]}.2.3|2|3")
    assert (heard.faults, heard.notices) == ((), ())


def test_declared_objects_are_polled_and_their_changes_seen() -> None:
    """A fault object is asked in every quick poll; when it moves, the vendor's table is read too."""
    driver = definition(faults={"word": WORD}, fault_tables={"alerts": alerts(ENTRIES[1])})
    walk = link("1.1.0|4|Acme", "1.3.0|67|100", f"{VENDOR}.1.0|2|0")
    known = at_once(converse(meet(lambda objects: driver), walk))
    assert known.fast == (mib.SYS_UPTIME, tuple(map(int, f"{VENDOR}.1.0".split("."))))
    later = changed(walk, f"{VENDOR}.1.0|2|1", f"{ENTRIES[1]}.4.1|2|4\n{ENTRIES[1]}.5.1|2|5")
    then = at_once(converse(poll(lambda objects: driver, known, Pace.FAST), later))
    assert {fault.reason for fault in then.report.faults} == {"laminator-jam", "cover-open"}


def test_what_the_alert_table_says_too_is_one_fault() -> None:
    """A vendor's bit of the same class is absorbed by the standard row, which says more."""
    row = alert(1, severity=3, group=13, group_index=1, code=8, text="Booklet stuck")
    fault = only_fault(report(BITS, printer(1, 5, "04"), row, f"{VENDOR}.1.0|2|1"))
    assert (fault.reason, fault.part, fault.text) == ("media-path-jam", "media-path-1", "Booklet stuck")
    assert fault.codes == ("8", "0x1", "jammed")


STRING = definition(
    faults={
        "flags": {
            "oid": f"{VENDOR}.5.0",
            "bit_string": {"0": {"reason": "cover-open"}, "9": {"reason": "laminator-jam"}, "10": {}},
        }
    },
)


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("4x|80", ["bit 0"]),
        ("4x|8040", ["bit 0", "bit 9"]),
        ("4x|0020", []),
        ("4x|0000000001", ["bit 39"]),
        ("4x|01", ["bit 7"]),
        ("4x|0000", []),
        ("4|", []),
        ("2|1", []),
        ("5|", []),
    ],
)
def test_bits_of_a_bit_string_are_numbered_from_the_most_significant(value: str, codes: list[str]) -> None:
    """As BITS are encoded (RFC 2578 section 7.1.4); a bit without a name is kept as `other`; a number is none."""
    assert [code for fault in report(STRING, f"{VENDOR}.5.0|{value}").faults for code in fault.codes] == codes


def test_a_bit_may_be_missed() -> None:
    """With ! before it a bit means that something is wrong where it is *not* set."""
    closed = {"0x04": {}, "!0x01": {"reason": "cover-open"}, "!0x12": {"reason": "laminator-heater-failure"}}
    driver = definition(faults={"word": {"oid": f"{VENDOR}.1.0", "bits": closed}})
    assert report(driver, f"{VENDOR}.1.0|2|7").faults == ()
    assert [fault.codes for fault in report(driver, f"{VENDOR}.1.0|2|4").faults] == [("!0x1",), ("!0x12",)]
    string = {"oid": f"{VENDOR}.5.0", "bit_string": {"!3": {"reason": "cover-open"}}}
    assert report(definition(faults={"flags": string}), f"{VENDOR}.5.0|4x|10").faults == ()
    assert only_fault(report(definition(faults={"flags": string}), f"{VENDOR}.5.0|4x|00")).codes == ("!bit 3",)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("E14", "laminator-jam"),
        ("E91", "service-needed"),
        ("E9", "other"),
        ("F1", "media-empty"),
        ("F123", "media-low"),
    ],
)
def test_the_most_exact_pattern_means_a_code(code: str, reason: str) -> None:
    """? stands for one character, * for any number; the vendor's own code is kept, not the pattern."""
    meanings = {"E14": "laminator-jam", "E??": "service-needed", "F?": "media-empty", "F*": "media-low"}
    codes = {pattern: {"reason": reason} for pattern, reason in meanings.items()}
    driver = definition(faults={"status": {"oid": f"{VENDOR}.2.0", "codes": codes}})
    fault = only_fault(report(driver, f"{VENDOR}.2.0|4|{code}"))
    assert (fault.reason, fault.codes) == (reason, (code,))


@pytest.mark.parametrize(
    ("parts", "value", "codes"),
    [
        ({"split": 3}, "E14E91", ["E14", "E91"]),
        ({"split": 3}, "E14E14", ["E14"]),
        ({"split": 3, "none": ["000"]}, "E14000", ["E14"]),
        ({"split": 3}, "E14E9", ["E14", "E9"]),
        ({"separator": ","}, "E14, E91,", ["E14", "E91"]),
        ({"none": ["OK", 0]}, "OK", []),
        ({"none": ["OK", 0]}, "0", []),
        ({}, "E14E91", ["E14E91"]),
    ],
)
def test_one_value_may_hold_several_codes(parts: dict[str, Any], value: str, codes: list[str]) -> None:
    """Each so many characters long, or parted by a sign; what means nothing is left out, no code counts twice."""
    rule = {"oid": f"{VENDOR}.2.0", "codes": {"E14": {"reason": "laminator-jam"}}} | parts
    heard = report(definition(faults={"status": rule}), f"{VENDOR}.2.0|4|{value}")
    assert [code for fault in heard.faults for code in fault.codes] == codes


def test_words_mean_what_no_code_does() -> None:
    """A display's text is tried with patterns; it stays as the fault's text, and as its code."""
    texts = [{"pattern": "(?i)cover|door", "reason": "cover-open", "severity": "error"}]
    rule = {"oid": f"{VENDOR}.2.0", "texts": texts, "none": ["Ready"]}
    driver = definition(faults={"display": rule})
    assert report(driver, f"{VENDOR}.2.0|4|Ready").faults == ()
    fault = only_fault(report(driver, f"{VENDOR}.2.0|4|Close the rear door"))
    assert (fault.reason, fault.text, fault.codes) == ("cover-open", "Close the rear door", ("Close the rear door",))
    assert only_fault(report(driver, f"{VENDOR}.2.0|4|Call us")).reason == "other"


def test_a_meaning_says_part_and_actor() -> None:
    """They are the fault's own."""
    jam = {"reason": "laminator-jam", "part": "roller-2", "actor": "technician", "text": "wound up"}
    fault = only_fault(
        report(
            definition(faults={"status": {"oid": f"{VENDOR}.2.0", "codes": {"7": jam}}}),
            "1.6.0|4|x",
            f"{VENDOR}.2.0|2|7",
        )
    )
    assert (fault.part, fault.actor, fault.text) == ("roller-2", Actor.TECHNICIAN, "wound up")


STATES: dict[str, tuple[Any, str, State]] = {
    "a code": ({"codes": {"1": "idle", "2?": "stopped"}}, "2|1", State.IDLE),
    "a pattern": ({"codes": {"1": "idle", "2?": "stopped"}}, "4|2B", State.STOPPED),
    "no code fits": ({"codes": {"1": "idle"}}, "2|5", State.UNKNOWN),
    "otherwise": ({"codes": {"1": "idle"}, "otherwise": "stopped"}, "2|5", State.STOPPED),
    "otherwise, but nothing is said": ({"codes": {"1": "idle"}, "otherwise": "stopped"}, "5|", State.UNKNOWN),
    "only otherwise": ({"otherwise": "idle"}, "4|whatever", State.IDLE),
    "the first bit": ({"bits": {"0x4": "stopped", "0x2": "processing"}}, "2|6", State.STOPPED),
    "another bit": ({"bits": {"0x4": "stopped", "0x2": "processing"}}, "2|2", State.PROCESSING),
    "a bit of a text": ({"bits": {"0x4": "stopped", "0x2": "processing"}}, "4|0002", State.PROCESSING),
    "a bit that is missed": ({"bits": {"!0x4": "stopped"}, "otherwise": "idle"}, "2|3", State.STOPPED),
    "no bit": ({"bits": {"0x4": "stopped"}, "otherwise": "idle"}, "2|3", State.IDLE),
    "no number": ({"bits": {"0x4": "stopped"}}, "4|xyz", State.UNKNOWN),
    "a bit string": ({"bit_string": {"1": "processing"}, "otherwise": "idle"}, "4x|40", State.PROCESSING),
    "an empty bit string": ({"bit_string": {"1": "processing"}, "otherwise": "idle"}, "4|", State.IDLE),
    "no bit string": ({"bit_string": {"1": "processing"}, "otherwise": "idle"}, "2|64", State.UNKNOWN),
    "a part of a text": ({"pattern": "^(?P<value>[A-Z])", "codes": {"R": "idle"}}, "4|R17", State.IDLE),
    "another text": ({"pattern": "^(?P<value>[A-Z])", "codes": {"R": "idle"}}, "4|17", State.UNKNOWN),
}


@pytest.mark.parametrize("case", STATES)
def test_a_state_is_told_by_codes_bits_or_the_rest(case: str) -> None:
    """The first bit counts in the order of the definition; a value that is not there says nothing."""
    rule, value, state = STATES[case]
    assert report(definition(state={"oid": f"{VENDOR}.3.0"} | rule), f"{VENDOR}.3.0|{value}").state is state


@pytest.mark.parametrize(
    ("values", "state"),
    [
        (("2|1", "2|1"), State.STOPPED),
        (("2|0", "2|1"), State.PROCESSING),
        (("2|0", "2|7"), State.IDLE),
        (("5|", "2|1"), State.PROCESSING),
        (("2|0", "5|"), State.UNKNOWN),
    ],
)
def test_of_several_state_objects_the_first_that_says_something_counts(values: tuple[str, str], state: State) -> None:
    """[[state]]: an alarm relay before a running flag."""
    alarm = {"oid": f"{VENDOR}.3.0", "codes": {"1": "stopped"}}
    running = {"oid": f"{VENDOR}.4.0", "codes": {"1": "processing"}, "otherwise": "idle"}
    driver = definition(state=[alarm, running])
    assert report(driver, f"{VENDOR}.3.0|{values[0]}", f"{VENDOR}.4.0|{values[1]}").state is state


def test_power_saving_is_a_value_of_the_state() -> None:
    """It is idle or whatever the code says, and asleep."""
    driver = definition(state={"oid": f"{VENDOR}.3.0", "codes": {"2": "idle", "7": "idle"}, "asleep": [7]})
    assert report(driver, f"{VENDOR}.3.0|2|7").asleep
    assert not report(driver, f"{VENDOR}.3.0|2|2").asleep


@pytest.mark.parametrize(
    ("kind", "words", "faulty", "values"),
    [
        ("codes", {"1": "idle", "3": "processing", "9": "stopped"}, {"4": {"reason": "cover-open"}}, "1 3"),
        ("bits", {"0x1": "idle", "0x2": "processing", "0x8": "stopped"}, {"0x4": {"reason": "cover-open"}}, "1 2 3"),
    ],
)
def test_what_is_a_state_is_no_fault(kind: str, words: dict[str, str], faulty: dict[str, Any], values: str) -> None:
    """One object tells state and faults: its state words need not be named again as harmless, but `stopped` must."""
    at = {"oid": f"{VENDOR}.3.0"}
    driver = definition(state=at | {kind: words}, faults={"status": at | {kind: faulty}})
    assert [report(driver, f"{VENDOR}.3.0|2|{value}").faults for value in values.split()] == [()] * len(values.split())
    assert only_fault(report(driver, f"{VENDOR}.3.0|2|4")).reason == "cover-open"
    unexplained = {"codes": "9", "bits": "8"}[kind]
    assert only_fault(report(driver, f"{VENDOR}.3.0|2|{unexplained}")).reason == "other"


def test_a_row_may_name_its_part_and_speak_for_itself() -> None:
    """The part by a column, in the definition's words where it has some; the machine's text where it has none."""
    entry = ENTRIES[1]
    rows = {"entry": entry, "columns": [3], "text_column": 4, "part_column": 5, "parts": {"1": "roller-1"}}
    texts = [{"pattern": "(?i)film", "reason": "laminator-supply-low", "severity": "warning"}]
    codes = {"7": {"reason": "laminator-jam", "text": "stuck"}}
    driver = definition(fault_tables={"alarms": rows | {"texts": texts, "codes": codes}})
    said = [(1, 7, "Stau", 1), (2, 8, "Film fast leer", 2), (3, 9, "Anruf", 1)]
    lines = [
        f"{entry}.3.{n}|2|{code}\n{entry}.4.{n}|4|{words}\n{entry}.5.{n}|2|{part}" for n, code, words, part in said
    ]
    assert {(fault.reason, fault.part, fault.text, fault.severity) for fault in report(driver, *lines).faults} == {
        ("laminator-jam", "roller-1", "stuck", Severity.ERROR),
        ("laminator-supply-low", "2", "Film fast leer", Severity.WARNING),
        ("other", "roller-1", "Anruf", Severity.WARNING),
    }


def test_two_codes_of_one_class_are_two_faults() -> None:
    """A full waste tank is told beside an ink that is missing: only what another place tells again is absorbed."""
    driver = definition(
        fault_tables={
            "alarms": {
                "entry": f"{VENDOR}.5.1",
                "columns": [2],
                "codes": {"303": {"reason": "marker-ink-missing"}, "310": {"reason": "marker-waste-full"}},
            }
        }
    )
    found = report(driver, f"{VENDOR}.5.1.2.1|2|303", f"{VENDOR}.5.1.2.2|2|310").faults
    assert [(fault.reason, fault.codes) for fault in found] == [
        ("marker-ink-missing", ("303",)),
        ("marker-waste-full", ("310",)),
    ]


def test_a_row_may_be_named_by_its_index() -> None:
    """A table with a row for each possible alarm, and a column that says whether it stands."""
    codes = {"1,1": {"reason": "cover-open"}, "*,2": {"manual": "does not stand"}}
    rows = {"entry": ENTRIES[1], "columns": ["index", 2], "codes": codes}
    driver = definition(fault_tables={"alarms": rows})
    lines = [f"{ENTRIES[1]}.2.{n}|2|{stands}" for n, stands in [(1, 1), (2, 2), (3, 1), (4, 2)]]
    assert {(fault.reason, fault.codes) for fault in report(driver, *lines).faults} == {
        ("cover-open", ("1,1",)),
        ("other", ("3,1",)),
    }
    assert report(driver, f"{ENTRIES[1]}.9.1|2|1").faults == ()


def test_severities_may_be_words() -> None:
    """The severity column is compared as it is written, number or text."""
    rows = {"entry": ENTRIES[1], "columns": [3], "severity_column": 2, "severities": {"WARN": "warning"}}
    driver = definition(fault_tables={"alarms": rows | {"codes": {"7": {"reason": "laminator-jam"}}}})
    assert only_fault(report(driver, f"{ENTRIES[1]}.3.1|2|7\n{ENTRIES[1]}.2.1|4|WARN")).severity is Severity.WARNING
    assert only_fault(report(driver, f"{ENTRIES[1]}.3.1|2|7\n{ENTRIES[1]}.2.1|4|STOP")).severity is Severity.ERROR


@pytest.mark.parametrize(
    ("parts", "value", "total"),
    [
        ({"scale": 10}, "2|12", 120),
        ({"scale": 0.1}, "4|125", 12),
        ({}, "4|12.0", 12),
        ({"absent": [4294967295]}, "65|4294967295", None),
        ({}, "2|-1", None),
        ({}, "4|-1", None),
        ({}, "4|0x12", None),
    ],
)
def test_a_counter_is_scaled_and_may_be_absent(parts: dict[str, Any], value: str, total: int | None) -> None:
    """Never negative, never invented."""
    driver = definition(counters={"made": {"oid": f"{VENDOR}.4.0", "unit": "documents"} | parts})
    counters = report(driver, f"{VENDOR}.4.0|{value}").counters
    assert counters == (() if total is None else (Counter(1, total, Unit.DOCUMENTS),))


def test_a_display_and_a_name_of_its_own() -> None:
    """Objects whose texts are shown, empty ones left out; a number is as good a serial number as a text."""
    identity = {"serial_objects": [f"{VENDOR}.7.0"], "name_objects": [f"{VENDOR}.8.0"]}
    driver = definition(console=[f"{VENDOR}.5.0", f"{VENDOR}.6.0"], identity=identity)
    lines = [f"{VENDOR}.5.0|4| ", f"{VENDOR}.6.0|4|READY ", f"{VENDOR}.7.0|66|90017", f"{VENDOR}.8.0|4|Hall 2"]
    heard = report(driver, *lines)
    assert (heard.console, heard.identity.serial, heard.identity.name) == (("READY",), "90017", "Hall 2")
