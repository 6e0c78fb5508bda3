"""How fast each machine of a site works, and which of them became slower.

A pace is one of seconds for each of what a machine counts; of another count, or of another machine in its place, it is
another, and begins anew. Of a machine that makes something with nearly every poll nobody can say that it became slower:
what is seen of it then is the rhythm of the polls.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from fleetmon.assess.produced import Produced
from fleetmon.assess.stalls.slowdown import Pace, Slowdown, Slower
from fleetmon.model.alerts import Certainty, Claim, Condition, Evidence, Subject, SubjectKind
from fleetmon.model.plan import MachinePlan
from fleetmon.model.report import At
from fleetmon.model.words import Severity, Unit

#: A pace is seen where a document takes so many polls at least.
LEAST_POLLS: Final = 3


class Paces:
    """Of the machines that are placed; `learnt` by an earlier run."""

    def __init__(self, learnt: Mapping[str, Pace]) -> None:
        self._learnt = learnt
        self._of: dict[str, Slowdown] = {}
        self._slower: dict[str, Claim] = {}
        self._counted: dict[str, tuple[Unit | None, int | None]] = {}
        self._asked_s: dict[str, float] = {}

    def place(self, machines: Iterable[MachinePlan]) -> None:
        """The machines as the settings have them; what is known of those that stay is kept."""
        self._asked_s = {each.id: max(source.interval_s for source in each.sources) for each in machines}
        self._of = {name: self._of.get(name) or Slowdown(self._learnt.get(name)) for name in self._asked_s}
        for known in (self._slower, self._counted):
            for name in known.keys() - self._of.keys():
                del known[name]

    def of(self, machine: str) -> Slowdown:
        """The pace of one."""
        return self._of[machine]

    def claim(self, machine: str) -> Claim | None:
        """That it became slower, as it was found."""
        return self._slower.get(machine)

    def slower(self, machine: str) -> Slower | None:
        """That it is slower than it was, where polls are close enough to see that."""
        slower = self._of[machine].slower
        return slower if slower is not None and slower.usual_s >= LEAST_POLLS * self._asked_s[machine] else None

    def resume(self, claim: Claim) -> bool:
        """An earlier run had found that; whether it still holds."""
        machine = claim.subject.id
        if machine not in self._of or self.slower(machine) is None:
            return False
        self._slower[machine] = claim
        return True

    def forget(self, machine: str) -> bool:
        """Another machine stands in its place: whether the first was slower."""
        self._of[machine] = Slowdown()
        self._counted.pop(machine, None)
        return self._slower.pop(machine, None) is not None

    def counts(self, machine: str, produced: Produced) -> bool:
        """What its count is of; whether that is so as before, as far as anybody knows."""
        counted = produced.unit, produced.per_document
        if self._counted.get(machine) == counted:
            return True
        self._counted[machine] = counted
        before, named = self._of[machine].counted, f"{produced.unit or ''}/{produced.per_document or ''}"
        if before != named:
            self._of[machine] = Slowdown(Pace(counted=named))
        return before in ("", named)

    def gap(self, machine: str, seconds: float, day: date, documents: int, at: At) -> bool:
        """A gap in its work ended with so many documents; whether that it became slower is news, or that it is over."""
        self._of[machine].gap(seconds, day, documents)
        slower = self.slower(machine)
        if (slower is None) == (machine not in self._slower):
            return False
        if slower is None:
            del self._slower[machine]
        else:
            self._slower[machine] = slower_claim(Subject(SubjectKind.MACHINE, machine), slower, at)
        return True


def slower_claim(subject: Subject, slower: Slower, at: At) -> Claim:
    """That a machine became slower, with what can be checked: seconds a document, then and now."""
    evidence = (
        Evidence("time for a document", round(slower.now_s, 1), "s", expected=round(slower.usual_s, 1)),
        Evidence("documents since", slower.documents),
    )
    return Claim(
        subject,
        Condition.SLOWER,
        at,
        severity=Severity.WARNING,
        certainty=Certainty.LIKELY,
        stops=False,
        evidence=evidence,
    )
