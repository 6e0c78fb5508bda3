"""When octets leave, in a time of the test's own."""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

import pytest
from fleetmon.simulators.sheets.interfaces import Line, Parity
from fleetmon.simulators.wires.conversation import MOST_WAITING, Conversation, Voice
from fleetmon.simulators.wires.delivery import Delivery, Vice
from hypothesis import given
from hypothesis import strategies as st

LINE = Line(9600, 8, Parity.NONE, 1)


class Time:
    """As much of an event loop as a conversation uses."""

    def __init__(self) -> None:
        self.now = 0.0
        self._calls: list[tuple[float, int, Callable[[], None]]] = []
        self._count = count()
        self._cancelled: set[int] = set()

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, call: Callable[[], None]) -> "Handle":
        number = next(self._count)
        heappush(self._calls, (at, number, call))
        return Handle(lambda: self._cancelled.add(number))

    def call_later(self, after: float, call: Callable[[], None]) -> "Handle":
        return self.call_at(self.now + after, call)

    def run(self, until: float) -> None:
        while self._calls and self._calls[0][0] <= until:
            at, number, call = heappop(self._calls)
            self.now = max(self.now, at)
            if number not in self._cancelled:
                call()
        self.now = until


class Handle:
    def __init__(self, cancel: Callable[[], None]) -> None:
        self.cancel = cancel


class Parrot:
    """Says what it was told to say for each octet, and keeps when it heard what."""

    def __init__(self, *answers: Delivery) -> None:
        self.answers = {bytes((number,)): answer for number, answer in enumerate(answers)}
        self.heard: list[tuple[float, bytes]] = []

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        self.heard.append((now, octets))
        return [self.answers[octets[at : at + 1]] for at in range(len(octets))]


class Client:
    """The other end: what it got and when, and whether it was hung up on."""

    def __init__(self, time: Time, speaker: Parrot, line: Line | None, vice: Vice | None = None) -> None:
        self.got: list[tuple[float, bytes]] = []
        self.hung_up: list[float] = []
        voice = Voice(speaker, LINE, time.time, vice) if vice else Voice(speaker, LINE, time.time)
        self.talk = Conversation(
            voice, lambda octets: self.got.append((time.now, octets)), lambda: self.hung_up.append(time.now), line
        )

    @property
    def octets(self) -> bytes:
        return b"".join(octets for _, octets in self.got)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """A clock that stands until the test moves it."""
    return ours(monkeypatch)


def ours(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: time)
    return time


def test_a_reply_takes_as_long_as_the_line_needs(time: Time) -> None:
    """80 octets at 9600 baud 8N1 after 50 ms of thought: the first at once after 16 octet times, the last at 133 ms."""
    client = Client(time, Parrot(Delivery(0.05, b"x" * 80)), LINE)
    client.talk.hear(b"\x00")
    time.run(0.05 + 15 / 960)
    assert client.octets == b""
    time.run(0.14)
    assert client.octets == b"x" * 80
    assert [round(at, 6) for at, _ in client.got] == [round(0.05 + 16 * piece / 960, 6) for piece in range(1, 6)]


def test_a_network_carries_a_reply_at_once(time: Time) -> None:
    """Without a serial line nothing is cut or delayed; what needs no thought leaves before `hear` returns."""
    client = Client(time, Parrot(Delivery(0, b"a" * 500), Delivery(0.3, b"b")), None)
    client.talk.hear(b"\x00\x01")
    assert client.got == [(0.0, b"a" * 500)]
    time.run(0.3)
    assert client.got == [(0.0, b"a" * 500), (0.3, b"b")]


@given(after=st.lists(st.sampled_from([0.0, 0.2, 1.0, 5.0]), max_size=6), pause=st.sampled_from([0.0, 0.1, 2.0]))
def test_no_answer_overtakes_another(after: list[float], pause: float) -> None:
    """A quick answer to a later question comes after a slow one to an earlier."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        time = ours(monkeypatch)
        speaker = Parrot(*(Delivery(after_s, b"%d" % number) for number, after_s in enumerate(after)))
        client = Client(time, speaker, LINE)
        for number in range(len(after)):
            client.talk.hear(bytes((number,)))
            time.run(time.now + pause)
        time.run(time.now + 100)
    assert client.octets == b"".join(b"%d" % number for number in range(len(after)))


def test_it_is_asked_every_second_whether_it_has_something_to_say(time: Time) -> None:
    """That is how a machine speaks unasked; it ends with the conversation."""
    speaker = Parrot()
    client = Client(time, speaker, None)
    time.run(3.5)
    assert speaker.heard == [(1.0, b""), (2.0, b""), (3.0, b"")]
    client.talk.end()
    time.run(10)
    assert len(speaker.heard) == 3


def test_what_nobody_fetches_is_bounded(time: Time) -> None:
    """A client that asks and asks gets what fits into the machine's buffer; the rest is lost."""
    client = Client(time, Parrot(Delivery(1, b"y" * 1000)), LINE)
    for _ in range(1000):
        client.talk.hear(b"\x00")
    time.run(10_000)
    assert len(client.octets) == MOST_WAITING // 1000 * 1000


def test_hanging_up_comes_after_the_octets_and_is_the_end(time: Time) -> None:
    """What was to follow is not sent."""
    client = Client(time, Parrot(Delivery(0.1, b"bye", hang_up=True), Delivery(0.2, b"never")), None)
    client.talk.hear(b"\x00\x01")
    time.run(5)
    assert (client.got, client.hung_up) == ([(0.1, b"bye")], [0.1])


def test_a_client_that_only_listens_still_gets_its_answer(time: Time) -> None:
    """Half-closed: hung up on after the last octet, at once when nothing is owed, and never asked again."""
    client = Client(time, Parrot(Delivery(2.5, b"late")), None)
    client.talk.hear(b"\x00")
    client.talk.leave()
    time.run(10)
    assert (client.got, client.hung_up) == ([(2.5, b"late")], [2.5])
    idle = Client(time, Parrot(), None)
    idle.talk.leave()
    assert idle.hung_up == [10]


def test_a_purge_forgets_what_is_on_its_way(time: Time) -> None:
    """A client that purges starts afresh, and waits for nothing of what he gave up."""
    client = Client(time, Parrot(Delivery(1, b"old"), Delivery(0, b"new")), None)
    client.talk.hear(b"\x00")
    client.talk.forget()
    client.talk.hear(b"\x01")
    assert client.octets == b"new"
    time.run(5)
    assert client.octets == b"new"


def test_a_speaker_may_listen_to_each_client_by_himself(time: Time) -> None:
    """What one client left unfinished is no beginning of another's request, if the machine has a mind for it."""
    heard: list[tuple[int, bytes]] = []

    class One(Parrot):
        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

        def hear(self, octets: bytes, now: float) -> list[Delivery]:
            heard.append((self.number, octets))
            return []

    class Host(Parrot):
        met = 0

        def meet(self) -> One:
            self.met += 1
            return One(self.met)

    host = Host()
    first, second = Client(time, host, None), Client(time, host, None)
    first.talk.hear(b"a")
    second.talk.hear(b"b")
    assert (heard, host.heard) == ([(1, b"a"), (2, b"b")], [])


def test_a_vice_stands_between_the_machine_and_the_line(time: Time) -> None:
    """Whatever the machine says, the vice decides what leaves."""

    def stammer(deliveries: list[Delivery]) -> list[Delivery]:
        return [each for each in deliveries for _ in range(2)]

    client = Client(time, Parrot(Delivery(0, b"ok")), None, stammer)
    client.talk.hear(b"\x00")
    assert client.octets == b"okok"
