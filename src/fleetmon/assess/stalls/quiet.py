"""Whether it is only quiet: how long nothing was made where work comes in, and how much was to be expected meanwhile.

A count that stands says nothing by itself: there may be nothing to do. That is true at one place (the first stage of a
line, or a machine that stands in none) and of a site as a whole. Neither can be told from a stall without somebody's
word that work waits; so what is found here is possible and no more, a notice, unless the issuing system says that work
waits and nobody makes any of it. What is usual at this hour of the week decides how long is worth a notice, where that
is known.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Final

from fleetmon.assess.stalls.usual import Place, Usual, strange
from fleetmon.model.alert_words import WAITING
from fleetmon.model.alerts import Certainty, Claim, Condition, Evidence, Subject
from fleetmon.model.report import At
from fleetmon.model.words import Severity

#: Nothing is noticed sooner, however busy the hour.
LEAST_S: Final = 1800.0
#: False notices a month that a place may bring, if documents came independently of each other.
BUDGET: Final = 0.1
#: After the beginning of a shift, and after a break or the last document of all, a site may make nothing for so long.
BEGINS_S, GOES_ON_S = 2700.0, 3600.0


class How(Enum):
    """How a machine is: heard and able, stopped on purpose, not heard, or standing for a reason that it says or that
    was told."""

    ABLE = "able"
    AWAY = "away"
    UNHEARD = "unheard"
    EXPLAINED = "explained"


class Quiet:
    """One place where work comes in: its usual rate, and its silence; `claim` while that is noticed."""

    def __init__(self, usual: Usual | None = None) -> None:
        self.usual = usual or Usual()
        self.claim: Claim | None = None
        self.made_lately = 0
        self.expected = 0.0
        self._made: At | None = None
        self._since: At | None = None
        self._silent_s = 0.0

    def resume(self, claim: Claim) -> None:
        """An earlier run had noticed it."""
        self.claim, self._since = claim, claim.seen

    def made(self, count: int, at: At) -> None:
        """So much was made there."""
        self.made_lately += count
        self._made, self.claim = at, None

    def begins_anew(self, at: At) -> None:
        """Something explains the silence until now, or ends it."""
        self.claim, self.expected, self._since, self._silent_s = None, 0.0, at, 0.0

    def watched(self, seconds: float, where: Place, at: At) -> None:
        """For so long, until now, it could be seen."""
        self.usual.watched(seconds, self.made_lately, where)
        if self.made_lately:
            self.begins_anew(self._made or at)
        self.made_lately = 0

    def silent(self, seconds: float, where: Place, at: At) -> None:
        """For so long, until now, nothing was made that could have been."""
        self._since = self._since or at
        seconds = min(seconds, at.since(self._since))
        self._silent_s += seconds
        if self.usual.learned:
            self.expected += (self.usual.rate(where.slot) or 0.0) * seconds / 3600.0

    def notice(self, subject: Subject, waiting: int | None) -> None:
        """Make it known if it is worth it. `waiting` is 0 where the issuing system says so, None where nobody says."""
        if self.claim is not None or self._since is None or self._silent_s < LEAST_S:
            return
        if self.usual.learned and self.usual.surprises(self.expected, BUDGET):
            expected = Evidence("documents usual meanwhile", round(self.expected, 1), expected=0)
            told = (Evidence("silence", round(self._silent_s / 60), "min"), expected, said_of(waiting))
            self.claim = _possible(subject, Condition.QUIET, self._since, told)


def nothing_strange(quiets: Iterable[Quiet]) -> bool:
    """Whether so little was to be expected at all these places, in their silence, that nobody wonders. Where no two
    weeks of any of them are known, whoever has hours is expected to work in them."""
    known = [each for each in quiets if each.usual.learned and each.usual.batch is not None]
    expected, a_month = sum(each.expected for each in known), sum(each.usual.a_month for each in known)
    batch = max((each.usual.batch or 1.0 for each in known), default=1.0)
    return a_month > 0.0 and not strange(expected, a_month, batch, BUDGET)


class Nobody:
    """A site in whose hours nobody makes anything."""

    def __init__(self, subject: Subject) -> None:
        self.claim: Claim | None = None
        self._subject = subject
        self._since: At | None = None
        self._silent_s = self._waited_s = 0.0
        self._limit_s = GOES_ON_S

    def resume(self, claim: Claim) -> None:
        """An earlier run had noticed it."""
        self.claim, self._since = claim, claim.seen

    def begins_anew(self, at: At, limit_s: float = GOES_ON_S) -> None:
        """Something was made, explains that nothing was, or nobody works: so long may it take from now on."""
        self.claim, self._since, self._limit_s = None, at, limit_s
        self._silent_s = self._waited_s = 0.0

    def silent(self, seconds: float, waiting: int | None, at: At) -> None:
        """For so long, until now, nobody made anything who could have; so many documents wait, if anybody says."""
        self._since = self._since or at
        self._silent_s += seconds
        self._waited_s = self._waited_s + seconds if waiting else 0.0

    def notice(self, waiting: int | None, strange: bool, surely: bool) -> None:
        """Make it known, or known otherwise, if it is `strange`. It is a matter for people where work waited all the
        while."""
        work_waits = self._waited_s >= self._limit_s and bool(waiting)
        due = self._silent_s >= self._limit_s and surely and (work_waits or strange)
        if self._since is None or not (due or self.claim is not None):
            return
        before = self.claim
        same = before is not None and (before.certainty is Certainty.STRONG) == work_waits
        if before is not None and same and bool(before.waiting) == bool(waiting):
            return
        told = (Evidence("silence, at least", round(self._limit_s / 60), "min"), said_of(waiting))
        self.claim = _possible(self._subject, Condition.NOT_WORKING, self._since, told)
        if work_waits:
            self.claim = Claim(
                self._subject, Condition.NOT_WORKING, self._since, certainty=Certainty.STRONG, evidence=told
            )


def said_of(waiting: int | None) -> Evidence:
    """What is said of work that waits."""
    return Evidence(WAITING, "nobody says" if waiting is None else waiting)


def _possible(subject: Subject, condition: Condition, since: At, evidence: tuple[Evidence, ...]) -> Claim:
    return Claim(
        subject,
        condition,
        since,
        severity=Severity.WARNING,
        certainty=Certainty.POSSIBLE,
        stops=False,
        evidence=evidence,
    )
