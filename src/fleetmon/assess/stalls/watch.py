"""One machine's silence: for how long it made nothing although work waited, and when that is a stall.

Two clocks run while work waits, the machine is heard and nothing is wrong with it. One stands still in breaks, and is
held against the machine's own limit. The other counts only while two others go on making documents, breaks or not: so
a stall that begins with the lunch break is found, too. A document that is made sets both back. What a stall took is
not learnt as usual, unless it was over so soon that nobody can have helped.
"""

from typing import Final

from fleetmon.model.alerts import Certainty, Claim, Condition, Evidence, Subject, SubjectKind
from fleetmon.model.frozen import dataclass
from fleetmon.model.report import At
from fleetmon.model.words import WorkSign

#: With others at work, silence of so many seconds is a stall, whatever the hour.
SHARED_LIMIT_S: Final = 900.0
#: Of these a machine itself tells.
OWN_WORD: Final = frozenset({WorkSign.JOBS, WorkSign.BUSY})
#: What ends so many seconds after it became a stall, or sooner, was a pause that the limit did not know: nobody can
#: have been there to help.
PASSED_S: Final = 120.0
#: In a break nobody says when the others begin again: how often to look.
COMPANY_S: Final = 300.0
_SEEN_AS: Final = {
    WorkSign.QUEUE: "documents waiting in the queue",
    WorkSign.JOBS: "documents waiting in the machine",
    WorkSign.IN_PROCESS: "documents waiting before it",
}


@dataclass(frozen=True, slots=True)
class Pending:
    """Work that waits for a machine: what shows it, and how many documents."""

    sign: WorkSign
    documents: int | None = None


class Watch:
    """Of one machine. `sign`: what shows that work waits now; `since` when it is silent, for `silent_s` seconds of
    working hours and `shared_s` in company, and whether that is a stall."""

    def __init__(self) -> None:
        self.silent_s = self.shared_s = 0.0
        self.since: At | None = None
        self.stalled: Certainty | None = None
        self._stalled_at: At | None = None
        self._looked: At | None = None
        self._together_s: float | None = None
        self.sign: WorkSign | None = None
        self._works = self._busy = False

    def look(self, pending: Pending | None, *, works: bool, rests: bool, together_s: float, at: At) -> None:
        """How things are from now on: `pending` None where no work waits, the machine is not heard or has a reason;
        `works`: no break. What was so until now is counted. One that worked by its own word only and now `rests` has
        finished something, whatever its count says."""
        if self.sign is not None and self._looked is not None:
            self.silent_s += at.since(self._looked) if self._works else 0.0
            self.shared_s += together_s - (together_s if self._together_s is None else self._together_s)
        if rests and self._busy and pending is None and self.stalled is None:
            self.silent_s, self.shared_s, self.since = 0.0, 0.0, None
        self._looked, self._together_s = at, together_s
        self.sign, self._works = None if pending is None else pending.sign, works
        self._busy = pending.sign in OWN_WORD if pending is not None else self._busy and not rests
        if self.sign is not None and self.since is None:
            self.since = at

    def progressed(self, at: At) -> float | None:
        """A document was made: the gap in seconds of work that ends, None if that was a stall or nothing waited. One of
        which nobody knows when it became a stall is no pause."""
        if self.sign is not None and self._works and self._looked is not None:
            self.silent_s += at.since(self._looked)
        told = self._stalled_at
        was_pause = self.stalled is None or (told is not None and at.since(told) <= PASSED_S)
        gap_s = self.silent_s if was_pause and self.since is not None else None
        self._looked, self._together_s = at, None
        self.silent_s = self.shared_s = 0.0
        self.since = None if self.sign is None else at
        self.stalled = self._stalled_at = None
        return gap_s

    def resume(self, certainty: Certainty, since: At) -> None:
        """An earlier run knew that it stalls."""
        self.stalled, self.since = certainty, since

    def goes_on(self, since: At, silent_s: float) -> None:
        """It was silent before anybody looked."""
        self.since, self.silent_s = since, silent_s

    def judge(self, limit_s: float, *, together: bool) -> Certainty | None:
        """How sure it is that the machine stalls; it does until it makes something."""
        if self.stalled is None and self.sign is not None:
            if self.silent_s >= limit_s:
                self.stalled, self._stalled_at = Certainty.STRONG, self._looked
            elif together and self.shared_s >= max(SHARED_LIMIT_S, limit_s):
                self.stalled = Certainty.LIKELY
        return self.stalled

    def patience_s(self, limit_s: float, *, together: bool) -> float:
        """In how many seconds it may be a stall, if nothing changes."""
        if self.stalled is not None or self.sign is None:
            return float("inf")
        left_s = limit_s - self.silent_s if self._works else COMPANY_S
        if together:
            shared_s = max(SHARED_LIMIT_S, limit_s) - self.shared_s
            left_s = min(left_s, shared_s) if self._works else shared_s
        return max(0.0, left_s)


def stall_claim(machine: str, watch: Watch, certainty: Certainty, pending: Pending | None, limit_s: float) -> Claim:
    """The claim that a machine stalls, with what can be checked: the silence, what is usual, what waits."""
    assert watch.since is not None  # whoever stalls is silent since some moment
    likely = certainty is Certainty.LIKELY
    silent_s = watch.shared_s if likely else watch.silent_s
    limit_s = max(SHARED_LIMIT_S, limit_s) if likely else limit_s
    evidence = [Evidence("silence", round(silent_s / 60, 1), "min", expected=round(limit_s / 60, 1))]
    if pending is not None and pending.documents is not None:
        evidence.append(Evidence(_SEEN_AS.get(pending.sign, "documents waiting"), pending.documents))
    if pending is not None and pending.sign is WorkSign.BUSY:
        evidence.append(Evidence("it says", "processing"))
    subject = Subject(SubjectKind.MACHINE, machine)
    if likely:
        evidence.append(Evidence("others at work meanwhile, at least", 2))
    return Claim(subject, Condition.STALL, watch.since, certainty=certainty, evidence=tuple(evidence))
