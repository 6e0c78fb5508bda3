"""A clock that stands still until it is set: what dialogues take for the time where nobody waits."""

from fleetmon.clock import Clock
from fleetmon.model.report import At

_BOOT = "virtual"


class Moment(Clock):
    """Shows `mono` seconds on a clock that nobody sets back."""

    def __init__(self) -> None:
        super().__init__()
        self.mono = 0.0

    def now(self) -> At:
        """This moment."""
        return At(self.mono, self.mono, _BOOT)
