"""What is noticed of the work itself and calls for hardly anybody: a machine that became slower, a line to which no
work comes, a site in whose hours nobody makes anything.

The pace of a machine is learned from the same gaps as its limit, so with every document; the two others are silence,
and a look at all of them every five minutes is soon enough. Nothing is concluded from time in which nobody looked.
While the whole site makes nothing, that is one notice, and its lines have none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from itertools import chain
from typing import Final

from fleetmon.assess.calendar import Hours
from fleetmon.assess.produced import Produced
from fleetmon.assess.stalls.paces import Paces
from fleetmon.assess.stalls.profile import Profile
from fleetmon.assess.stalls.quiet import BEGINS_S, How, Nobody, Quiet, nothing_strange
from fleetmon.assess.stalls.slowdown import Pace, Slowdown, Slower
from fleetmon.assess.stalls.usual import Place, Usual, place
from fleetmon.model.alerts import Claim, Condition, Subject, SubjectKind
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At
from fleetmon.model.words import WorkSign

#: How often to look, in working hours and outside of them; of a look that comes twice as late, no more is believed.
LOOK_S, LOOK_AWAY_S = 300.0, 900.0
_LATE: Final = 2
#: What is usual is worked out anew on Mondays, for so many places with one look: that takes some milliseconds each.
_LEARNT_A_LOOK: Final = 2


@dataclass(frozen=True, slots=True)
class Learnt:
    """What an earlier run learned: of machines their pauses and their pace, of lines and machines that stand in none
    (by `Subject` as text) what is usual."""

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    paces: Mapping[str, Pace] = field(default_factory=dict)
    usual: Mapping[str, Usual] = field(default_factory=dict)


NOTHING_LEARNT: Final = Learnt()


@dataclass(frozen=True, slots=True)
class Around:
    """How it is at a moment. `hours` by the calendar, None where there is none, for `hours_s` more seconds; `surely`:
    not only in the first or last minutes of a shift; `how` a machine is, what shows (`sign`) that work waits for it,
    and how many documents the issuing system says to wait (`waiting`) for a line, or the site."""

    hours: Hours | None
    hours_s: float
    surely: bool
    zone: tzinfo
    how: Callable[[str], How]
    sign: Callable[[str], WorkSign | None]
    waiting: Callable[[str | None], int | None]


@dataclass(slots=True)
class _Inlet:
    """A place where work comes in: a line with its stages, or a machine that stands in none."""

    subject: Subject
    line: str | None
    stages: tuple[tuple[str, ...], ...]
    quiet: Quiet

    def how(self, around: Around) -> How:
        """All of its machines taken together."""
        found = [[around.how(machine) for machine in stage] for stage in self.stages]
        everybody = set(chain.from_iterable(found))
        for each in (How.EXPLAINED, How.UNHEARD):
            if each in everybody:
                return each
        return How.AWAY if any(set(stage) == {How.AWAY} for stage in found) else How.ABLE

    def heard(self, around: Around) -> bool:
        """Whether what is made there would be seen."""
        return any(around.how(machine) is not How.UNHEARD for machine in self.stages[0])

    def work_waits(self, around: Around) -> bool:
        """Whether anything shows it: then silence is a matter of stalls."""
        return any(around.sign(machine) is not None for stage in self.stages for machine in stage)


class Notices:
    """Of one site. `changed`: claims that are others than before, by what they are about; whoever reads them empties
    it. `stored`: of which places (`Subject` as text) what is usual has been kept; whoever keeps them sees to it."""

    def __init__(self, plan: FleetPlan, learnt: Learnt = NOTHING_LEARNT) -> None:
        self.changed: dict[tuple[Subject, Condition], Claim | None] = {}
        self.stored = set(learnt.usual)
        self._learnt = learnt
        self._paces = Paces(learnt.paces)
        self._inlets: dict[Subject, _Inlet] = {}
        self._site = Subject(SubjectKind.SITE, plan.site)
        self._nobody = Nobody(self._site)
        self._made: At | None = None
        self._looked: At | None = None
        self._next_s = LOOK_S
        self.place(plan)

    def place(self, plan: FleetPlan) -> None:
        """Machines and lines as these settings have them; what is known of those that stay is kept."""
        self._machines = tuple(machine.id for machine in plan.machines)
        self._paces.place(plan.machines)
        inlets = self._inlets
        alone = [name for name in self._machines if plan.line_of(name) is None]
        places: list[tuple[Subject, str | None, tuple[tuple[str, ...], ...]]]
        places = [(Subject(SubjectKind.LINE, line.id), line.id, line.stages) for line in plan.lines if line.stages]
        places += [(Subject(SubjectKind.MACHINE, name), None, ((name,),)) for name in alone]
        self._inlets = {}
        for subject, line, stages in places:
            known = inlets.get(subject)
            quiet = known.quiet if known else Quiet(self._learnt.usual.get(str(subject)))
            self._inlets[subject] = _Inlet(subject, line, stages, quiet)
        self._heads = {name: inlet for inlet in self._inlets.values() for name in inlet.stages[0]}
        for subject in inlets.keys() - self._inlets.keys():
            self._tell(subject, Condition.QUIET, None)

    def resume(self, claim: Claim) -> None:
        """What an earlier run had noticed; what is noticed no more is over."""
        subject = claim.subject
        if claim.condition is Condition.NOT_WORKING and subject == self._site:
            self._nobody.resume(claim)
        elif claim.condition is Condition.QUIET and subject in self._inlets:
            self._inlets[subject].quiet.resume(claim)
        elif claim.condition is not Condition.SLOWER or not self._paces.resume(claim):
            self._tell(subject, claim.condition, None)

    def known_to_make(self, made: At) -> None:
        """Something was made before this run began."""
        self._made = made if self._made is None or made.is_after(self._made) else self._made

    def forget(self, machine: str) -> None:
        """Another machine stands in its place."""
        subject = Subject(SubjectKind.MACHINE, machine)
        if self._paces.forget(machine):
            self._tell(subject, Condition.SLOWER, None)
        if subject in self._inlets:
            self._renewed(self._inlets[subject])

    def made(self, machine: str, count: int, produced: Produced | None, gap_s: float | None, day: date, at: At) -> None:
        """A machine made so many, in units of its count; `gap_s` seconds of work ended with it, if that is known."""
        self._made = at
        if self._nobody.claim is not None:
            self._nobody.begins_anew(at)
            self._tell(self._site, Condition.NOT_WORKING, None)
        inlet = self._heads.get(machine)
        if inlet is not None:
            if inlet.quiet.claim is not None:
                self._tell(inlet.subject, Condition.QUIET, None)
            inlet.quiet.made(count, at)
        if gap_s is not None and produced is not None:
            if not self._paces.counts(machine, produced) and inlet is not None:
                self._renewed(inlet)
            if self._paces.gap(machine, gap_s, day, count, at):
                subject = Subject(SubjectKind.MACHINE, machine)
                self._tell(subject, Condition.SLOWER, self._paces.claim(machine))

    def pace(self, machine: str) -> Slowdown:
        """How fast a machine works, and how often it stops for a moment."""
        return self._paces.of(machine)

    def slower(self, machine: str) -> Slower | None:
        """That it became slower, as far as that can be seen."""
        return self._paces.slower(machine)

    def usual(self) -> dict[str, Usual]:
        """What is usual, by subject as text, where work comes in."""
        return {str(subject): inlet.quiet.usual for subject, inlet in self._inlets.items()}

    def look(self, around: Around, at: At) -> float:
        """What silence makes of it; in how many seconds to look again."""
        passed_s = 0.0 if self._looked is None else min(at.since(self._looked), _LATE * self._next_s)
        self._looked, where = at, place(at.utc - passed_s / 2, around.zone)
        left = _LEARNT_A_LOOK
        for inlet in self._inlets.values():
            if left and not inlet.quiet.usual.learned:
                inlet.quiet.usual.learn()
                left -= 1
            if inlet.quiet.made_lately or inlet.heard(around):
                inlet.quiet.watched(passed_s, where, at)
            before = inlet.quiet.claim
            self._look_at(inlet, around, passed_s, where, at)
            if inlet.quiet.claim is not before:
                self._tell(inlet.subject, Condition.QUIET, inlet.quiet.claim)
        self._look_at_site(around, passed_s, at)
        self._next_s = LOOK_S if around.hours is not Hours.OFF else max(LOOK_S, min(LOOK_AWAY_S, around.hours_s))
        return self._next_s

    def _look_at(self, inlet: _Inlet, around: Around, passed_s: float, where: Place, at: At) -> None:
        """Breaks, and time in which somebody is not heard, make no difference."""
        quiet = inlet.quiet
        if around.hours is Hours.OFF:
            quiet.begins_anew(at)
        elif around.hours is not Hours.BREAK:
            how, waiting = inlet.how(around), self._waiting(inlet.line, around)
            if how in (How.EXPLAINED, How.AWAY) or waiting or inlet.work_waits(around):
                quiet.begins_anew(at)
            elif how is How.ABLE:
                quiet.silent(passed_s, where, at)
                if self._nobody.claim is None:
                    quiet.notice(inlet.subject, waiting)

    def _look_at_site(self, around: Around, passed_s: float, at: At) -> None:
        before = self._nobody.claim
        self._look_at_hours_of_site(around, passed_s, at)
        claim = self._nobody.claim
        if claim is before:
            return
        self._tell(self._site, Condition.NOT_WORKING, claim)
        for inlet in self._inlets.values() if claim is not None else ():
            if inlet.quiet.claim is not None:
                inlet.quiet.claim = None
                self._tell(inlet.subject, Condition.QUIET, None)

    def _look_at_hours_of_site(self, around: Around, passed_s: float, at: At) -> None:
        if around.hours in (None, Hours.OFF):
            self._nobody.begins_anew(at, BEGINS_S)
        elif around.hours is Hours.BREAK:
            if self._nobody.claim is None:
                self._nobody.begins_anew(at)
        elif self._made is not None and at.since(self._made) < passed_s:
            self._nobody.begins_anew(self._made)
        elif self._made is not None:
            self._look_at_nobody(around, passed_s, at)

    def _look_at_nobody(self, around: Around, passed_s: float, at: At) -> None:
        """A site whose machines are mostly not heard is none that makes nothing."""
        here = [how for machine in self._machines if (how := around.how(machine)) is not How.AWAY]
        if not here or How.EXPLAINED in here:
            self._nobody.begins_anew(at)
        elif 2 * here.count(How.UNHEARD) <= len(here):
            waiting, strange = self._site_waiting(around), not nothing_strange(self._quiets())
            self._nobody.silent(passed_s, waiting, at)
            self._nobody.notice(waiting, strange, around.surely)

    def _quiets(self) -> list[Quiet]:
        return [inlet.quiet for inlet in self._inlets.values()]

    def _waiting(self, line: str | None, around: Around) -> int | None:
        """How many documents wait for a line or a machine: none, too, where none wait for the site."""
        told = around.waiting(line)
        return 0 if told is None and around.waiting(None) == 0 else told

    def _site_waiting(self, around: Around) -> int | None:
        lines = [self._waiting(inlet.line, around) for inlet in self._inlets.values()]
        told = around.waiting(None)
        known = [each for each in (told, *lines) if each is not None]
        if any(known):
            return max(known)
        return 0 if told == 0 or (lines and None not in lines) else None

    def _renewed(self, inlet: _Inlet) -> None:
        """What was usual there is so no more."""
        if inlet.quiet.claim is not None:
            self._tell(inlet.subject, Condition.QUIET, None)
        inlet.quiet = Quiet()

    def _tell(self, subject: Subject, condition: Condition, claim: Claim | None) -> None:
        self.changed[subject, condition] = claim
