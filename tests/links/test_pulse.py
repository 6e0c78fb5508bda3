"""A machine at rest is asked by the pulse; whatever is otherwise, its poller hears as if there were no pulse."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from pysnmp.proto import rfc1902

from fleetmon import catalog, sources
from fleetmon import poller as polling
from fleetmon.clock import Clock
from fleetmon.links import pulse as pulses
from fleetmon.links.pulse import Pulse
from fleetmon.links.snmp import SnmpLink
from fleetmon.model.plan import MachinePlan, SourcePlan
from fleetmon.model.report import At, NoAnswer, Observation, Report
from fleetmon.model.words import MachineKind, State
from fleetmon.poller import SourcePoller

RATE = 100.0  # an interval of 5 s passes within 50 ms
UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
DEVICE_STATUS, ERROR_BITS = (1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 5, 1), (1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 2, 1)
PRINTER_STATUS = (1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 1, 1)
LIFE, LEVEL = (1, 3, 6, 1, 2, 1, 43, 10, 2, 1, 4, 1, 1), (1, 3, 6, 1, 2, 1, 43, 11, 1, 1, 9, 1, 1)
PRINTER = {
    (1, 3, 6, 1, 2, 1, 1, 1, 0): rfc1902.OctetString(b"Acme printer"),
    (1, 3, 6, 1, 2, 1, 1, 2, 0): rfc1902.ObjectIdentifier((1, 3, 6, 1, 4, 1, 32473)),
    UPTIME: rfc1902.TimeTicks(1_000_000),
    (1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 2, 1): rfc1902.ObjectIdentifier((1, 3, 6, 1, 2, 1, 25, 3, 1, 5)),
    DEVICE_STATUS: rfc1902.Integer32(2),
    PRINTER_STATUS: rfc1902.Integer32(3),
    ERROR_BITS: rfc1902.OctetString(b"\0"),
    (1, 3, 6, 1, 2, 1, 43, 5, 1, 1, 1, 1): rfc1902.Counter32(7),
    LIFE: rfc1902.Counter32(100),
    (1, 3, 6, 1, 2, 1, 43, 11, 1, 1, 8, 1, 1): rfc1902.Integer32(2200),
    LEVEL: rfc1902.Integer32(900),
    (1, 3, 6, 1, 6, 3, 1): rfc1902.Integer32(0),
}


@dataclass
class Office:
    """A machine whose values can be changed, its poller, and what was heard of it by whom."""

    mib: dict
    agent: object
    poller: SourcePoller
    heard: list[Observation] = field(default_factory=list)
    again: list[Observation] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, told: Callable[[], object], seconds: float = 10.0) -> None:
        """Wait for something to be heard."""
        async with asyncio.timeout(seconds):
            while not told():
                self.news.clear()
                await self.news.wait()

    async def rests(self, times: int = 3) -> None:
        """Wait until it was heard so often by the pulse, from now on."""
        known = len(self.again)
        await self.until(lambda: len(self.again) >= known + times)

    @property
    def last(self) -> Report:
        """What the poller itself heard last."""
        assert isinstance(self.heard[-1].heard, Report)
        return self.heard[-1].heard


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch) -> None:
    """Every repetition is told, so that a test need not wait for it."""
    monkeypatch.setattr(polling, "TOLD_AGAIN_S", 0.0)


@pytest.fixture
def open_office(start_agent, snmp_socket, honest):
    """Opens offices."""

    @asynccontextmanager
    async def opened(**how: object) -> AsyncIterator[Office]:
        mib, clock = dict(PRINTER), Clock(RATE)
        agent = await start_agent(honest_now(mib, honest))
        source = SourcePlan("main", f"snmp://{agent.host}:{agent.port}", driver="snmp_printer")
        machine = MachinePlan("m1", MachineKind.PRINTER, (source,))
        heart = Pulse(clock)
        office = Office(mib, agent, None)  # type: ignore[arg-type]

        async def hand_over(observation: Observation) -> None:
            office.heard.append(observation)
            office.news.set()

        def hear_again(observation: Observation) -> None:
            office.again.append(observation)
            office.news.set()

        link = SnmpLink(snmp_socket, agent.host, agent.port, **({"timeout_s": 0.1} | how))
        behave = sources.Manner(catalog.load(), source)
        office.poller = SourcePoller(machine, source, link, behave, clock, hand_over, hear_again, heart)
        task = asyncio.get_running_loop().create_task(office.poller.run())
        try:
            yield office
        finally:
            task.cancel()
            await asyncio.wait([task])
            heart.close()

    return opened


def honest_now(mib: dict, honest: Callable) -> Callable:
    """An agent that answers from what the table holds when it is asked, and whose clock goes on."""

    def answer(asked):
        mib[UPTIME] = rfc1902.TimeTicks(int(mib[UPTIME]) + 500)
        return honest(mib)(asked)

    return answer


async def test_a_machine_at_rest_is_heard_by_the_pulse(open_office) -> None:
    """Each slot one request, the same as the poller's; the report is the last one with the machine's time of now."""
    async with open_office() as office:
        await office.rests()
        by_poller, requests = len(office.heard), len(office.agent.requests)
        await office.rests(5)
        asked = office.agent.requests[requests:]
        assert {(each.kind, each.oids) for each in asked if each.kind == "get"} >= {("get", office.poller.met.fast)}
        assert len(office.heard) - by_poller <= 1  # the slow poll of the minute, if it fell into this time
        told = office.again[-1].heard
        assert isinstance(told, Report)
        assert replace(told, uptime_s=None) == replace(office.last, uptime_s=None)
        assert told.uptime_s > office.last.uptime_s
        assert told.repeats(office.last)


async def test_slow_polls_too_are_left_to_the_pulse(open_office) -> None:
    """Once one went as usual, levels and the alert table are asked for without the poller."""
    async with open_office() as office:
        await office.until(lambda: len(office.poller._scripts) == 2)
        by_poller = len(office.heard)
        bulks = sum(each.kind == "bulk" for each in office.agent.requests)
        await office.until(lambda: sum(each.kind == "bulk" for each in office.agent.requests) >= bulks + 2)
        assert len(office.heard) == by_poller


@pytest.mark.parametrize(
    ("moved", "told"),
    [
        ({DEVICE_STATUS: rfc1902.Integer32(5), ERROR_BITS: rfc1902.OctetString(b"\4")}, State.STOPPED),
        ({ERROR_BITS: rfc1902.OctetString(b"\4\0")}, State.STOPPED),  # an answer of another size
        ({PRINTER_STATUS: rfc1902.Integer32(4)}, State.PROCESSING),
    ],
)
async def test_what_moves_is_heard_by_the_poller_in_that_slot(open_office, moved, told) -> None:
    """A fault and a change of state; when they are over, the machine is at rest again."""
    async with open_office() as office:
        await office.rests()
        office.mib.update(moved)
        await office.until(lambda: office.last.state is told)
        assert all(each.heard.state is State.IDLE for each in office.again)
        await office.rests()
        assert office.again[-1].heard.state is told
        office.mib.update({oid: PRINTER[oid] for oid in moved})
        await office.until(lambda: office.last.state is State.IDLE)


async def test_counts_and_levels_are_heard(open_office) -> None:
    """A life count in the next slot, a level within the minute; neither is ever told in its old form afterwards."""
    async with open_office() as office:
        await office.until(lambda: len(office.poller._scripts) == 2)
        office.mib[LIFE] = rfc1902.Counter32(101)
        await office.until(lambda: office.last.counters[0].total == 101)
        office.mib[LEVEL] = rfc1902.Integer32(899)
        await office.until(lambda: office.last.supplies[0].level.level == 899)
        await office.rests()
        assert office.again[-1].heard.supplies[0].level.level == 899
        assert office.again[-1].heard.counters[0].total == 101


async def test_a_restart_is_met_afresh(open_office) -> None:
    """The clock falls back while the machine is at rest, to more than it showed when the poller heard it last."""
    async with open_office() as office:
        office.mib[UPTIME] = rfc1902.TimeTicks(1_000_000)
        await office.rests(5)
        walks = sum(each.kind == "bulk" for each in office.agent.requests)
        office.mib[UPTIME] = rfc1902.TimeTicks(int(office.last.uptime_s * 100) + 1)
        await office.until(lambda: sum(each.kind == "bulk" for each in office.agent.requests) >= walks + 12)


async def test_silence_is_told_by_the_poller(open_office, monkeypatch) -> None:
    """Nothing comes any more: the poller asks itself, twice, and says so; when the machine is back, it rests again."""
    monkeypatch.setattr(pulses, "_PATIENCE_S", 0.05)
    async with open_office() as office:
        await office.rests()
        answer, office.agent.answer = office.agent.answer, lambda asked: []
        await office.until(lambda: isinstance(office.heard[-1].heard, NoAnswer))
        office.agent.answer = answer
        await office.until(lambda: isinstance(office.heard[-1].heard, Report))
        await office.rests()


async def test_rubbish_is_left_to_the_poller(open_office) -> None:
    """What cannot be read is told as garbled, by him who can say so."""
    async with open_office() as office:
        await office.rests()
        office.agent.answer = lambda asked: [b"rubbish"]
        await office.until(lambda: isinstance(office.heard[-1].heard, NoAnswer))


async def test_two_answers_in_one_datagram_stop_nobody(open_office) -> None:
    """The first of them counts, as for the poller, who is asked to read it; afterwards all goes on as before."""
    async with open_office() as office:
        await office.rests()
        honest, by_poller = office.agent.answer, len(office.heard)
        office.agent.answer = lambda asked: [b"".join(2 * list(honest(asked)))]
        await office.until(lambda: len(office.heard) > by_poller)
        assert isinstance(office.heard[-1].heard, Report)
        office.agent.answer = honest
        await office.rests()


async def test_a_late_answer_is_no_answer(open_office) -> None:
    """An answer to another request changes nothing: neither is it taken for a repetition nor for something new."""
    async with open_office() as office:
        await office.rests()
        honest = office.agent.answer
        late = replace_id(honest)
        office.agent.answer = lambda asked: [*late(asked), *honest(asked)]
        by_poller = len(office.heard)
        await office.rests(4)
        assert len(office.heard) - by_poller <= 1


def replace_id(honest: Callable) -> Callable:
    """The answers an agent would give to requests with another number."""
    return lambda asked: honest(replace(asked, request_id=asked.request_id ^ 1))


async def test_who_is_hastened_is_asked_by_his_poller_at_once(open_office) -> None:
    """A trap does not wait for the slot, and looks everywhere."""
    async with open_office() as office:
        await office.rests()
        by_poller = len(office.heard)
        office.poller.hasten()
        await office.until(lambda: len(office.heard) > by_poller)
        await office.rests()


@pytest.mark.parametrize("is_answered", [True, False])
async def test_who_is_hastened_while_his_machine_is_asked_waits_for_that(open_office, monkeypatch, is_answered) -> None:
    """One request at a time: the poller asks when the one on its way is answered, or given up."""
    monkeypatch.setattr(pulses, "_PATIENCE_S", 0.2)
    async with open_office() as office:
        await office.rests()
        honest, office.agent.answer = office.agent.answer, lambda asked: []
        requests, by_poller = len(office.agent.requests), len(office.heard)
        office.agent.was_asked.clear()
        await asyncio.wait_for(office.agent.was_asked.wait(), 5)
        office.poller.hasten()
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(office.agent.requests) == requests + 1
        office.agent.answer = honest
        if is_answered:
            held = office.agent.requests[-1]
            office.agent.transport.sendto(*honest(held), held.sender)
        await office.until(lambda: len(office.heard) > by_poller)
        assert sum(each.kind == "bulk" for each in office.agent.requests[requests:]) >= 1  # he looked everywhere
        await office.rests()


async def test_nobody_is_asked_after_the_end(open_office) -> None:
    """A poller that is stopped while its machine rests takes the pulse along."""
    async with open_office() as office:
        await office.rests()
    requests = len(office.agent.requests)
    async with open_office() as other:
        await other.rests(5)
    assert len(office.agent.requests) == requests


async def test_a_machine_at_rest_is_told_of_every_quarter_of_a_minute(open_office, monkeypatch) -> None:
    """It is asked in every slot; that it repeats itself is told with the first answer a quarter of a minute later."""
    monkeypatch.setattr(polling, "TOLD_AGAIN_S", 15.0)
    answered, repeated = [], SourcePoller.repeated

    def noted(poller: SourcePoller, ticks: int, at: At) -> float:
        answered.append(at.mono)
        return repeated(poller, ticks, at)

    monkeypatch.setattr(SourcePoller, "repeated", noted)
    async with open_office() as office:
        await office.rests(4)
        told = [each.at.mono for each in office.again]
        by_poller = [each.at.mono for each in office.heard]
        for sooner, later in pairwise(told):
            assert later - sooner >= 15.0
            last = max([sooner, *(at for at in by_poller if at < later)])
            assert not [at for at in answered if last + 15.0 <= at < later], "an answer was due to be told, and was not"
        assert len(office.agent.requests) > 3 * len(told)
