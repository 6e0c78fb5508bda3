"""One source of one machine: what it last said, and how the line to it fares.

Contact is what we know of the line, never what the machine says of itself. One failed poll is a doubt; a minute of
them, and three at least, is a loss. A machine that said it goes to sleep may be silent for half a day before anybody
calls it lost.
"""

from dataclasses import replace

from fleetmon.model.frozen import dataclass
from fleetmon.model.plan import SourcePlan
from fleetmon.model.report import At, Observation, Report
from fleetmon.model.words import Contact, Silence

LOST_AFTER_FAILURES = 3
LOST_AFTER_S = 60.0
SLEEP_EXCUSED_S = 12 * 3600.0
# A source that answers is asked again within its interval and answers within half a minute, or somebody is stuck.
_UNASKED_INTERVALS = 2
_UNASKED_S = 60.0
_ASLEEP_IS = (Silence.TIMEOUT, Silence.REFUSED)


@dataclass(frozen=True, slots=True)
class Source:
    """What one source last said, and how the line to it fares; `serial` is the last it told, however long ago."""

    name: str
    report: Report | None = None
    heard_at: At | None = None
    contact: Contact = Contact.AWAITED
    failures: int = 0
    failing_since: At | None = None
    why: Silence | None = None
    text: str = ""
    serial: str | None = None

    @property
    def driver(self) -> str | None:
        """The driver that understood the last report."""
        return self.report.driver if self.report else None


def unheard_source(source: Source) -> Source:
    """What was lost stays lost until it is heard: a restart of ours must not bring a state back that nobody heard."""
    if source.contact is Contact.LOST:
        return source
    return replace(source, contact=Contact.AWAITED, failures=0, failing_since=None, why=None, text="")


def hear_source(source: Source, observation: Observation) -> Source:
    """The source after an observation of it."""
    heard, at = observation.heard, observation.at
    if isinstance(heard, Report):
        return Source(source.name, heard, at, Contact.LIVE, serial=heard.identity.serial or source.serial)
    since = source.failing_since or at
    failing = replace(source, failures=source.failures + 1, failing_since=since, why=heard.why, text=heard.text)
    return replace(failing, contact=_silent(failing, at.since(since)))


def _silent(source: Source, silent_s: float) -> Contact:
    if source.contact is Contact.LOST or source.why is Silence.DRIVER_BUG:
        return Contact.LOST  # a driver that is broken will not be asked again for long: waiting would tell nothing
    if source.failures >= LOST_AFTER_FAILURES and silent_s >= _lost_after_s(source):
        return Contact.LOST
    return Contact.AWAITED if source.contact is Contact.AWAITED else Contact.STALE


def _lost_after_s(source: Source) -> float:
    asleep = source.report is not None and source.report.asleep and source.why in _ASLEEP_IS
    return SLEEP_EXCUSED_S if asleep else LOST_AFTER_S


def wait_source(source: Source, plan: SourcePlan, at: At) -> Source:
    """The source when nothing was heard of it until `at`."""
    if source.failing_since is not None:
        contact = _silent(source, at.since(source.failing_since))
        return source if contact is source.contact else replace(source, contact=contact)
    if source.contact is Contact.LIVE and source_patience_s(source, plan, at) <= 0:
        return replace(source, contact=Contact.STALE)
    return source


def source_patience_s(source: Source, plan: SourcePlan, at: At) -> float:
    """For how many seconds `wait_source` will change nothing, at least."""
    if source.failing_since is not None and source.contact is not Contact.LOST:
        left = _lost_after_s(source) - at.since(source.failing_since)
        return left if left > 0 or source.failures >= LOST_AFTER_FAILURES else float("inf")
    if source.contact is Contact.LIVE and source.heard_at is not None:
        return _UNASKED_INTERVALS * plan.interval_s + _UNASKED_S - at.since(source.heard_at)
    return float("inf")
