"""A bad line in virtual time comes to what it comes to on the wire, with the same functions and the same seed."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from fleetmon.simulators.bad_line import BadLine, read_vice
from fleetmon.simulators.stories.scenario import LinkHappening
from fleetmon.simulators.vices import VICES, Carriage, Vice
from fleetmon.simulators.wires.delivery import Delivery

from fleetmon.decode.dialogue import Get, Reply, Request, Varbind
from fleetmon.decode.printer_mib import mib
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.lab.virtual_time.spoiling import Spoilt, TooLong

FAST, MEETING = Get((mib.SYS_UPTIME,)), Get((mib.SYS_DESCR, mib.SYS_UPTIME))
ANSWERED, SILENT, GARBLED = "answered", "silent", "garbled"
OUTCOMES = {
    "garbage": GARBLED,
    "wrong-checksum": SILENT,
    "truncated": GARBLED,
    "late": ANSWERED,
    "glued": ANSWERED,
    "duplicate": ANSWERED,
    "duplicate joined=1": ANSWERED,
    "noise share=1": SILENT,
    "loss share=1": SILENT,
    "slow seconds=3.9": ANSWERED,
    "slow seconds=4": SILENT,
    "jitter seconds=1.9": ANSWERED,
    "flapping up=1 down=60": SILENT,
    "mute": SILENT,
}


class Answering:
    """A Partner that is always there; it counts how often it was asked."""

    changed, ticks = 7, 100

    def __init__(self) -> None:
        self.asked = 0

    def at(self, now: float) -> None:
        """Nothing moves."""

    def ask(self, request: Request) -> Reply:
        self.asked += 1
        return (Varbind(mib.SYS_UPTIME, 0x43, 100),)


def links(words: str, begins: float = 0.0, ends: float = 1000.0) -> Iterator[LinkHappening]:
    """One happening for each vice, as a scenario has them."""
    return (LinkHappening(vice, "m", begins, ends, numbers) for vice, numbers in read_vice(words).each.items())


def spoilt(words: str, begins: float = 0.0, cut: Callable[[], bool] = lambda: False) -> Spoilt:
    """A machine behind such a line, brought to half a minute after it began."""
    partner = Spoilt(Answering(), "m", list(links(words, begins)), cut, seed=1)
    partner.at(begins + 30.0)
    return partner


def outcome(partner: Spoilt, request: Request = FAST) -> str:
    try:
        partner.ask(request)
    except GarbledReply:
        return GARBLED
    except LinkError:
        return SILENT
    return ANSWERED


@pytest.mark.parametrize("words", OUTCOMES)
def test_each_vice_comes_to_what_it_does_on_the_wire(words: str) -> None:
    """The same outcomes as tests/simulators/vices finds for questions over UDP; again and again."""
    partner = spoilt(words)
    for number in range(5):
        partner.at(31.0 + number)
        assert outcome(partner) == OUTCOMES[words]


def test_no_vice_is_left_out() -> None:
    """Everything that can befall a datagram."""
    named = {words.partition(" ")[0] for words in OUTCOMES}
    assert named == {vice for vice in Vice if Carriage.DATAGRAMS in VICES[vice].over}


def test_what_no_datagram_can_suffer_does_nothing() -> None:
    """A scenario may make all lines of an office come one octet at a time; SNMP does not notice."""
    assert outcome(spoilt("one-byte, hang-up, busy")) == ANSWERED


def test_the_same_answers_are_lost_as_on_the_wire() -> None:
    """One line, one seed: with a third lost, a request fails where the wire's line would lose both tries."""
    twin = BadLine("m", Carriage.DATAGRAMS, lambda: 0.0, seed=1)
    twin.spoil(read_vice("loss share=0.4"))
    partner, found = spoilt("loss share=0.4"), []
    for _ in range(200):
        partner.at(50.0)
        found.append(outcome(partner))
    sent = [Delivery(0.0, b"answer")]
    assert found == [ANSWERED if twin(sent) or twin(sent) else SILENT for _ in range(200)]
    assert 10 < found.count(SILENT) < 60


def test_a_vice_has_its_time() -> None:
    """Before and after it the line is honest, and nobody need be asked who says nothing new."""
    partner = Spoilt(Answering(), "m", list(links("mute", 100, 200)), lambda: False, seed=1)
    for now, expected, changed in (
        (99.0, ANSWERED, 7),
        (100.0, SILENT, None),
        (199.9, SILENT, None),
        (200, ANSWERED, 7),
    ):
        partner.at(now)
        assert (outcome(partner), partner.changed) == (expected, changed)


def test_two_vices_at_once() -> None:
    """What overlaps acts together; what is over leaves the other."""
    both = [*links("slow seconds=1.5", 0, 100), *links("mute", 50, 60)]
    partner = Spoilt(Answering(), "m", both, lambda: False, seed=1)
    for now, expected in ((49.0, ANSWERED), (50.0, SILENT), (60.0, ANSWERED), (100.0, ANSWERED)):
        partner.at(now)
        assert outcome(partner) == expected


def test_a_flapping_line_flaps_from_its_beginning() -> None:
    """Not from when somebody looks first: there for 10 s from 100 s on, then gone for 20 s."""
    partner = Spoilt(Answering(), "m", list(links("flapping up=10 down=20", 100)), lambda: False, seed=1)
    for now, expected in ((108.0, ANSWERED), (111.0, SILENT), (129.0, SILENT), (131.0, ANSWERED), (141.0, SILENT)):
        partner.at(now)
        assert outcome(partner) == expected


def test_a_poll_may_not_take_too_long() -> None:
    """Of questions answered after 1.5 s each a poll has time for three, a first meeting for twenty."""
    partner = spoilt("slow seconds=1.5")
    for first, answered in ((FAST, 3), (MEETING, 20)):
        partner.at(40.0)
        asked = 0
        with suppress(TooLong):
            while asked < 40:
                partner.ask(FAST if asked else first)
                asked += 1
        assert asked == answered


def test_without_its_network_a_site_hears_nobody() -> None:
    """Whatever else is wrong."""
    assert outcome(spoilt("duplicate", cut=lambda: True)) == SILENT
