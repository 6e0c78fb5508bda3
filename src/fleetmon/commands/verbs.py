"""What there is to ask of a site: one function a verb, and the table of them; those about alerts are in `alerting`.

A new verb is a word in `publish.command_payloads.Verb`, a model of its arguments beside it, and an entry here. Each is
given the site, its arguments and who asks. What it changes durably it returns in its answer's outcome, so that change
and audit event are one transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import fleetmon
from fleetmon.commands import alerting
from fleetmon.commands.answer import Answer
from fleetmon.model.report import At
from fleetmon.poller import SourcePoller
from fleetmon.publish import command_arguments as a
from fleetmon.publish import command_payloads as p
from fleetmon.publish.command_payloads import Reason, Status, Verb
from fleetmon.publish.envelope import rfc3339
from fleetmon.site import Site

REFRESH_DEADLINE_S: Final = 10.0
NAMED_AT_MOST: Final = 100
_SPREAD_S: Final = 4.0  # leaves the machine that is asked last the rest of the deadline
_GAP_S: Final = 0.02
_LOOK_EVERY_S: Final = 0.1


async def ping(site: Site, _asked: a.NoArguments, _who: str) -> Answer:
    """The daemon lives."""
    figures = site.outbox.figures
    time, version = rfc3339(site.clock.now().utc), fleetmon.__version__
    result = p.PingResult(time=time, version=version, stream=figures.stream, head_seq=figures.head)
    return Answer(Status.DONE, f"fleetmon {version}, {time}, head {figures.head}", result=result)


async def refresh(site: Site, asked: a.RefreshArguments, _who: str) -> Answer:
    """Ask machines now, all of them one after the other; answer when each was asked or the deadline has passed."""
    pollers = [each for each in site.pollers if asked.machine in ("*", each.machine.id)]
    if not pollers:
        return Answer.rejected(Reason.BAD_ARGUMENTS, f"no machine here is called {asked.machine}")
    since = site.clock.now()
    with suppress(TimeoutError):
        async with asyncio.timeout(REFRESH_DEADLINE_S):
            await _hasten(site, pollers)
            while not all(_polled(each, since) for each in pollers):
                await site.clock.sleep(_LOOK_EVERY_S)
    return _refreshed(site, pollers, since)


async def _hasten(site: Site, pollers: Sequence[SourcePoller]) -> None:
    gap_s = min(_GAP_S, _SPREAD_S / len(pollers))
    for poller in pollers:
        poller.hasten()
        await site.clock.sleep(gap_s)


def _polled(poller: SourcePoller, since: At) -> bool:
    return poller.polled_at is not None and poller.polled_at.mono > since.mono


def _refreshed(site: Site, pollers: Sequence[SourcePoller], since: At) -> Answer:
    whys = {(known.machine, source.name): source.why for known in site.monitor.snapshots() for source in known.sources}
    missing: dict[str, p.NotRefreshed] = {}
    for each in pollers:
        polled, machine = _polled(each, since), each.machine.id
        if machine not in missing and not (polled and each.failures == 0):
            why = whys.get((machine, each.source.name)) if polled else None
            missing[machine] = p.NotRefreshed(machine=machine, why=why)
    machines = len({each.machine.id for each in pollers})
    named = list(missing.values())[:NAMED_AT_MOST]
    result = p.RefreshResult(
        asked=machines,
        fresh=machines - len(missing),
        not_fresh=named,
        not_fresh_omitted=len(missing) - len(named),
    )
    status = Status.DONE if any(_polled(each, since) for each in pollers) else Status.FAILED
    return Answer(status, f"{result.fresh} of {machines} answered", result=result)


async def resync(site: Site, _asked: a.NoArguments, _who: str) -> Answer:
    """Show the broker every retained topic again."""
    if site.uplink is None:
        return Answer(Status.FAILED, "there is no uplink")
    site.uplink.resync()
    result = p.ResyncResult(topics=site.views.due)
    return Answer(Status.DONE, f"{result.topics} topics are on their way again", result=result)


async def replay(site: Site, asked: a.ReplayArguments, _who: str) -> Answer:
    """Send events again, as far as they are kept; they come by themselves, after everything that is new."""
    if site.uplink is None:
        return Answer(Status.FAILED, "there is no uplink")
    queued = site.uplink.replay(asked.first, asked.last)
    if queued.refused is not None:
        return Answer.rejected(Reason.NOT_KEPT, queued.refused)
    result = p.ReplayResult(first=queued.first, last=queued.last, available_from=queued.available_from)
    text = f"{queued.first} to {queued.last} are on their way again"
    gone = f"; below {queued.available_from} nothing is kept" if asked.first < queued.available_from else ""
    return Answer(Status.ACCEPTED, text + gone, result=result)


VERBS: Final[dict[Verb, Callable[[Site, Any, str], Awaitable[Answer]]]] = {
    Verb.PING: ping,
    Verb.REFRESH: refresh,
    Verb.RESYNC: resync,
    Verb.REPLAY: replay,
    Verb.ACK: alerting.ack,
    Verb.SHELVE: alerting.shelve,
    Verb.UNSHELVE: alerting.unshelve,
    Verb.PLANNED_STOP: alerting.planned_stop,
}
# Seconds between two of a kind: each of them could keep the uplink from everything else.
PAUSES_S: Final[dict[Verb, float]] = {Verb.RESYNC: 5.0}
