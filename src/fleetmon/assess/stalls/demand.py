"""What the issuing system says: how many documents wait, for the site or a line, as long as that may be believed."""

from fleetmon.model.alert_words import Subject, SubjectKind
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At
from fleetmon.model.stimuli import Work


class Demand:
    """The last word on each scope."""

    def __init__(self) -> None:
        self._told: dict[Subject, Work] = {}

    def told(self, work: Work) -> None:
        """The latest word on a scope counts."""
        self._told[work.scope] = work

    def waiting(self, line: str | None, plan: FleetPlan, at: At) -> int | None:
        """Documents that wait for a line; None where nobody knows, or told of it too long ago.

        A word on the site is one on its line where it has only one.
        """
        if not self._told:
            return None
        scopes = [Subject(SubjectKind.LINE, line)] if line is not None else []
        if line is None or len(plan.lines) <= 1:
            scopes.append(Subject(SubjectKind.SITE, plan.site))
        for scope in scopes:
            work = self._told.get(scope)
            if work is not None and at.since(work.at) < work.valid_for_s:
                return work.waiting
        return None
