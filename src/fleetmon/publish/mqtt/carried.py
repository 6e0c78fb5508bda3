"""What one connection hands to the next: how far the stream is, what was refused, what consumers asked for."""

from dataclasses import dataclass, field
from typing import Self

from fleetmon.publish.acknowledgement import Confirmations
from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.outbox import Figures
from fleetmon.publish.patience import Patience
from fleetmon.publish.refusals import Refusals
from fleetmon.publish.replays import Replays
from fleetmon.publish.window import Window


@dataclass(slots=True)
class Lane:
    """A window over the stream and our patience with those who confirm it. A lane at rest sends nothing."""

    window: Window
    patience: Patience
    at_rest: bool = False

    def confirmed(self, upto: int, now: float) -> None:
        """Everything up to `upto` is."""
        if self.window.confirm_all(upto):
            self.patience.begin(now)

    def go_back(self, now: float) -> None:
        """Once more, since nobody confirms."""
        self.window.go_back()
        self.patience.again(now)
        self.at_rest = False

    def restart(self, now: float) -> None:
        """A new connection: nothing that was not confirmed counts as sent."""
        self.window.go_back()
        self.patience.begin(now)
        self.at_rest = False


@dataclass(slots=True)
class Carried:
    """`live` follows the consumer who is furthest, `late` the one who is last; `published` are retained topics."""

    live: Lane
    late: Lane
    published: set[str] = field(default_factory=set)
    confirmations: Confirmations = field(default_factory=Confirmations)
    replays: Replays = field(default_factory=Replays)
    refusals: Refusals = field(default_factory=Refusals)

    @classmethod
    def begin(cls, plan: UplinkPlan, figures: Figures) -> Self:
        """As the outbox stands."""
        return cls(
            Lane(Window(figures.furthest, plan.window), Patience(plan.patience_s)),
            Lane(Window(figures.acked, plan.window), Patience(plan.patience_s)),
        )
