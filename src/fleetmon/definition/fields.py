"""Rules over named fields: the part that byte and Modbus drivers share."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from fleetmon.definition.base import Mapped
from fleetmon.definition.meanings import (
    CounterRule,
    FaultRule,
    HeaterRule,
    IdentityRule,
    LevelRule,
    Rule,
    StateRule,
    SupplyRule,
    ValueRule,
    bit_code,
)
from fleetmon.definition.words import Strict, Word
from fleetmon.toml_problems import Misfit, did_you_mean


def _one_or_many(value: object) -> object:
    """`[state]` is one rule, `[[state]]` several: the first that says something wins."""
    return [value] if isinstance(value, dict) else value


def _named(value: object) -> object:
    """`[faults]` with its own `from` is the only one; else `[faults.NAME]`, one for each field."""
    return {value["from"]: value} if isinstance(value, dict) and isinstance(value.get("from"), str) else value


class MeansFields(Strict):
    """What the fields mean. `known_fields` are those that are read."""

    values: dict[Word, ValueRule] = Field({})
    state: Annotated[tuple[StateRule, ...], BeforeValidator(_one_or_many)] = ()
    faults: Annotated[dict[Word, FaultRule], BeforeValidator(_named)] = Field({})
    counters: dict[Word, CounterRule] = Field({})
    supplies: dict[Word, SupplyRule] = Field({})
    inputs: dict[Word, LevelRule] = Field({})
    identity: IdentityRule = IdentityRule()
    heaters: dict[Word, HeaterRule] = Field({})
    console: tuple[Word, ...] = ()
    uptime: Word | None = Field(None, description="the field with the seconds since the machine was switched on")

    @property
    def known_fields(self) -> frozenset[str]:
        """Everything that is read."""
        return frozenset()

    def mapped(self) -> Iterator[Mapped]:
        """Every vendor code that has a meaning, in the order of the definition."""
        for word, rule in self.faults.items():
            field = rule.source or word
            for code, meaning in rule.codes.items():
                yield Mapped(rule.prefix + code, f"faults.{word}", f"value {code} of {field}", meaning)
            for each, meaning in rule.bits.items():
                code = bit_code(each)
                yield Mapped(rule.prefix + code, f"faults.{word}", f"bit {code} of {field}", meaning)

    @property
    def taken_fields(self) -> frozenset[str]:
        """The fields that some rule takes, through `values` too."""
        taken = {name for _, name in self._wanted()}
        for name, rule in reversed(self.values.items()):
            if name in taken:
                taken.add(rule.source or name)
        return frozenset(taken)

    @model_validator(mode="after")
    def _takes_what_is_read(self) -> Self:
        known = self.known_fields | set(self.values)
        wrong = [(key, name) for key, name in self._wanted() if name not in known]
        wrong += [
            (f"values.{n}", s)
            for n, r in self.values.items()
            if (s := r.source or n) not in known - ({n} - self.known_fields)
        ]
        if wrong:
            raise Misfit(
                *((key, f'nothing reads a field "{name}"' + did_you_mean(name, sorted(known))) for key, name in wrong)
            )
        return self

    def _wanted(self) -> Iterator[tuple[str, str]]:
        """Each rule's key, and the field that it takes its value from."""
        for rule in self.state:
            yield "state", rule.source or "state"
        tables: tuple[tuple[str, dict[str, Rule]], ...] = (
            ("faults", dict(self.faults)),
            ("counters", dict(self.counters)),
            ("supplies", dict(self.supplies)),
            ("inputs", dict(self.inputs)),
        )
        for table, rules in tables:
            for name, each in rules.items():
                yield f"{table}.{name}", each.source or name
                if isinstance(each, LevelRule) and isinstance(each.capacity, str):
                    yield f"{table}.{name}.capacity", each.capacity
        for name, heater in self.heaters.items():
            yield from (
                (f"heaters.{name}", each) for each in (heater.measured, heater.set_point, heater.output) if each
            )
        told = (self.identity.model, self.identity.serial, self.identity.firmware, self.identity.name)
        yield from (("identity", each) for each in told if each)
        yield from (("console", each) for each in self.console)
        if self.uptime:
            yield "uptime", self.uptime
