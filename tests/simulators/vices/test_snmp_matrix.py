"""Every vice against every version of SNMP: what may then be believed, and what it may do to others.

The law. Whatever a report says (serial number, life counter, levels, state, faults, uptime), its machine held at some
moment between the beginning and the end of the poll that brought it. That is less than "since the poll before", and it
can be asked for because every answer carries the number of its question: an answer that is late, doubled or glued to
another is either an answer to the very question that is open, and then no older than it, or it is nobody's. Objects of
one report may come from different moments of one poll, as several datagrams cannot be had at once; so what is drawn
from two of them (the state, at a first meeting) may lie between two that were held. The next poll reads both at once.

To whom it applies. An agent that breaks off, repeats itself, says random octets or is late: these reach the decoder as
they are, and it must find them out. Bits that change on the way do not: UDP's checksum covers them and the receiver's
system throws the datagram away, so there the law says no more than it does of a lost one. What the law cannot mean is a
*valid* message with another value in it: versions 1 and 2c carry nothing by which anybody could know, so no vice here
makes one on purpose, and for random octets to be one they would have to guess a length, an OID and a 31-bit number.
Version 3 is signed, and the same holds there for less than guessing.

A machine's own troubles (it reboots, hangs, is exchanged, its counter is reset, stuck, about to wrap) are held to the
same law, where "held" is what the machine itself says it holds; a hung one says old things, and honestly believes them.

Counting. Of documents the monitor never believes more to have been made than were.
"""

import asyncio

import pytest
from fleetmon.simulators.model.commands import Command, Do
from fleetmon.simulators.vices import AT_THE_MACHINE, VICES, Carriage, Vice

from fleetmon.model.report import Report

from .truth import lies
from .watched import HEALTHY_WAITS_S, Round, every, reports

SPOILT_S = 4.0
TIMEOUT_S = {"1": 0.25, "2c": 0.25, "3": 0.5}

# Times are set against a link that waits 0.25 s (0.5 s in version 3) and asks twice; up and down are machine's seconds.
LINES = {
    "garbage": "garbage",
    "garbage-now-and-then": "garbage share=0.4",
    "wrong-checksum": "wrong-checksum share=0.4",
    "truncated": "truncated",
    "truncated-now-and-then": "truncated share=0.4",
    "late": "late",
    "glued": "glued",
    "duplicate": "duplicate",
    "two-in-one": "duplicate joined=1",
    "noise": "noise share=0.0005",
    "loss": "loss share=0.15",
    "slow": "slow seconds=0.35",
    "too-slow": "slow seconds=1.2",
    "jitter": "jitter seconds=0.6",
    "flapping": "flapping up=120 down=60",
    "mute": "mute",
    "late-and-doubled": "late, duplicate share=0.5, jitter seconds=0.3",
    "glued-and-lost": "glued, loss share=0.2, slow seconds=0.1",
    "all-at-once": "garbage share=0.1, truncated share=0.1, duplicate share=0.3, loss share=0.1, jitter seconds=0.2",
}
TROUBLES = {
    "reboot": every(250, lambda _: Command(Do.REBOOT)),
    "hang": every(300, lambda _: Command(Do.HANG, seconds=120)),
    "replace": every(270, lambda number: Command(Do.REPLACE, serial=f"OTHER-{number}")),
    "reset-counter": every(150, lambda _: Command(Do.RESET_COUNTER)),
    "wrap-counter": [(0.0, Command(Do.WRAP_COUNTER, documents=12))],
    "batch-counter": [(0.0, Command(Do.BATCH_COUNTER, documents=5))],
    "stick-counter": every(250, lambda _: Command(Do.STICK_COUNTER, seconds=120)),
}
# Version 3 takes its agents, which encrypt in Python, many times the work: each vice once, and what a session knows of.
FEWER = (
    "garbage-now-and-then",
    "wrong-checksum",
    "truncated-now-and-then",
    "late",
    "glued",
    "duplicate",
    "noise",
    "loss",
)
SECURE_LINES = {name: LINES[name] for name in (*FEWER, "slow", "jitter", "flapping", "mute")}
SECURE_TROUBLES = {name: TROUBLES[name] for name in ("reboot", "replace")}
ROUNDS: dict[str, Round] = {}


def told_in(version: str) -> Round:
    """The round of a version, played once."""
    if version not in ROUNDS:
        lines, troubles = (SECURE_LINES, SECURE_TROUBLES) if version == "3" else (LINES, TROUBLES)
        ROUNDS[version] = asyncio.run(Round(version, lines, troubles, TIMEOUT_S[version]).play(SPOILT_S))
    return ROUNDS[version]


@pytest.fixture(params=["1", "2c", "3"])
def played(request: pytest.FixtureRequest) -> Round:
    """Each version's round."""
    return told_in(request.param)


def test_no_vice_is_left_out() -> None:
    """Every one that can befall a datagram, and every one of the machine's own, is in the round."""
    words = " ".join(SECURE_LINES.values())
    assert [vice for vice in Vice if Carriage.DATAGRAMS in VICES[vice].over and vice not in words] == []
    assert set(AT_THE_MACHINE) == set(TROUBLES)


def test_nothing_is_said_that_the_machine_did_not_hold(played: Round) -> None:
    """Every report of every machine, before, during and after its vice, is held against the machine's own history."""
    found = {
        watched.name: said
        for watched in played.watched
        for polled in watched.polls
        if isinstance(report := polled.heard.heard, Report)
        and (said := lies(report, watched.machine, polled.since, polled.until))
    }
    assert found == {}


def test_much_was_said_all_the_same(played: Round) -> None:
    """The round was no dumb show: machines worked, stopped and went on before everybody's eyes (or it would not have
    ended), and something was heard on lines that are not quite dead."""
    heard = {watched.name: reports(watched) for watched in played.watched}
    assert heard["mute"] == []
    assert heard["duplicate"]
    assert sum(len(heard[name]) for name in heard if name in LINES and name != "duplicate") > 3
    assert any(heard[name] for name in heard if name in TROUBLES)


def test_everybody_answers_again(played: Round) -> None:
    """When the line is mended, or the machine's trouble is over, a report follows; nothing went wrong on the way."""
    for watched in played.watched:
        assert isinstance(watched.phases[2][-1].heard.heard, Report), watched.name
    assert played.mishaps == []


def test_no_document_is_counted_that_was_not_made(played: Round) -> None:
    """Whatever was lost, doubled, reset, wrapped or exchanged in between."""
    for watched in played.watched:
        was, now = watched.counted_from, played.produced(watched)
        made = watched.machine.made * watched.machine.sheet.markers[0].counts
        assert was is not None
        assert now.since != was.since or 0 <= now.total - was.total <= made, watched.name
        assert now.since == was.since or watched.name == "replace"


def test_machines_beside_them_notice_nothing(played: Round) -> None:
    """Each of their polls is answered, and no question had to be asked twice: that would have taken too long."""
    for watched in played.watched[-2:]:
        assert all(isinstance(polled.heard.heard, Report) for polled in watched.phases[1])
        assert max(polled.took_s for polled in watched.phases[1]) < HEALTHY_WAITS_S
