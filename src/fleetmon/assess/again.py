"""The short way for nearly all that is ever heard: a machine says once more what it said last.

Decoders hand on the very objects of what stands, so that this is seen by comparing identities; only the time goes on.
"""

from fleetmon.assess.fleet import Snapshot, Source
from fleetmon.model.report import Observation, Report
from fleetmon.model.words import Contact


def hear_again(known: Snapshot, observation: Observation) -> Snapshot | None:
    """What `fleet.hear` would say of a live source that repeats its last report; None for anything else."""
    report, sources = observation.heard, []
    for source in known.sources:
        if source.name != observation.source:
            sources.append(source)
            continue
        last = source.report
        if source.contact is not Contact.LIVE or last is None or not isinstance(report, Report):
            return None
        if not report.repeats(last) or report.counters is not last.counters:
            return None
        sources.append(Source(source.name, report, observation.at, Contact.LIVE, serial=source.serial))
    return Snapshot(known.machine, tuple(sources), known.faults, known.produced)
