"""What carrying out a command comes to, before it is a reply and an audit event."""

from dataclasses import dataclass, field
from typing import Self

from fleetmon.model.messages import Outcome
from fleetmon.publish.command_payloads import Reason, Result, Status


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is for people, `result` for programs; `outcome` is committed in one transaction with the audit event."""

    status: Status
    text: str
    reason: Reason | None = None
    result: Result | None = None
    outcome: Outcome = field(default_factory=Outcome)

    @classmethod
    def rejected(cls, reason: Reason, text: str) -> Self:
        """Nothing was done, and why."""
        return cls(Status.REJECTED, text, reason)
