"""Every machine's silence: whether work waits for it, whether something explains it, and when it is a stall.

What shows that work waits decides how good the alarms are (a clock alone gives a hundred false ones a month), so the
surest sign is taken that there is: the issuing system's word for the first stage of a line, documents on their way for
the others, the jobs that a machine says it has, and its own word that it works. A machine whose neighbour has been
still for longer, with its buffer full, only waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from fleetmon.assess.activity import Doing
from fleetmon.assess.calendar import Hours
from fleetmon.assess.fleet import Snapshot
from fleetmon.assess.stalls.company import LATELY_S, Company
from fleetmon.assess.stalls.demand import Demand
from fleetmon.assess.stalls.limit import Limit
from fleetmon.assess.stalls.process import Process
from fleetmon.assess.stalls.profile import Profile
from fleetmon.assess.stalls.watch import OWN_WORD, Pending, Watch, stall_claim
from fleetmon.model.alerts import Claim
from fleetmon.model.plan import FleetPlan, LinePlan
from fleetmon.model.report import At
from fleetmon.model.words import Activity, Contact, State, WorkSign

#: Activities in which a machine could make documents, as far as it says.
ABLE: Final = frozenset({Activity.PRODUCING, Activity.IDLE, Activity.UNKNOWN, Activity.STALLED})
#: Whoever stands for a reason of its own is not silent about it.
_REASONS: Final = frozenset({Activity.HELD, Activity.FAULTED, Activity.CLEANING, Activity.WARMING_UP})
#: After a restart nobody is called for silence within so many seconds; what was made longer ago is another day's.
FIRST_S, RESUMES_S = 300.0, 3600.0
#: After it was silent a machine tells at once what it made meanwhile, and its neighbours do so a little later.
SETTLES_S: Final = 120.0
_NEVER: Final = float("inf")


@dataclass(slots=True)
class _Known:
    """Of one machine: its line and stage, its silence, what is usual of it, whether it `counts` documents; when it made
    something last, and since when it is heard without a break."""

    name: str
    line: LinePlan | None
    stage: int
    watch: Watch = field(default_factory=Watch)
    profile: Profile = field(default_factory=Profile)
    counts: bool = True
    made: At | None = None
    heard: At | None = None
    stall: Claim | None = None


class Silences:
    """Of one site, by `plan`; `profiles` are those of an earlier run."""

    def __init__(self, plan: FleetPlan, profiles: Mapping[str, Profile] | None = None) -> None:
        self.demand = Demand()
        self._company = Company()
        self._known: dict[str, _Known] = {}
        self._profiles = profiles or {}
        self.place(plan)

    def place(self, plan: FleetPlan) -> None:
        """Machines and lines as these settings have them."""
        before, self._known, self._plan = self._known, {}, plan
        self._processes = {line.id: Process(line) for line in plan.lines}
        for machine in plan.machines:
            line = plan.line(plan.line_of(machine.id) or "")
            stage = next((n for n, each in enumerate(line.stages) if machine.id in each), 0) if line else 0
            was = before.get(machine.id)
            known = self._known[machine.id] = _Known(machine.id, line, stage)
            known.profile = was.profile if was else self._profiles.get(machine.id, known.profile)
            if was is not None:
                known.watch, known.made, known.heard, known.stall = was.watch, was.made, was.heard, was.stall
                known.counts = was.counts
        self._stages = {line.id: [[self._known[name] for name in each] for each in line.stages] for line in plan.lines}

    def profile(self, machine: str) -> Profile:
        """What is usual of a machine."""
        return self._known[machine].profile

    def limit(self, machine: str, slowest_s: float) -> Limit:
        """How long its silence may last: as learnt, else the fixed limit, or `slowest_s` if it takes longer."""
        limit = self._known[machine].profile.limit(self._plan.stall)
        return limit if limit.learned else replace(limit, seconds=max(limit.seconds, slowest_s))

    def stall(self, machine: str) -> Claim | None:
        """That a machine stalls, if it does."""
        return self._known[machine].stall

    def resume(self, machine: str, stall: Claim | None, made: At | None, at: At) -> None:
        """What an earlier run knew: whether it stalls, and when it made something last. Silence that was lost with the
        run counts, but nobody is called for it within the first minutes of the new one."""
        known = self._known[machine]
        known.stall, known.made = stall, made
        if stall is not None:
            known.watch.resume(stall.certainty, stall.seen)
        elif made is not None and at.since(made) < RESUMES_S:
            most_s = max(0.0, known.profile.limit(self._plan.stall).seconds - FIRST_S)
            known.watch.goes_on(made, min(at.since(made), most_s))

    def forget(self, machine: str) -> None:
        """Another machine stands in its place: what the first did not make is not the other's."""
        known = self._known[machine]
        known.watch, known.profile, known.made, known.stall, known.counts = Watch(), Profile(), None, None, True

    def made(self, machine: str, documents: int | None, day: date, at: At) -> float | None:
        """A machine made something; `documents` None where its count tells no documents. The gap that ends with it, in
        seconds of work; None if that was a stall that lasted or nothing waited."""
        known = self._known[machine]
        self._company.made(machine, at)
        gap_s = known.watch.progressed(at)
        if gap_s is not None:
            known.profile.gap(gap_s, day)
        known.made, known.stall, known.counts = at, None, documents is not None
        if known.line is not None and documents is not None:
            self._processes[known.line.id].made(machine, documents, at)
        return gap_s

    def sign(self, machine: str) -> WorkSign | None:
        """What shows now that work waits for a machine."""
        return self._known[machine].watch.sign

    def waiting(self, snapshot: Snapshot, at: At) -> int | None:
        """Documents that wait for a machine of a line: those that the issuing system tells of, and those that were
        begun and lie between the stages before it, where counts tell. That none lies there is not known for sure,
        since nobody knows of those from before this run."""
        line, stage = self._known[snapshot.machine].line, self._known[snapshot.machine].stage
        if line is None:
            return None
        told, process = self.demand.waiting(line.id, self._plan, at), self._processes[line.id]
        if stage == 0:
            return snapshot.jobs if told is None else told
        ways = range(1, stage + 1)
        told_by_counts = all(self._believed(line, each, at) and self._moves(line, each) for each in ways)
        begun = sum(process.before(each) for each in ways) if told_by_counts else 0
        return (told or 0) + begun or None

    def beside(self, machine: str) -> list[str]:
        """The neighbours for whom this machine's document makes a difference: those of the next stage for whom nothing
        waited, and those of its own for whom documents did."""
        known = self._known[machine]
        if known.line is None:
            return []
        own, after = known.line.stages[known.stage], known.line.stages[known.stage + 1 : known.stage + 2]
        found = [name for stage in after for name in stage if self._known[name].watch.sign is None]
        others = (name for name in own if name != machine)
        return found + [name for name in others if self._known[name].watch.sign not in (None, *OWN_WORD)]

    def look(
        self, snapshot: Snapshot, doing: Doing, waits: bool, planned: bool, hours: Hours, slowest_s: float, at: At
    ) -> float:
        """How a machine is: what it is `doing` by its own word, whether it only `waits` for a neighbour that stands,
        how long it takes for a document at the slowest. In how many seconds it may be a stall."""
        known, live = self._known[snapshot.machine], snapshot.contact is Contact.LIVE
        known.heard = (known.heard or at) if live else None
        if hours is Hours.OFF or doing.activity in _REASONS:  # the next shift, or what comes after it, begins anew
            known.watch, known.stall = Watch(), None
            return _NEVER
        limit = known.profile.limit(self._plan.stall)
        limit_s = limit.seconds if limit.learned else max(limit.seconds, slowest_s)
        on_break = hours is Hours.BREAK and doing.activity is Activity.PLANNED_OFF and not planned
        able = live and not waits and (on_break or doing.activity in ABLE)
        together = WorkSign.PEERS in self._plan.stall.signs and self._company.now(at)
        counts = known.made is not None or limit.learned  # a count that nobody saw move may count something else
        if self._count_stands(known, at):
            known.watch, known.stall, counts = Watch(), None, False
        pending = self._pending(known, snapshot, at) if able and counts else None
        works, rests = hours is Hours.WORK, snapshot.state is State.IDLE
        known.watch.look(pending, works=works, rests=rests, together_s=self._company.together_s(at), at=at)
        certainty = known.watch.judge(limit_s, together=together)
        if certainty is not None and known.stall is None and known.watch.since is not None:
            known.stall = stall_claim(snapshot.machine, known.watch, certainty, pending, limit_s)
        return known.watch.patience_s(limit_s, together=together)

    def _pending(self, known: _Known, snapshot: Snapshot, at: At) -> Pending | None:
        """The surest sign that work waits for a machine."""
        signs, found = self._plan.stall.signs, self._documents(known, at)
        if found is not None and found.sign in signs:
            return found
        jobs = snapshot.jobs
        if jobs and WorkSign.JOBS in signs and not self._full_behind(known, at):
            return Pending(WorkSign.JOBS, jobs)
        busy = snapshot.state is State.PROCESSING and WorkSign.BUSY in signs
        return Pending(WorkSign.BUSY) if busy else None

    def _documents(self, known: _Known, at: At) -> Pending | None:
        """Documents that wait for a machine: more than the machines of its stage can have in hand."""
        line, beside = known.line, len(known.line.stages[known.stage]) if known.line else 1
        if line is None or known.stage == 0:
            told = self.demand.waiting(line.id if line else None, self._plan, at)
            waits = told is not None and told >= beside and not self._full_behind(known, at)
            return Pending(WorkSign.QUEUE, told) if waits else None
        waiting = self._between(line, known.stage, at)
        waits = waiting > beside and self._company.stayed(known.name, known.made) and not self._full_behind(known, at)
        return Pending(WorkSign.IN_PROCESS, waiting) if waits else None

    def _between(self, line: LinePlan, stage: int, at: At) -> int:
        """Documents that wait for a stage, as far as counts tell; those that are not believed now never are."""
        if not self._believed(line, stage, at):
            self._processes[line.id].begin_anew(stage)
        return self._processes[line.id].before(stage)

    def _believed(self, line: LinePlan, stage: int, at: At) -> bool:
        """Counts tell what lies before a stage only while all machines on both sides count documents and are heard, and
        never of more than there is room for."""
        stages = self._stages[line.id]
        around = (*stages[stage - 1], *stages[stage])
        room = line.buffers[stage - 1] + len(around) if line.buffers and line.buffers[stage - 1] else _NEVER
        fits = self._processes[line.id].before(stage) <= room
        return fits and all(each.counts and each.heard and at.since(each.heard) >= SETTLES_S for each in around)

    def _moves(self, line: LinePlan, stage: int) -> bool:
        """Whether the count of a stage was ever seen to move: else it may be one that never does."""
        return any(each.made for each in self._stages[line.id][stage])

    def _count_stands(self, known: _Known, at: At) -> bool:
        """Whether it is the count that stands, not the machine: the stage behind it goes on, and has made more, since
        all machines of its own stage fell silent, than can have lain between them."""
        if known.line is None or known.stage + 1 >= len(known.line.stages):
            return False
        stages = self._stages[known.line.id]
        in_hand = len(stages[known.stage]) + len(stages[known.stage + 1])
        if self._processes[known.line.id].from_nowhere(known.stage) <= in_hand:
            return False
        return any(each.made and at.since(each.made) < LATELY_S for each in stages[known.stage + 1])

    def _full_behind(self, known: _Known, at: At) -> bool:
        """Whether there is no room behind it: the buffer is full, or the stage after it has been still for longer."""
        line, after = known.line, known.stage + 1
        if line is None or after >= len(line.stages):
            return False
        waiting, room = self._between(line, after, at), line.buffers[known.stage] if line.buffers else 0
        if room and waiting >= room:
            return True
        still_s, behind = at.since(known.made) if known.made else 0.0, self._stages[line.id][after]
        return waiting > len(behind) and all(each.made and at.since(each.made) > still_s for each in behind)
