"""What was told, held against what was so: which alert was right about what, which trouble was told in time, or missed.

Pure, and strict in one direction: an alert is given the benefit of nothing but one poll of time. It is right if what it
says was so of the machine it names; it is one too many if its incident had an alert already; it is false if there was
nothing of the kind. A trouble must be told if it lasts longer than its rule's delay and a poll and a half, counted over
hours in which people may be told anything and the machine can be heard; a silent stall, if work waited for a quarter of
an hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fleetmon.lab.evaluate.facts import UNREACHED, Facts, Kind, Sign, Span, Trouble
from fleetmon.lab.evaluate.incidents import Incident, incidents
from fleetmon.lab.evaluate.score import Demand, Finding, Outcome, Score, Sort, Verdict
from fleetmon.lab.evaluate.stream import Episode
from fleetmon.lab.evaluate.work import WORTH_TELLING_S, heard_waiting, seconds
from fleetmon.model.alerts import Condition, Priority, SubjectKind

POLLS: Final = 1.5
_NO_FAULT: Final = (None, Condition.SLOWER)
ASKED_AGAIN_S: Final = 60.0  # a machine that was silent for long is asked once a minute


@dataclass(frozen=True, slots=True)
class Limits:
    """`delays` of the rules by condition, and how often a machine is asked, in seconds."""

    delays: Mapping[Condition, float]
    poll_s: float

    def allowed(self, trouble: Trouble, conditions: Iterable[Condition]) -> float:
        """How long after its beginning a trouble may be told at the latest."""
        return max((self.delays[each] for each in conditions), default=0.0) + POLLS * trouble.asked_s


def judged(facts: Facts, episodes: Sequence[Episode], limits: Limits, run: str = "") -> Score:
    """The score of one run; `run` says which, in what was found."""
    return _Judge(facts, episodes, limits, run).score()


class _Judge:
    """One run before its judge."""

    def __init__(self, facts: Facts, episodes: Sequence[Episode], limits: Limits, run: str) -> None:
        self._facts = facts
        self._episodes = episodes
        self._limits = limits
        self._run = run
        self._incidents = incidents(facts)
        self._found: list[Finding] = []
        self._of: dict[int, list[Episode]] = {}

    def score(self) -> Score:
        """All of it."""
        verdicts = [self._verdict(each) for each in self._episodes]
        outcomes = tuple(self._outcome(number, each) for number, each in enumerate(self._incidents))
        demands = tuple(each for incident in self._incidents for each in self._demands(incident))
        return Score(
            runs=1,
            machine_hours=len(self._facts.machines) * self._facts.hours.worked(0.0, self._facts.lasts) / 3600,
            verdicts=tuple(zip(verdicts, (each.priority for each in self._episodes), strict=True)),
            messages=sum(each.messages for each in self._episodes),
            outcomes=outcomes,
            demands=demands,
            findings=tuple(sorted(self._found)),
        )

    # -- what an alert was right about

    def _verdict(self, episode: Episode) -> Verdict:
        incident = self._incident_of(episode)
        if incident is not None:
            earlier = self._of.setdefault(incident, [])
            earlier.append(episode)
            if len(earlier) == 1:
                return Verdict.FIRST
            self._note(Sort.AGAIN, episode, f"after {_named(earlier[0])}")
            return Verdict.AGAIN
        if self._sign_of(episode, exactly=True) or self._sign_of(episode, exactly=False):
            return Verdict.WARNING
        serious = episode.priority is not None and episode.priority <= Priority.P3
        self._note(Sort.FALSE if serious else Sort.FALSE_NOTICE, episode, "nothing of the kind was so")
        return Verdict.FALSE

    def _incident_of(self, episode: Episode) -> int | None:
        """The incident that it is about: by what it says, else by its machine, else because the machine waits for it.

        What is right about a mere warning is no alert of the incident that happens to stand beside it.
        """
        fitting = [
            (episode.condition in trouble.conditions, *_nearness(episode, trouble), number)
            for number, incident in enumerate(self._incidents)
            for trouble in incident.troubles
            if self._names(episode, trouble.machine, incident) and self._meets(episode, trouble)
        ]
        exact = [each for each in fitting if each[0]]
        if exact:
            return max(exact)[3]
        if episode.condition in UNREACHED or self._sign_of(episode, exactly=True):
            return None
        if fitting:
            return max(fitting)[3]
        waits = [
            (*_nearness(episode, wait), number)
            for number, incident in enumerate(self._incidents)
            for wait in incident.waits
            if wait.machine == episode.subject and self._meets(episode, wait)
        ]
        return max(waits)[2] if waits else None

    def _names(self, episode: Episode, machine: str, incident: Incident) -> bool:
        if episode.kind is SubjectKind.MACHINE:
            return episode.subject == machine
        return episode.condition is Condition.NETWORK_LOST and incident.together

    def _sign_of(self, episode: Episode, *, exactly: bool) -> Sign | None:
        stands = episode.condition is Condition.STALL  # a roll that runs low is no reason to say so
        for sign in self._facts.signs:
            right = sign.condition is episode.condition if exactly else sign.condition not in _NO_FAULT
            if right and (sign.stops or not stands) and sign.machine == episode.subject and self._meets(episode, sign):
                return None if episode.condition in UNREACHED else sign
        return None

    def _meets(self, episode: Episode, span: Span) -> bool:
        """Whether the alert and something true overlap, give or take a poll. That a machine stood is a word on what was
        until then: a stop that begins later makes it no truer."""
        assert episode.announced is not None  # only such are episodes
        until = episode.announced if episode.condition is Condition.STALL else episode.ended
        return span.meets(self._since(episode), until, POLLS * self._limits.poll_s)

    def _since(self, episode: Episode) -> float:
        """Since when it says that something is wrong."""
        return episode.raised - self._limits.delays[episode.condition]

    # -- incidents

    def _outcome(self, number: int, incident: Incident) -> Outcome:
        told = self._of.get(number, [])
        first = told[0] if told else None
        right_machine = first is not None and any(self._names(first, each, incident) for each in incident.machines)
        conditions = frozenset(condition for each in incident.troubles for condition in each.conditions)
        right_reason = right_machine and first is not None and first.condition in conditions
        if first is not None and not right_reason:
            self._note(Sort.WRONG, first, f"it was {_what(incident.troubles[0])}")
        return Outcome(
            kind=incident.kind,
            alerts=len(told),
            messages=sum(each.messages for each in told),
            right_machine=right_machine,
            right_reason=right_reason,
        )

    # -- troubles

    def _demands(self, incident: Incident) -> Iterable[Demand]:
        if incident.together:
            wanted = [each for each in incident.troubles if each.demanded]
            if wanted:
                yield self._demand(incident, wanted[0], (Condition.NETWORK_LOST,))
            return
        for trouble in incident.troubles:
            if trouble.kind is Kind.SILENT:
                yield self._stall(incident, trouble)
            elif trouble.demanded:
                unreached = trouble.conditions & {Condition.CONTACT_LOST}
                yield self._demand(incident, trouble, unreached or trouble.conditions)

    def _demand(self, incident: Incident, trouble: Trouble, conditions: Iterable[Condition]) -> Demand:
        allowed = self._limits.allowed(trouble, conditions)
        begins, deadline, heard = self._deadline(trouble, allowed)
        at = self._told_at(incident, trouble)
        demand = Demand(
            kind=trouble.kind,
            lasted=trouble.ends - trouble.begins,
            scheduled=trouble.scheduled,
            due=trouble.ends > deadline,
            delay=None if at is None or at < trouble.begins or not heard else max(0.0, at - begins),
            told=at is not None,
            late=at is not None and at > deadline,
        )
        if demand.due and demand.late and at is not None:
            self._blame(Sort.LATE, trouble, f"told {at - deadline:.0f} s too late")
        elif demand.due and not demand.told:
            self._blame(Sort.MISSED, trouble, f"due at {deadline:.0f} s")
        return demand

    def _stall(self, incident: Incident, trouble: Trouble) -> Demand:
        """Of a silent stall counts the time in which work waited and the machine was heard. Where somebody else tells
        why it stands, as the controller that sits on it, nobody has to tell that it does."""
        work = heard_waiting(trouble, self._facts)
        at = self._told_at(incident, trouble)
        anew = at is not None and at >= trouble.begins
        demand = Demand(
            kind=trouble.kind,
            lasted=trouble.ends - trouble.begins,
            scheduled=trouble.scheduled,
            due=incident.kind is Kind.SILENT and seconds(work) >= WORTH_TELLING_S,
            delay=seconds(work, at) if at is not None and anew else None,
            told=at is not None,
            late=False,
            by_clock=at - trouble.begins if at is not None and anew else None,
        )
        if demand.due and not demand.told:
            self._blame(Sort.MISSED, trouble, f"work waited for {seconds(work):.0f} s of it")
        return demand

    def _told_at(self, incident: Incident, trouble: Trouble) -> float | None:
        """When people were first told of it while it lasted, or had been told and it was not over."""
        for each in self._episodes:
            assert each.announced is not None  # only such are episodes
            right = each.condition in trouble.conditions and self._names(each, trouble.machine, incident)
            if right and each.announced <= trouble.ends and each.ended >= trouble.begins:
                return each.announced
        return None

    def _blame(self, sort: Sort, trouble: Trouble, text: str) -> None:
        said = f"{_what(trouble)} from {trouble.begins:.0f} to {trouble.ends:.0f} s: {text}"
        self._found.append(Finding(sort, self._run, trouble.begins, said))

    def _deadline(self, trouble: Trouble, allowed: float) -> tuple[float, float, bool]:
        """From when the delay counts, until when it must be told, and whether it could be heard all the while.

        A broken line or a daemon that is down counts only against who could have heard: a silent machine is no reason
        not to tell that it is silent.
        """
        begins, heard = trouble.begins, True
        while True:
            opened = self._facts.hours.begin(begins)
            deadline = self._facts.hours.after(begins, allowed)
            deaf = self._deaf(trouble, begins, deadline)
            if deaf is None:
                return opened, deadline, heard
            begins, heard = deaf + ASKED_AGAIN_S, False

    def _deaf(self, trouble: Trouble, begins: float, deadline: float) -> float | None:
        """The end of a stretch that kept the trouble from being heard."""
        if trouble.kind in (Kind.OFF, Kind.CONTACT):
            return None
        found = self._facts.unheard(trouble.machine, begins - ASKED_AGAIN_S, deadline)
        return None if found is None or found.ends + ASKED_AGAIN_S <= begins else found.ends

    # -- what somebody should look at

    def _note(self, sort: Sort, episode: Episode, text: str) -> None:
        at = episode.announced or 0.0
        shock = next((each.what for each in self._facts.shocks if each.begins <= at <= each.ends), "")
        after = f" (after {shock})" if shock else ""
        self._found.append(Finding(sort, self._run, at, f"{_named(episode)}: {text}{after}", shock))


def _nearness(episode: Episode, span: Span) -> tuple[bool, float]:
    """How well something true explains that an alert was told just then: the last that had begun, before all others."""
    begun = span.begins <= (episode.announced or 0.0)
    return begun, span.begins if begun else -span.begins


def _named(episode: Episode) -> str:
    priority = "-" if episode.priority is None else f"P{episode.priority.value}"
    return f"{episode.key} {priority} told at {episode.announced:.0f} s"


def _what(trouble: Trouble) -> str:
    return f"{trouble.machine} {trouble.kind} {trouble.reason}"
