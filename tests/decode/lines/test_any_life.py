"""Whatever a machine does, poll after poll: a report or an error of the link, and nothing of it stays behind."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fleetmon.decode.lines import LineMet
from fleetmon.decode.snmp import Pace
from fleetmon.errors import LinkError
from fleetmon.model.words import Silence

from .talking import Reply, again, line, meet, table

DRIVER = line(
    """
console = ["note"]
[line]
nack = { form = "hex" }
[read]
status = { ask = "S", read_only = "p. 1", reply = 'S(?P<state>.)', silence = { text = "mute", manual = "p. 2" } }
count = { ask = "C", read_only = "p. 1", reply = '(?P<count>[0-9]+)' }
alarms = { ask = "A", read_only = "p. 1", fields = ["alarms", "note"], pace = "on-change", optional = true }
film = { ask = "F", read_only = "p. 1", reply = '(?P<film>[0-9]+)', pace = "slow", optional = true }
[state.codes]
0 = "idle"
9 = "stopped"
[faults.alarms.codes]
A1 = { reason = "media-jam" }
[faults.nack.codes]
04 = { reason = "cover-open" }
[counters]
count = { unit = "documents" }
[supplies.film]
kind = "laminate"
unit = "percent"
"""
)
GOOD: dict[bytes, Reply] = {b"S": b"S0\r", b"C": b"7\r", b"A": b"A1,hello\r", b"F": b"50\r"}
OFTEN = {
    b"S": [b"S0\r", b"S9\r", b"S0\r"],
    b"C": [b"7\r", b"8\r"],
    b"A": [b"A1,x\r", b"A2,\r", b",x\r"],
    b"F": [b"50\r", b"49\r"],
}
TROUBLE: list[Reply] = [
    None,
    b"\x15\x04",
    b"\x15\x09",
    b"nonsense\r",
    LinkError("gone", Silence.PORT_GONE),
    LinkError("busy", Silence.BUSY),
]


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[Pace, dict[bytes, Reply]]]:
    """Polls: their pace, and what the machine would answer to each request."""
    polls = []
    for _ in range(draw(st.integers(1, 8))):
        said = {ask: draw(st.sampled_from([*OFTEN[ask] * 3, *TROUBLE])) for ask in GOOD}
        polls.append((draw(st.sampled_from(Pace)), said))
    return polls


def lived(life: list[tuple[Pace, dict[bytes, Reply]]]) -> list[LineMet]:
    """What each poll brought, those left out that brought an error; a failed poll changes nothing."""
    brought: list[LineMet] = []
    for now_s, (pace, said) in enumerate(life):
        try:
            met = again(brought[-1], table(said), pace, now_s) if brought else meet(DRIVER, table(said))
        except LinkError:
            continue
        brought.append(met)
    return brought


@given(lives())
def test_parts_that_say_the_same_are_the_same(life: list[tuple[Pace, dict[bytes, Reply]]]) -> None:
    """Equal parts of two reports in a row are one object, and a poll is still exactly if only counts moved."""
    brought = lived(life)
    for before, now in pairwise(brought):
        for part in ("faults", "supplies", "identity", "console", "counters", "inputs"):
            was, told = getattr(before.report, part), getattr(now.report, part)
            assert (was == told) == (was is told)
        parts = ("state", "faults", "supplies", "identity", "console", "asleep")
        assert now.still == all(getattr(before.report, part) == getattr(now.report, part) for part in parts)


@given(lives())
def test_nothing_of_a_bad_time_stays_behind(life: list[tuple[Pace, dict[bytes, Reply]]]) -> None:
    """After slow polls of good answers, one for each question that was missing and one more, the machine is shown as
    if it had just been met."""
    brought = lived(life)
    if not brought:
        return
    met = brought[-1]
    for now_s in range(3):
        met = again(met, table(GOOD), Pace.SLOW, 100.0 + now_s)
    fresh = meet(DRIVER, table(GOOD))
    assert met.report == fresh.report
    assert dict(met.told) == dict(fresh.told)
    assert (met.silent, met.missing, met.refused) == ((), (), ())


@given(lives())
def test_what_fast_answers_say_is_shown_at_once(life: list[tuple[Pace, dict[bytes, Reply]]]) -> None:
    """Of what is asked in every poll, nothing old is ever shown: the count is the one of this poll."""
    met: LineMet | None = None
    for now_s, (pace, said) in enumerate(life):
        try:
            met = again(met, table(said), pace, now_s) if met else meet(DRIVER, table(said))
        except LinkError:
            continue
        count, status = said[b"C"], said[b"S"]
        assert isinstance(count, bytes)
        totals = [counter.total for counter in met.report.counters]
        assert totals == ([int(count)] if count[:1].isdigit() else [])
        refused = {reply[1:].hex() for reply in (count, status) if isinstance(reply, bytes) and reply[:1] == b"\x15"}
        shown = {code for fault in met.report.faults for code in fault.codes}
        assert refused & {"04", "09"} <= shown or len(refused) == 2
        assert (status is None) == (met.silent == ("status",))
