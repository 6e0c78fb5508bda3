"""Everything that one machine is asked, worked out once when it is met."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from fleetmon.decode.dialogue import Ask
from fleetmon.decode.lines import meaning, questions, registers
from fleetmon.decode.lines.questions import Spoken
from fleetmon.decode.lines.registers import Read
from fleetmon.definition import LineDefinition, ModbusDefinition

Question: TypeAlias = Spoken | Read


class Named(NamedTuple):
    """A request and the exchange, or the registers, that it is for."""

    name: str
    ask: Ask


@dataclass(frozen=True)
class Plan:
    """The questions of a full poll in the order of asking; when a field that is `loud` moves, something happened."""

    questions: tuple[Question, ...]
    loud: frozenset[str]

    @cached_property
    def by_name(self) -> dict[str, Question]:
        """The questions by their names."""
        return {question.name: question for question in self.questions}


def planned(definition: LineDefinition | ModbusDefinition, unit: str | None = None, *, tcp: bool = False) -> Plan:
    """What this driver asks; DriverError if it needs a unit that is not given."""
    found: tuple[Question, ...] = (
        tuple(registers.reads(definition, unit, tcp=tcp))
        if isinstance(definition, ModbusDefinition)
        else tuple(questions.questions(definition, unit))
    )
    return Plan(found, meaning.loud_fields(definition))


def asks(definition: LineDefinition | ModbusDefinition, unit: str | None, tcp: bool = False) -> tuple[Named, ...]:
    """Each request of a full poll, in the order of asking. DriverError if a unit is needed and not given."""
    plan = planned(definition, unit, tcp=tcp)
    return tuple(Named(question.name, question.ask(turn)) for turn, question in enumerate(plan.questions, start=1))
