"""When somebody is to be told: the rules of the alerts, as far as a site wants them otherwise than they come.

A rule of the settings names only what it changes; the rest is the shipped rule's. So a site that wants to hear of jams
sooner writes one line, and keeps what later versions learn about all the others.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from fleetmon.assess.alerting.rules import RULES
from fleetmon.model import plan
from fleetmon.model.alerts import AlertPlan, Audience, Condition, Priority, Proof, Rule
from fleetmon.settings.values import AS_LIST, AS_WORD, NOT_EMPTY, Table, duration
from fleetmon.toml_problems import Misfit

Delay = Annotated[float, duration("0s", "7d")]
To = Annotated[Audience, AS_WORD]

# What is not about a machine's own doings is not over when a document was made.
_MAKES_NOTHING = (
    Condition.CONTACT_LOST,
    Condition.ACCESS_REFUSED,
    Condition.DRIVER_FAILED,
    Condition.NETWORK_LOST,
    Condition.SETTINGS_REFUSED,
    Condition.SLOWER,
    Condition.QUIET,
    Condition.NOT_WORKING,
    Condition.TUNE_LIMIT,
)


class PriorityWord(StrEnum):
    """A priority as people write it; a notice is published and told to nobody, `none` is not even an alert."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    NOTICE = "notice"
    NONE = "none"

    @property
    def priority(self) -> Priority | None:
        """What it stands for."""
        return None if self is PriorityWord.NONE else Priority[self.name]


class AlertRule(Table):
    """`[alerts.rule.NAME]`: another rule for one condition; a key that is left out is as shipped."""

    priority: Annotated[PriorityWord, AS_WORD] | None = Field(
        None, description="how urgent it is while the machine stands; what stops nothing is P3 at most"
    )
    raise_after: Delay | None = Field(None, description="how long it must stand before it is an alert")
    clear_after: Delay | None = Field(None, description="how long it must be gone before it is over")
    proof: Annotated[Proof, AS_WORD] | None = Field(
        None, description="what else shows that it is over: nothing, or a document that was made"
    )
    latch: bool | None = Field(None, description="it stays until somebody has acknowledged it")
    always: bool | None = Field(None, description="also off shift, in planned stops, and when shelved")
    audience: Annotated[tuple[To, ...], AS_LIST, NOT_EMPTY] | None = Field(None, description="who should hear of it")

    def over(self, shipped: Rule) -> Rule:
        """The shipped rule with what is given here in its place."""
        return Rule(
            priority=shipped.priority if self.priority is None else self.priority.priority,
            raise_after_s=shipped.raise_after_s if self.raise_after is None else self.raise_after,
            clear_after_s=shipped.clear_after_s if self.clear_after is None else self.clear_after,
            proof=self.proof or shipped.proof,
            latch=shipped.latch if self.latch is None else self.latch,
            always=shipped.always if self.always is None else self.always,
            audience=self.audience or shipped.audience,
        )


class Stall(Table):
    """`[alerts.stall]`: how long a machine with work waiting may be silent. The limit is learned, between two ends."""

    false_alarms: Annotated[float, Field(gt=0, le=30)] = Field(0.5, description="the budget, per machine and month")
    shortest: Annotated[float, duration("1m", "4h")] = Field(
        300.0, description="the learned limit is never below, and two documents"
    )
    longest: Annotated[float, duration("1m", "24h")] = Field(1200.0, description="nor above")
    cold_start: Annotated[float, duration("1m", "24h")] = Field(
        540.0, description="the limit until enough is learned; then it counts as ten days"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.longest < self.shortest:
            raise Misfit(("longest", "must not be less than shortest"))
        return self

    def plan(self) -> plan.StallLimits:
        """The limits as plain data."""
        return plan.StallLimits(self.false_alarms, self.shortest, self.longest, self.cold_start)


class Alerts(Table):
    """`[alerts]`: when somebody is to be told."""

    reaction: Annotated[float, duration("0s", "24h")] = Field(
        600.0, description="how long a line may stand for one machine before that is of priority P1"
    )
    flood_from: Annotated[int, Field(ge=2, le=1000)] = Field(
        10, description="from how many alerts within `flood_window` on only P1 and P2 are told one by one"
    )
    flood_window: Annotated[float, duration("1m", "24h")] = Field(600.0, description="the time they are counted over")
    stall: Stall = Field(Stall(), description="silent machines")
    rule: dict[Annotated[Condition, AS_WORD], AlertRule] = Field({}, description="other rules than the shipped ones")

    @model_validator(mode="after")
    def _provable(self) -> Self:
        faults = [
            (("rule", condition, "proof"), "must be absence: no document shows that this is over")
            for condition, rule in self.rule.items()
            if rule.proof is Proof.COMPLETION and condition in _MAKES_NOTHING
        ]
        if faults:
            raise Misfit(*faults)
        return self

    def plan(self) -> AlertPlan:
        """The whole as plain data, with every rule that is not as shipped."""
        rules = {condition: rule.over(RULES[condition]) for condition, rule in self.rule.items()}
        return AlertPlan(rules, self.reaction, self.flood_from, self.flood_window)
