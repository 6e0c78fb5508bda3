"""Whatever changes on a machine, a poll tells what decoding everything it heard would tell, and shares what stands."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fleetmon.conversation import converse
from fleetmon.decode.dialogue import Get, Oid, Reply, Request, Value, Varbind
from fleetmon.decode.objects import learn
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.printer_mib.decode import decode
from fleetmon.decode.printer_mib.heard import listen
from fleetmon.decode.snmp import Met, Pace, poll
from fleetmon.links.walk_file import WalkFile
from fleetmon.model.report import Report

from .hearing import at_once, choose_driver, met_now
from .walks import alert, link, printer, supply

MACHINE = (
    printer(),
    "43.6.1.1.2.1.1|4|Front\n43.6.1.1.3.1.1|2|4\n43.6.1.1.2.1.2|4|Rear\n43.6.1.1.3.1.2|2|4",
    "43.5.1.1.17.1|4|SN1\n43.5.1.1.18.1|65|0\n43.5.1.1.19.1|65|0",
    "43.10.2.1.3.1.1|2|7\n43.10.2.1.4.1.1|65|100\n43.10.2.1.15.1.1|2|0",
    "43.16.5.1.2.1.1|4|Ready",
    supply(1, kind=3, unit=19, capacity=100, level=50),
    alert(1, severity=5, group=8, group_index=1, code=807, time="67|100"),
)
BEFORE = met_now(link(*MACHINE))
CHANGEABLE = [*BEFORE.fast, *BEFORE.slow, *BEFORE.on_change]
ALERT_ROW = [oid for oid in BEFORE.objects if oid[: len(mib.ALERT)] == mib.ALERT]
VALUES = st.integers(0, 12) | st.sampled_from([b"\x00", b"\x04", b"\x08", b"Jam", b""])
CHANGES = st.dictionaries(st.sampled_from([*CHANGEABLE, *ALERT_ROW]), VALUES, max_size=3)


class Heard:
    """A link to what a machine says now, which keeps all that it was heard to say."""

    def __init__(self, objects: dict[Oid, Value]) -> None:
        self._link = WalkFile({oid: Varbind(oid, 0, value) for oid, value in objects.items()})
        self.said: dict[Oid, Value] = {}
        self.walked: list[Oid] = []

    async def ask(self, request: Request) -> Reply:
        reply = await self._link.ask(request)
        self.said = learn(self.said, reply)
        if not isinstance(request, Get):
            self.walked.append(request.root)
        return reply

    async def close(self) -> None:
        await self._link.close()


def unaged(report: Report) -> Report:
    """The report without the ages of its faults: these are of the time when they were read."""
    return replace(report, faults=tuple(replace(fault, age_s=None) for fault in report.faults))


@settings(max_examples=300)
@given(st.lists(st.tuples(CHANGES, st.sampled_from(Pace), st.integers(0, 500)), min_size=1, max_size=4))
def test_a_poll_says_what_decoding_all_that_was_heard_says(story: list[tuple[dict[Oid, Value], Pace, int]]) -> None:
    """Over several polls, fast and slow, with anything changing in between and the clock going on."""
    known, now = BEFORE, dict(BEFORE.objects)
    for changed, pace, ticks in story:
        now = {**now, **changed, mib.SYS_UPTIME: known_ticks(now) + ticks}
        machine = Heard(now)
        then: Met = at_once(converse(poll(choose_driver, known, pace), machine))
        assume(mib.HR_DEVICE not in machine.walked)  # met afresh: nothing was left out
        kept = {oid: value for oid, value in known.objects.items() if oid[: len(mib.ALERT)] not in machine.walked}
        assert unaged(then.report) == unaged(decode(listen({**kept, **machine.said}, then.device), then.definition))
        for name in ("faults", "notices", "supplies", "inputs", "console", "identity"):
            before, after = getattr(known.report, name), getattr(then.report, name)
            assert before != after or before is after, name
        known = then


def known_ticks(objects: dict[Oid, Value]) -> int:
    """What the machine's clock shows."""
    ticks = objects[mib.SYS_UPTIME]
    return ticks if isinstance(ticks, int) else 0
