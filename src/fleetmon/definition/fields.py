"""Rules over named fields: the part that byte and Modbus drivers share."""

from collections.abc import Iterator, Mapping
from itertools import chain
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
from fleetmon.definition.reach import EITHER, Range, code_faults, made, ranges, rule_faults, value_faults
from fleetmon.definition.words import Strict, Word
from fleetmon.toml_lines import Path
from fleetmon.toml_problems import Misfit, did_you_mean


def _one_or_many(value: object) -> object:
    """`[state]` is one rule, `[[state]]` several: the first that says something wins."""
    return [value] if isinstance(value, dict) else value


def _named(value: object) -> object:
    """`[faults]` with its own `from` is the only one; else `[faults.NAME]`, one for each field."""
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("from"), str):
        return {value["from"]: value}
    own = [key for key in value.keys() & FaultRule.model_fields.keys() if not _is_rule(value[key])]
    if own:
        raise Misfit(("from", "is missing: [faults] needs the field that tells them; of several fields, [faults.NAME]"))
    return value


def _is_rule(value: object) -> bool:
    """Whether this may be the rule of one field, which may be called like one of the keys."""
    return isinstance(value, dict) and bool(value.keys() & {"codes", "bits", "from"})


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
    jobs: tuple[Word, ...] = ()
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
                taken.update(rule.sources(name))
        return frozenset(taken)

    @property
    def held(self) -> dict[str, Range]:
        """What each field that is read holds, as far as that is known."""
        return {}

    @model_validator(mode="after")
    def _takes_what_is_read(self) -> Self:
        faults = [*self._value_faults()]
        known = self.known_fields | set(self.values)
        for place, name in self._wanted():
            if name not in known:
                said = "" if place[-1] in _NAMES_FIELD else ", and no from says which it is"
                faults.append((place, f'nothing reads a field "{name}"{said}{did_you_mean(name, sorted(known))}'))
        if not faults:  # what a field holds is known once there is one
            faults = [*self._rule_faults()]
        if faults:
            raise Misfit(*faults)
        return self

    def _value_faults(self) -> Iterator[tuple[Path, str]]:
        known, held = set(self.known_fields), dict(self.held)
        for name, rule in self.values.items():
            sources = rule.sources(name)
            if sources != (name,) and name in self.known_fields:
                yield ("values", name), f'"{name}" is read already; give what is made of "{sources[0]}" another name'
            for source in (each for each in sources if each not in known):
                below = "; it is made further down" if source in self.values and source != name else ""
                yield (
                    ("values", name),
                    f'nothing reads a field "{source}"{below or did_you_mean(source, sorted(known))}',
                )
            of = held.get(sources[0], EITHER)
            yield from ((("values", name, *at), text) for at, text in value_faults(of, rule))
            known.add(name)
            held[name] = made(of, rule)

    def _rule_faults(self) -> Iterator[tuple[Path, str]]:
        held = ranges(self.held, self.values)
        for index, state in enumerate(self.state):
            field = state.source or "state"
            found = rule_faults(field, held.get(field, EITHER), state)
            yield from ((("state", index, *at), text) for at, text in found)
        for name, fault in self.faults.items():
            field = fault.source or name
            found = chain(code_faults(fault), rule_faults(field, held.get(field, EITHER), fault))
            yield from ((("faults", name, *at), text) for at, text in found)

    def _wanted(self) -> Iterator[tuple[Path, str]]:
        """Each place that names a field, and the field."""
        for index, state in enumerate(self.state):
            yield _from(("state", index), state, "state")
        tables: tuple[tuple[str, Mapping[str, Rule]], ...] = (
            ("faults", self.faults),
            ("counters", self.counters),
            ("supplies", self.supplies),
            ("inputs", self.inputs),
        )
        for table, rules in tables:
            for name, each in rules.items():
                yield _from((table, name), each, name)
                if isinstance(each, LevelRule) and isinstance(each.capacity, str):
                    yield (table, name, "capacity"), each.capacity
                if isinstance(each, FaultRule) and each.text_field:
                    yield (table, name, "text_field"), each.text_field
        for name, heater in self.heaters.items():
            told = (
                ("measured", heater.measured),
                ("set_point", heater.set_point),
                ("output", heater.output),
                ("mode", heater.mode),
            )
            yield from ((("heaters", name, key), field) for key, field in told if field)
        who = self.identity
        named = (("model", who.model), ("serial", who.serial), ("firmware", who.firmware), ("name", who.name))
        yield from ((("identity", key), field) for key, field in named if field)
        yield from ((("console",), field) for field in self.console)
        yield from ((("jobs",), field) for field in self.jobs)
        if self.uptime:
            yield ("uptime",), self.uptime


_NAMES_FIELD = (
    "from", "capacity", "text_field", "measured", "set_point", "output", "mode",
    "model", "serial", "firmware", "name", "console", "jobs", "uptime",
)  # fmt: skip


def _from(place: Path, rule: Rule, name: str) -> tuple[Path, str]:
    return ((*place, "from"), rule.source) if rule.source else (place, name)
