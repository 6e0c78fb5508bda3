"""One poll after another: what is asked when, what silence and refusals mean, and what stays as it was."""

from functools import reduce
from operator import xor

import pytest

from fleetmon.decode.lines import asks, poll
from fleetmon.decode.snmp import Pace
from fleetmon.errors import DriverError, GarbledReply, LinkError
from fleetmon.model.report import Counter
from fleetmon.model.words import Severity, Silence, State

from .talking import Reply, again, drive, line, meet, table

PRINTER = line(
    """
[read]
status = { ask = "S", read_only = "p. 1", reply = 'S(?P<state>.)C(?P<count>.*)' }
alarms = { ask = "A", read_only = "p. 1", reply = '(?P<alarms>.*)', pace = "on-change" }
film = { ask = "F", read_only = "p. 1", reply = '(?P<film>.*)', pace = "slow" }
who = { ask = "W", read_only = "p. 1", reply = 'ID(?P<who>.*)', pace = "slow", optional = true }
[state.codes]
0 = "idle"
1 = "processing"
9 = "stopped"
[faults.alarms]
separator = ","
none = ["-"]
[faults.alarms.codes]
A1 = { reason = "media-jam" }
A2 = { reason = "media-low", severity = "warning" }
[counters]
count = { unit = "documents" }
[supplies.film]
kind = "laminate"
unit = "percent"
[identity]
serial = "who"
"""
)
IDLE: dict[bytes, Reply] = {b"S": b"S0C10\r", b"A": b"-\r", b"F": b"50\r", b"W": b"ID7\r"}


def test_at_first_everything_is_asked_in_the_order_of_the_definition() -> None:
    """The first poll is a full one, whatever its pace."""
    asked: list[bytes] = []
    met = meet(PRINTER, lambda ask: asked.append(ask.octets) or table(IDLE)(ask))  # type: ignore[func-returns-value]
    assert asked == [b"S", b"A", b"F", b"W"]
    assert met.report.state is State.IDLE
    assert met.report.identity.serial == "7"
    assert not met.still


def test_a_fast_poll_asks_what_is_fast_and_a_slow_one_asks_everything() -> None:
    """What changes slowly is not asked in between, and stays as it was."""
    met = meet(PRINTER, table(IDLE))
    fast: list[bytes] = []
    slow: list[bytes] = []
    later = again(met, table(IDLE | {b"F": b"49\r"}), asked=fast)
    assert fast == [b"S"]
    assert later.still
    assert later.report.supplies is met.report.supplies
    assert not again(later, table(IDLE | {b"F": b"49\r"}), Pace.SLOW, asked=slow).still
    assert slow == [b"S", b"A", b"F", b"W"]


def test_a_count_that_moves_is_no_change_and_a_state_is() -> None:
    """On-change exchanges are asked when a fast field moved that is more than a count; all parts that say the same are
    the very same objects."""
    met = meet(PRINTER, table(IDLE))
    asked: list[bytes] = []
    counted = again(met, table(IDLE | {b"S": b"S0C11\r"}), asked=asked)
    assert asked == [b"S"]
    assert counted.still
    assert counted.report.counters == (Counter(1, 11, PRINTER.counters["count"].unit),)
    assert counted.report.repeats(met.report)
    moved = again(counted, table(IDLE | {b"S": b"S9C11\r", b"A": b"A1,A2\r"}), asked=asked)
    assert asked == [b"S", b"S", b"A"]
    assert not moved.still
    assert [fault.codes for fault in moved.report.faults] == [("A1",), ("A2",)]
    assert moved.report.supplies is met.report.supplies
    assert moved.report.counters is counted.report.counters


def test_a_mandatory_exchange_that_fails_ends_the_poll() -> None:
    """Half a truth is none: the link's own error is the outcome."""
    refused = LinkError("nobody there", Silence.REFUSED)
    for failure in (None, refused, b"nonsense\r"):
        with pytest.raises(LinkError) as caught:
            meet(PRINTER, table(IDLE | {b"F": None, b"S": failure}))
        assert caught.value.why is {None: Silence.TIMEOUT, refused: Silence.REFUSED}.get(failure, Silence.GARBLED)


@pytest.mark.parametrize("missing", [None, b"?\r"])
def test_what_is_optional_may_be_missing(missing: Reply) -> None:
    """Silence and answers that do not fit alike: the machine does not have it. It is looked for in slow polls."""
    met = meet(PRINTER, table(IDLE | {b"W": missing}))
    assert met.report.identity.serial is None
    fast: list[bytes] = []
    met = again(met, table(IDLE), asked=fast)
    assert fast == [b"S"]
    met = again(met, table(IDLE), Pace.SLOW)
    assert met.report.identity.serial == "7"


def test_what_tells_of_the_moment_is_asked_twice_before_it_is_given_up() -> None:
    """One lost reply at the first meeting must not make a machine look well whose faults are optional."""
    text = """[read]
state = { ask = "S", read_only = "p. 1", reply = '(?P<state>.)' }
flags = { ask = "F", read_only = "p. 1", reply = '(?P<flags>..)', optional = true }
who = { ask = "W", read_only = "p. 1", reply = '(?P<who>.*)', optional = true, pace = "slow" }"""
    for lost in (None, b"no such\r"):
        asked: list[bytes] = []
        replies = iter([b"0\r", lost, b"E1\r", None])
        met = drive(poll(line(text), None, Pace.SLOW, 0.0), lambda ask, replies=replies: next(replies), asked)  # type: ignore[misc]
        assert asked == [b"S", b"F", b"F", b"W"]
        assert met.told["flags"] == {"flags": "E1"}
        assert met.missing == ("who",)


def test_an_answer_that_was_cut_short_is_one() -> None:
    """Who begins to answer knows the question: that poll has failed, and nothing is given up."""
    cut = GarbledReply("half a reply", b"E")
    with pytest.raises(GarbledReply):
        meet(PRINTER, table(IDLE | {b"W": cut}))


def test_an_optional_answer_that_was_there_before_must_come() -> None:
    """A lost reply is not taken for a machine that has changed: the poll fails, and nothing is forgotten."""
    met = meet(PRINTER, table(IDLE))
    with pytest.raises(LinkError):
        again(met, table(IDLE | {b"W": None}), Pace.SLOW)


def test_a_gone_port_is_no_missing_option() -> None:
    """Only what a machine may do by itself is excused; a port or a connection that is gone ends the poll."""
    with pytest.raises(LinkError) as caught:
        meet(PRINTER, table(IDLE | {b"W": LinkError("unplugged", Silence.PORT_GONE)}))
    assert caught.value.why is Silence.PORT_GONE


def test_several_missing_options_are_looked_for_one_at_a_time() -> None:
    """A slow poll waits for one of them at the most, and each has its turn."""
    definition = line(
        "[read]\n"
        + "\n".join(
            f"""x{n} = {{ ask = "{n}", read_only = "p. 1", reply = '(?P<f{n}>.)', optional = {str(n > 0).lower()} }}"""
            for n in range(4)
        )
    )
    replies: dict[bytes, Reply] = {b"0": b"a\r", b"1": None, b"2": None, b"3": None}
    met = meet(definition, table(replies))
    turns = []
    for _ in range(4):
        asked: list[bytes] = []
        met = again(met, table(replies), Pace.SLOW, asked=asked)
        turns.append(asked)
    assert turns == [[b"0", b"1"], [b"0", b"2"], [b"0", b"3"], [b"0", b"1"]]


def test_who_asks_nothing_has_heard_nothing() -> None:
    """Where a driver asks nothing fast, or a machine lacks all of it, a fast poll asks what there is."""
    slow = line("""[read]
a = { ask = "A", read_only = "p. 1", reply = '(?P<a>.)', pace = "slow" }
b = { ask = "B", read_only = "p. 1", reply = '(?P<b>.)', optional = true }""")
    met = meet(slow, table({b"A": b"1\r", b"B": None}))
    with pytest.raises(LinkError):
        again(met, table({b"A": None, b"B": None}))


def test_the_machine_has_words_of_its_own_for_a_fault() -> None:
    """They stand where the driver has none, and only where it is clear which fault they are for."""
    driver = line("""[read]
s = { ask = "S", read_only = "p. 1", reply = '(?P<code>[^:]*):(?P<words>.*)' }
[faults.code]
separator = ","
text_field = "words"
codes = { 1 = { reason = "media-jam" }, 2 = { reason = "cover-open", text = "lid" } }""")
    for said, texts in ((b"1:Stau", ["Stau"]), (b"7:?!", ["?!"]), (b"2:Stau", ["lid"]), (b"1,2:Stau", [None, "lid"])):
        report = meet(driver, table({b"S": said + b"\r"})).report
        assert [fault.text for fault in report.faults] == texts


def test_where_all_is_optional_and_nothing_comes_there_is_no_report() -> None:
    """The first error is the outcome."""
    definition = line("""[read]
a = { ask = "A", read_only = "p. 1", reply = '(?P<a>.)', optional = true }
b = { ask = "B", read_only = "p. 1", reply = '(?P<b>.)', optional = true }""")
    with pytest.raises(GarbledReply, match="does not fit"):
        meet(definition, table({b"A": b"aa\r", b"B": None}))


MUTE = """
[read]
status = { ask = "S", read_only = "p. 1", reply = '(?P<state>.)', silence = { text = "mute", manual = "p. 2" } }
flags = { ask = "F", read_only = "p. 1", reply = '(?P<flags>.*)' }
count = { ask = "C", read_only = "p. 1", reply = '(?P<count>.*)', pace = "slow" }
[state.codes]
0 = "idle"
[faults.flags]
none = ["-"]
codes = { M = { reason = "media-empty" }, W = { reason = "media-low", severity = "warning" } }
[counters]
count = { unit = "documents" }
"""


def test_silence_means_what_the_driver_says() -> None:
    """A machine that is mute while it stands still is stopped, with a fault that says so; what the rest of it told
    stays as it was."""
    replies: dict[bytes, Reply] = {b"S": b"0\r", b"F": b"-\r", b"C": b"5\r"}
    met = meet(line(MUTE), table(replies))
    assert met.report.state is State.IDLE
    mute = again(met, table(replies | {b"S": None}))
    assert mute.report.state is State.STOPPED
    assert [(fault.reason, fault.severity, fault.text) for fault in mute.report.faults] == [
        ("other", Severity.ERROR, "mute")
    ]
    assert mute.report.counters is met.report.counters
    assert again(mute, table(replies | {b"S": None})).still
    assert again(mute, table(replies)).report == met.report


def test_silence_is_believed_when_it_lasts_for_a_second_question() -> None:
    """One lost reply is no stop, nor is a machine that comes back in the middle of a poll; what was silent before is
    asked once."""
    good: dict[bytes, Reply] = {b"S": b"0\r", b"F": b"-\r", b"C": b"5\r"}
    met = meet(line(MUTE), table(good))
    for before in (None, met):
        lost = iter([None, b"0\r"])
        came = drive(
            poll(line(MUTE), before, Pace.SLOW, 5.0),
            lambda ask, lost=lost: next(lost) if ask.octets == b"S" else good[ask.octets],  # type: ignore[misc]
        )
        assert (came.report.state, came.report.faults) == (State.IDLE, ())
    asked: list[bytes] = []
    mute = again(met, table(good | {b"S": None}), asked=asked)
    assert asked == [b"S", b"F", b"S"]
    assert again(mute, table(good | {b"S": None}), asked=asked).still
    assert asked == [b"S", b"F", b"S", b"S", b"F"]


def test_silence_is_no_news_beside_a_fault_that_stops() -> None:
    """If another exchange names what stops the machine, silence adds nothing; a warning does not explain it."""
    replies: dict[bytes, Reply] = {b"S": None, b"F": b"M\r", b"C": b"5\r"}
    assert [fault.reason for fault in meet(line(MUTE), table(replies)).report.faults] == ["media-empty"]
    told = meet(line(MUTE), table(replies | {b"F": b"W\r"})).report.faults
    assert [fault.reason for fault in told] == ["media-low", "other"]


def test_a_machine_that_is_off_is_not_one_that_is_mute() -> None:
    """Where an exchange fails that has no silence to explain it, there is no report."""
    with pytest.raises(LinkError):
        meet(line(MUTE), table({b"S": None, b"F": None, b"C": None}))
    optional = MUTE.replace("reply = '(?P<flags>.*)'", "reply = '(?P<flags>.*)', optional = true")
    optional = optional.replace('pace = "slow"', 'pace = "slow", optional = true')
    with pytest.raises(LinkError):
        meet(line(optional), table({b"S": None, b"F": None, b"C": None}))


def test_what_was_never_there_does_not_make_silence_doubtful() -> None:
    """An older model without the other exchange is mute in a slow poll as in a fast one."""
    optional = MUTE.replace("reply = '(?P<flags>.*)'", "reply = '(?P<flags>.*)', optional = true")
    optional = optional.replace('pace = "slow"', 'pace = "slow", optional = true')
    met = meet(line(optional), table({b"S": b"0\r", b"F": None, b"C": None}))
    mute = table({b"S": None, b"F": None, b"C": None})
    for pace in (Pace.FAST, Pace.SLOW, Pace.SLOW):
        met = again(met, mute, pace)
        assert met.report.state is State.STOPPED


def test_silence_of_the_line_is_that_of_every_exchange() -> None:
    """Said once for all, a machine that answers nothing at all is what the driver says; what changes slowly stays."""
    text = '[line]\nsilence = { text = "red lamp", manual = "p. 62", state = "stopped" }\n' + MUTE.replace(
        ', silence = { text = "mute", manual = "p. 2" }', ""
    )
    replies: dict[bytes, Reply] = {b"S": b"0\r", b"F": b"-\r", b"C": b"5\r"}
    met = meet(line(text), table(replies))
    mute = again(met, table(dict.fromkeys(replies)), Pace.SLOW)
    assert mute.report.state is State.STOPPED
    assert [fault.text for fault in mute.report.faults] == ["red lamp"]
    assert mute.report.counters is met.report.counters


FILM = """
[read.state]
ask = "S"
read_only = "p. 1"
reply = '(?P<state>.)'
[read.film]
ask = "F"
read_only = "p. 1"
reply = '(?P<film>.*)'
pace = "slow"
silence = { text = "no roll", manual = "p. 7" }
[state.codes]
0 = "idle"
1 = "processing"
"""


def test_silence_of_the_line_ends_with_the_first_answer() -> None:
    """Whoever answers anything is not mute; and one lost reply beside others that came is only lost."""
    text = '[line]\nsilence = { text = "red lamp", manual = "p. 62" }\n' + MUTE.replace(
        ', silence = { text = "mute", manual = "p. 2" }', ""
    )
    replies: dict[bytes, Reply] = {b"S": b"0\r", b"F": b"-\r", b"C": b"5\r"}
    met = meet(line(text), table(replies))
    mute = again(met, table(dict.fromkeys(replies)), Pace.SLOW)
    assert mute.report.state is State.STOPPED
    asked: list[bytes] = []
    assert again(mute, table(dict.fromkeys(replies)), asked=asked).still
    assert asked == [b"S", b"F"]
    assert again(mute, table(replies)).report == met.report
    assert again(meet(line(text), table(dict.fromkeys(replies))), table(replies)).report == met.report
    for ask in replies:
        with pytest.raises(LinkError) as caught:
            again(met, table(replies | {ask: None}), Pace.SLOW)
        assert caught.value.why is Silence.TIMEOUT


def test_a_slow_question_that_was_mute_is_asked_again_when_something_moves() -> None:
    """What its silence meant does not stand for a minute when the machine has come back."""
    driver = line(FILM)
    met = meet(driver, table({b"S": b"0\r", b"F": None}))
    assert met.report.state is State.STOPPED
    asked: list[bytes] = []
    still = again(met, table({b"S": b"0\r", b"F": b"9\r"}), asked=asked)
    assert asked == [b"S"]
    assert still.report.state is State.STOPPED
    back = again(still, table({b"S": b"1\r", b"F": b"9\r"}), asked=asked)
    assert asked == [b"S", b"S", b"F"]
    assert back.report.state is State.PROCESSING


def test_a_machine_that_finds_its_voice_in_mid_poll_is_not_mute() -> None:
    """It was asked while it still stood, and told the rest when it no longer did: so the first is asked once more."""
    replies: dict[bytes, Reply] = {b"S": None, b"F": b"M\r", b"C": b"5\r"}
    stands = again(meet(line(MUTE), table(replies)), table(replies))
    assert [fault.reason for fault in stands.report.faults] == ["media-empty"]
    voice = iter([None, b"0\r"])
    cleared = again(stands, lambda ask: next(voice) if ask.octets == b"S" else b"-\r")
    assert (cleared.report.state, cleared.report.faults) == (State.IDLE, ())


NACK = """
[line]
framing = { kind = "delimited", start = "<ACK>", end = "<CR>" }
[line.nack]
form = "hex"
[read]
one = { ask = "1", read_only = "p. 1", reply = '\\x06', framing = { kind = "fixed", length = 1 } }
two = { ask = "2", read_only = "p. 1", reply = '(?P<count>.*)', optional = true }
three = { ask = "3", read_only = "p. 1", reply = '(?P<ink>.*)', optional = true, nack = "why" }
[faults.nack.codes]
04 = { reason = "cover-open" }
[faults.why]
none = ["7F"]
codes = { 7E = { reason = "testing", severity = "report" } }
[counters]
count = { unit = "documents" }
"""


def test_a_refusal_is_an_answer() -> None:
    """Its code is a field where a rule asks for it; an optional request that is refused is only not known, and may be
    refused at any time."""
    good: dict[bytes, Reply] = {b"1": b"\x06", b"2": b"\x0642\r", b"3": b"\x0699\r"}
    met = meet(line(NACK), table(good))
    assert met.report.faults == ()
    assert met.report.counters[0].total == 42
    opened = again(met, table(good | {b"1": b"\x15\x04", b"2": b"\x15\x7f", b"3": b"\x15\x7f"}))
    assert [(fault.reason, fault.codes) for fault in opened.report.faults] == [("cover-open", ("04",))]
    assert opened.report.counters == ()
    unknown = again(opened, table(good | {b"1": b"\x15\x09", b"3": b"\x15\x7e"}))
    assert [(fault.reason, fault.codes) for fault in unknown.report.faults] == [
        ("other", ("09",)),
        ("testing", ("7E",)),
    ]
    assert again(unknown, table(good)).report == met.report


def test_a_refusal_that_means_nothing_is_no_answer() -> None:
    """A mandatory request that is refused has failed, unless a rule takes the code."""
    text = NACK.replace('[faults.nack.codes]\n04 = { reason = "cover-open" }\n', "")
    with pytest.raises(GarbledReply, match="one was refused with <EOT>"):
        meet(line(text), table({b"1": b"\x15\x04", b"2": b"\x0642\r", b"3": b"\x0699\r"}))


UNIT = """
[line]
framing = "cr"
request_framing = "stx-etx-bcc"
request_end = "<LF>"
[read]
status = { ask = "{unit}S", read_only = "p. 1", reply = '{unit}S(?P<state>\\d)' }
"""


def test_a_unit_is_part_of_the_request_and_of_the_reply() -> None:
    """On a bus, the late reply of another unit is no reply."""
    definition = line(UNIT)
    content = b"05S\x03"
    wrapped = b"\x02" + content + bytes([reduce(xor, content)]) + b"\n"
    assert [named.ask.octets for named in asks(definition, "05", tcp=False)] == [wrapped]
    met = drive(poll(definition, None, Pace.SLOW, 0.0, unit="a.5"), lambda ask: b"a.5S1\r")
    assert met.told["status"] == {"state": "1"}
    with pytest.raises(GarbledReply):
        drive(poll(definition, None, Pace.SLOW, 0.0, unit="a.5"), lambda ask: b"ax5S1\r")


@pytest.mark.parametrize(("unit", "why"), [(None, "say which"), ("<CR>", "letters, digits"), ("", "say which")])
def test_a_unit_that_is_missing_or_dangerous_is_told_before_anything_is_sent(unit: str | None, why: str) -> None:
    """Nothing of the settings can smuggle octets into a request."""
    with pytest.raises(DriverError, match=why):
        asks(line(UNIT), unit)


def test_how_grave_a_fault_is_says_the_vocabulary_where_the_driver_does_not() -> None:
    """Film that runs low does not stop a machine because somebody forgot to say so."""
    driver = line(
        "[read]\ns = { ask = 'S', read_only = 'p. 1', reply = '(?P<s>.)' }\n"
        "[faults.s]\ncodes = { 1 = { reason = 'media-low' }, 2 = { reason = 'media-jam' }, "
        "3 = { reason = 'media-low', severity = 'error' } }"
    )
    severities = [meet(driver, table({b"S": said + b"\r"})).report.faults[0].severity for said in (b"1", b"2", b"3")]
    assert severities == [Severity.WARNING, Severity.ERROR, Severity.ERROR]


def test_a_unit_looks_as_the_manual_says() -> None:
    """An address of two digits that is written with one would be asked for ever, and nobody would answer."""
    driver = line(UNIT.replace("[line]", "[line]\nunit = '05'\nunit_pattern = '[0-9][0-9]'"))
    assert driver.takes_unit
    assert asks(driver, None) == asks(driver, "05")
    with pytest.raises(DriverError, match='unit "7" is none of driver acme, whose units fit'):
        asks(driver, "7")


SAME_BITS = """
[read]
flags = { ask = "F", read_only = "p. 1", layout = { state = { at = 0 } } , framing = { kind = "fixed", length = 1 } }
[state]
bits = { "0x20" = "processing", "0x01" = "stopped" }
otherwise = "idle"
[faults.state]
bits = { "0x01" = { reason = "cover-open" }, "0x02" = { reason = "media-low", severity = "warning" } }
"""


@pytest.mark.parametrize(
    ("octet", "state", "codes"),
    [
        (0x00, State.IDLE, []),
        (0x20, State.PROCESSING, []),
        (0x22, State.PROCESSING, ["0x2"]),
        (0x21, State.STOPPED, ["0x1"]),
        (0x40, State.IDLE, ["0x40"]),
        (0x61, State.STOPPED, ["0x1", "0x40"]),
    ],
)
def test_bits_that_a_state_rule_names_are_known(octet: int, state: State, codes: list[str]) -> None:
    """A bit that means work need not be listed among the faults of the same field as meaning nothing."""
    report = meet(line(SAME_BITS), table({b"F": bytes([octet])})).report
    assert (report.state, [code for fault in report.faults for code in fault.codes]) == (state, codes)


SAME_CODES = """
[read]
status = { ask = "S", read_only = "p. 1", reply = '(?P<state>.*)' }
[state]
codes = { OK = "idle", "4*" = "stopped", HALT = "stopped", "1*" = "processing", ZZ = "idle" }
asleep = ["ZZ"]
[faults.state]
codes = { "41?" = { reason = "media-needed", severity = "warning" }, 412 = { reason = "cover-open" }, 105 = {} }
"""


@pytest.mark.parametrize(
    ("said", "state", "faults"),
    [
        ("OK", State.IDLE, []),
        (" OK ", State.IDLE, []),
        ("ZZ", State.IDLE, []),
        ("413", State.STOPPED, [("media-needed", "413")]),
        ("412", State.STOPPED, [("cover-open", "412")]),
        ("499", State.STOPPED, [("other", "499")]),
        ("HALT", State.STOPPED, [("other", "HALT")]),
        ("105", State.PROCESSING, []),
        ("106", State.PROCESSING, [("other", "106")]),
        ("?", State.UNKNOWN, [("other", "?")]),
        ("", State.UNKNOWN, []),
    ],
)
def test_codes_that_a_state_rule_spells_out_are_known(said: str, state: State, faults: list[tuple[str, str]]) -> None:
    """A word of the machine for being well is no unknown code; one that stops it, or that only a pattern fits, is."""
    report = meet(line(SAME_CODES), table({b"S": f"{said or ' '}\r".encode()})).report
    assert (report.state, [(fault.reason, *fault.codes) for fault in report.faults]) == (state, faults)
    assert report.asleep == (said == "ZZ")
