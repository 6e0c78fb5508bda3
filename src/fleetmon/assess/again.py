"""The short way for nearly all that is ever heard: a machine says once more what it said last.

Decoders hand on the very objects of what stands, so that this is seen by comparing identities; only the time goes on.
"""

from fleetmon.assess.fleet import Snapshot, Source
from fleetmon.model.report import Observation, Report
from fleetmon.model.words import Contact


def hear_again(known: Snapshot, observation: Observation) -> Snapshot | None:
    """What `fleet.hear` would say of a live source that repeats its last report; None for anything else."""
    sources = known.sources
    if len(sources) == 1:
        again = _again(sources[0], observation)
        return None if again is None else Snapshot(known.machine, (again,), known.faults, known.produced)
    for place, source in enumerate(sources):
        if source.name == observation.source:
            again = _again(source, observation)
            if again is None:
                return None
            sources = (*sources[:place], again, *sources[place + 1 :])
    return Snapshot(known.machine, sources, known.faults, known.produced)


def _again(source: Source, observation: Observation) -> Source | None:
    report, last = observation.heard, source.report
    if source.contact is not Contact.LIVE or last is None or not isinstance(report, Report):
        return None
    if source.name != observation.source or report.counters is not last.counters or not report.repeats(last):
        return None
    return Source(source.name, report, observation.at, Contact.LIVE, 0, None, None, "", source.serial)
