"""What one evaluation of production brought."""

from dataclasses import dataclass
from typing import Final

from fleetmon.assess.alerting.book import Round
from fleetmon.assess.lines import Verdict
from fleetmon.model.alerts import PlannedStop


@dataclass(frozen=True, slots=True)
class News:
    """What an evaluation brought: of alerts, of lines whose verdict is another, and planned stops if they changed."""

    round: Round
    lines: tuple[Verdict, ...] = ()
    stops: tuple[PlannedStop, ...] | None = None

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.round) or bool(self.lines) or self.stops is not None


NO_NEWS: Final = News(Round())
