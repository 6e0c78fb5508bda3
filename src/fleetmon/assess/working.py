"""Whether anybody works now, so that somebody can act on what is told.

The calendar says so, a quarter of an hour either side of it: people come early and stay late. It is not the last word:
where documents are made, people work, whatever the plan says. What people do themselves when they leave and when they
come, switching machines off and on, is no trouble: for that the margin lies inside the shift.
"""

from typing import Final

from fleetmon.assess.calendar import Hours, WorkCalendar
from fleetmon.model.plan import Calendar
from fleetmon.model.report import At

MARGIN_S: Final = 900.0
_LOOKS_S: Final = (0.0, -MARGIN_S, MARGIN_S)
# The wall clock may be set: nothing is believed of it for longer than this, where hours depend on it.
_HOLDS_AT_MOST_S: Final = 300.0
_OPEN_HOLDS_S: Final = 3600.0


class Working:
    """Of one site; `latest` is when its machines last made anything. `surely`: not even the first or last minutes."""

    def __init__(self, calendar: Calendar, latest: At | None = None) -> None:
        self.calendar = WorkCalendar(calendar)
        self.latest = latest
        self.now = self.surely = True

    def hours(self, at: At) -> Hours:
        """What the calendar says of this moment."""
        return self.calendar.at(at.utc).hours

    def progressed(self, at: At) -> bool:
        """A machine made something: whether that shows that people work where nobody thought so."""
        self.latest = at
        return not self.now

    def look(self, at: At) -> None:
        """Find out whether anybody works now."""
        open_ = [self.calendar.at(at.utc + margin).hours is not Hours.OFF for margin in _LOOKS_S]
        self.now, self.surely = self._made_lately_s(at) > 0.0 or any(open_), all(open_)

    def holds_s(self, at: At) -> float:
        """For how many seconds that holds by itself, at least."""
        most_s = _OPEN_HOLDS_S if self.calendar.always_open else _HOLDS_AT_MOST_S
        edges = [self.calendar.at(at.utc + margin).until - margin - at.utc for margin in _LOOKS_S]
        lately_s = self._made_lately_s(at)
        return min(most_s, *edges, lately_s if lately_s > 0.0 and not self.calendar.always_open else most_s)

    def _made_lately_s(self, at: At) -> float:
        return 0.0 if self.latest is None else max(0.0, MARGIN_S - at.since(self.latest))
