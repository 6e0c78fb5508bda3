"""The shop floor: what each machine and each line is doing, as machines were last seen, by hours and planned stops.

It keeps what it drew, so that only a machine that was looked at and the line it stands in are drawn anew, and it asks
to be woken, as `DOING` and the machine, where time alone makes a difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from fleetmon.assess import activity, fleet
from fleetmon.assess.activity import Doing
from fleetmon.assess.calendar import Hours
from fleetmon.assess.fleet import Snapshot
from fleetmon.assess.lines import Verdict, judge
from fleetmon.assess.output import STEP_S, Output, counts_documents
from fleetmon.assess.planned import PlannedStops
from fleetmon.assess.stalls.notices import NOTHING_LEARNT, Around, Learnt, Notices
from fleetmon.assess.stalls.quiet import How
from fleetmon.assess.stalls.silences import ABLE, Silences
from fleetmon.assess.wakes import Wakes
from fleetmon.assess.working import Working
from fleetmon.model.alerts import Claim, Subject, SubjectKind
from fleetmon.model.plan import FleetPlan, LinePlan, MachinePlan
from fleetmon.model.report import At
from fleetmon.model.words import Activity, Contact, WorkSign

SETTLE_POLLS: Final = 2
SETTLE_S: Final = 5.0
_NEVER: Final = float("inf")
_LEAST_S: Final = 0.001
_LINE, _MACHINE, DOING = "line:", "machine:", "doing:"
_AT_REST: Final = (Activity.PLANNED_OFF,)  # by the hours, where nobody stops it on purpose


@dataclass(slots=True)
class Seen:
    """A machine as it was last looked at, what was wrong with it and with the line to it, when it last made something.

    `group` is that of its alerts: its line's, or its own. Within `settle_s` it has been asked again; for `limit_s` it
    may make nothing and still be at work.
    """

    plan: MachinePlan
    group: str
    snapshot: Snapshot
    settle_s: float
    limit_s: float
    claims: tuple[Claim, ...] | None = None
    silent: tuple[Claim, ...] = ()
    progressed: At | None = None
    doing: Doing | None = None
    stall: Claim | None = None

    @property
    def subject(self) -> Subject:
        """What its alerts are about."""
        return Subject(SubjectKind.MACHINE, self.plan.id)


class Floor:
    """Of one site. Whatever may matter to alerts puts its group into `dirty`."""

    def __init__(
        self,
        plan: FleetPlan,
        stops: PlannedStops,
        wakes: Wakes,
        dirty: dict[str, None],
        learnt: Learnt = NOTHING_LEARNT,
    ) -> None:
        self.working = Working(plan.calendar)
        self.machines: dict[str, Seen] = {}
        self.verdicts: dict[str, Verdict] = {}
        self._lines: dict[str, LinePlan] = {}
        self._stops = stops
        self.silences = Silences(plan, learnt.profiles)
        self.notices = Notices(plan, learnt)
        self._wakes = wakes
        self._dirty = dirty
        self._rejudge: dict[str, None] = {}
        self._judged: dict[str, At] = {}
        self._outputs: dict[str, Output] = {}
        self.place(plan)

    def place(self, plan: FleetPlan) -> None:
        """Machines and lines as these settings have them; what was known of those that stay is kept."""
        self.plan, self._site = plan, f"{SubjectKind.SITE}:{plan.site}"
        self.working = Working(plan.calendar, self.working.latest)
        self._lines = {line.id: line for line in plan.lines}
        lines = {machine: line for line in plan.lines for stage in line.stages for machine in stage}
        before, self.machines = self.machines, {}
        for machine in plan.machines:
            line = lines.get(machine.id)
            group = f"{_LINE}{line.id}" if line else f"{_MACHINE}{machine.id}"
            seen = before.get(machine.id) or Seen(machine, group, fleet.awaited(machine), 0.0, plan.stall.cold_start_s)
            self.machines[machine.id] = replace(seen, plan=machine, group=group, settle_s=settle_s(machine))
        self.verdicts = {line: verdict for line, verdict in self.verdicts.items() if line in self._lines}
        self._rejudge, self._outputs = dict.fromkeys(self._lines), {}
        self.silences.place(plan)
        self.notices.place(plan)

    def group_of(self, subject: Subject) -> str:
        """Where its alerts belong."""
        if subject.kind is SubjectKind.MACHINE and subject.id in self.machines:
            return self.machines[subject.id].group
        return str(subject)

    def watches(self, subject: Subject) -> bool:
        """Whether it is one of this site's: a machine, a line, or the site."""
        if subject.kind is SubjectKind.SITE:
            return subject.id == self.plan.site
        return subject.id in self.machines if subject.kind is SubjectKind.MACHINE else subject.id in self._lines

    def line(self, group: str) -> LinePlan | None:
        """The line that a group is."""
        return self._lines.get(group.removeprefix(_LINE)) if group.startswith(_LINE) else None

    def own(self, line: LinePlan) -> dict[str, Doing]:
        """What the machines of a line are doing, neighbours left out."""
        machines = [machine for stage in line.stages for machine in stage]
        return {name: doing for name in machines if (doing := self.machines[name].doing) is not None}

    def doing(self, machine: str) -> Doing | None:
        """What a machine is doing, neighbours considered; None before it was looked at."""
        seen = self.machines.get(machine)
        if seen is None:
            return None
        line = self.line(seen.group)
        verdict: Verdict | None = self.verdicts.get(line.id) if line else None
        doings: Mapping[str, Doing] = verdict.doings if verdict else {}
        return doings.get(machine, seen.doing)

    def driver(self, machine: str) -> str | None:
        """The driver that understood a machine last."""
        seen = self.machines.get(machine)
        return seen.snapshot.sources[0].driver if seen else None

    @property
    def zone(self) -> ZoneInfo:
        """The site's own clock."""
        return self.working.calendar.zone

    def planned(self, seen: Seen) -> bool:
        """Whether somebody stops it on purpose."""
        return self._stops.cover(f"{_MACHINE}{seen.plan.id}", seen.group, self._site)

    def resume(self, seen: Seen, stall: Claim | None, made: At | None, at: At) -> None:
        """What an earlier run knew: whether it stalls, and when it made something last."""
        seen.stall = stall
        self.silences.resume(seen.plan.id, stall, made, at)
        if made is not None:
            self.notices.known_to_make(made)

    def forget(self, seen: Seen) -> None:
        """Another machine stands in its place."""
        seen.claims, seen.progressed, seen.stall = None, None, None
        self.silences.forget(seen.plan.id)
        self.silences.profile(seen.plan.id).changed = True  # it is to be kept that nothing is known
        self.notices.forget(seen.plan.id)

    def acts(self, seen: Seen, at: At) -> None:
        """What a machine is doing now, and until when at least."""
        planned = self.planned(seen)
        limit_s, hours = seen.limit_s, self.working.hours(at)
        doing = activity.doing(seen.doing, seen.snapshot, seen.progressed, hours, planned, limit_s, at)
        left_s = activity.patience_s(doing, seen.snapshot, seen.progressed, limit_s, at)
        left_s = min(left_s, self._watched_s(seen, doing, hours, planned, at))
        stall = self.silences.stall(seen.plan.id)
        on_break = hours is Hours.BREAK and not planned and doing.activity is Activity.PLANNED_OFF
        if stall is not None and (on_break or doing.activity in ABLE):
            doing = Doing(Activity.STALLED, stall.seen)
        if left_s != _NEVER:
            self._wakes.by(f"{DOING}{seen.plan.id}", at.mono + max(left_s, _LEAST_S))
        was, seen.doing = seen.doing, doing
        line = self.line(seen.group)
        if doing != was:
            self._dirty[seen.group] = None
        if line is not None and (doing != was or at.since(self._judged.get(line.id, at)) >= STEP_S):
            self._rejudge[line.id] = None

    def _watched_s(self, seen: Seen, doing: Doing, hours: Hours, planned: bool, at: At) -> float:
        """In how many seconds its silence may be a stall."""
        beside = self.doing(seen.plan.id)
        waits = beside is not None and beside.activity in (Activity.STARVED, Activity.BLOCKED)
        return self.silences.look(seen.snapshot, doing, waits, planned, hours, seen.limit_s, at)

    def made(self, seen: Seen, count: int, at: At) -> None:
        """A machine made so many more, in units of its count."""
        line, machine = self.line(seen.group), seen.plan.id
        documents = count if counts_documents(seen.snapshot.produced) else None
        day = datetime.fromtimestamp(at.utc, self.zone).date()
        gap_s = self.silences.made(machine, documents, day, at)
        self.notices.made(machine, count, seen.snapshot.produced, gap_s, day, at)
        if line is not None and machine in line.stages[-1]:
            self._outputs.setdefault(line.id, Output(at)).made(count, at)

    def how(self, machine: str) -> How:
        """How a machine is, as far as that explains why it makes nothing."""
        seen = self.machines[machine]
        if self.planned(seen):
            return How.AWAY
        if seen.doing is None or seen.snapshot.contact is not Contact.LIVE:
            return How.UNHEARD
        return How.ABLE if seen.doing.activity in ABLE or seen.doing.activity in _AT_REST else How.EXPLAINED

    def notice(self, at: At) -> float:
        """What silence makes of lines and of the site; in how many seconds to look again. Where what is usual is not to
        be believed, nothing."""
        if WorkSign.USUAL not in self.plan.stall.signs:
            return _NEVER
        calendar, period = self.working.calendar, self.working.calendar.at(at.utc)
        hours = None if calendar.always_open else period.hours
        told = partial(self.silences.demand.waiting, plan=self.plan, at=at)
        surely = self.working.surely
        return self.notices.look(
            Around(hours, period.until - at.utc, surely, self.zone, self.how, self.silences.sign, told), at
        )

    def rejudge(self) -> None:
        """Something concerns every line."""
        self._rejudge = dict.fromkeys(self._lines)

    @property
    def unjudged(self) -> bool:
        """Whether some line is to be looked at."""
        return bool(self._rejudge)

    def judge(self, at: At) -> tuple[Verdict, ...]:
        """The verdicts that are others than before."""
        told = []
        asked, self._rejudge = self._rejudge, {}
        for name in asked:
            line, before = self._lines[name], self.verdicts.get(name)
            output, self._judged[name] = self._output(line, at), at
            hours, waiting = self.working.hours(at), self.silences.demand.waiting(name, self.plan, at)
            verdict = judge(line, self.own(line), before, at, hours=hours, output_per_hour=output, waiting=waiting)
            if verdict != before:
                self.verdicts[name] = verdict
                self._dirty[f"{_LINE}{name}"] = None
                told.append(verdict)
        return tuple(told)

    def _output(self, line: LinePlan, at: At) -> float | None:
        """Documents that leave the line in an hour; while there are any, the line is looked at again."""
        last = line.stages[-1] if line.stages else ()
        if not last or not all(counts_documents(self.machines[name].snapshot.produced) for name in last):
            return None
        per_hour = self._outputs.setdefault(line.id, Output(at)).per_hour(at)
        if per_hour:
            self._wakes.by(f"{DOING}{last[0]}", at.mono + STEP_S)
        return per_hour


def settle_s(machine: MachinePlan) -> float:
    """In how many seconds every source of a machine has surely been asked again."""
    return SETTLE_POLLS * max(source.interval_s for source in machine.sources) + SETTLE_S
