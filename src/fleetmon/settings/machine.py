"""The machines: what they are for, and the ways in which each is heard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from fleetmon.model import plan
from fleetmon.model.address import SHAPES, Address, Scheme
from fleetmon.model.words import MachineKind
from fleetmon.settings.credentials import Surroundings, check_readable
from fleetmon.settings.values import AS_LIST, AS_WORD, NOT_EMPTY, Name, Table, Text, duration, identifier, pattern
from fleetmon.toml_problems import Misfit

_SERIAL = {Scheme.SERIAL, Scheme.TCP, Scheme.RFC2217}


def _url(text: str) -> str:
    Address.parse(text)
    return text


Driver = Annotated[str, pattern("[a-z][a-z0-9_]{0,47}", 'the name of a driver, "snmp_printer"')]
Unit = Annotated[
    str, pattern("[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}", "1 to 64 letters, digits, spaces, dots, hyphens and underscores")
]


class Counter(Table):
    """`[machine.source.counter]`: how finished documents are counted, where the driver does not know."""

    marker: Annotated[int, Field(ge=1)] | None = Field(None, description="which marker's life count is meant, from 1")
    per_document: Annotated[int, Field(ge=1)] | None = Field(
        None, description="how many of its units one document takes"
    )


class Serial(Table):
    """`[machine.source.serial]`: how the line is set, where it differs from what the driver says."""

    baud: Annotated[int, Field(ge=50, le=4_000_000)] | None = Field(None, description="bits per second")
    data_bits: Literal[7, 8] | None = Field(None, description="bits of a character")
    parity: Annotated[plan.Parity, AS_WORD] | None = Field(None, description="the parity bit")
    stop_bits: Literal[1, 2] | None = Field(None, description="stop bits")
    handshake: Annotated[plan.Handshake, AS_WORD] | None = Field(
        None, description="how either side holds the other back"
    )
    timeout: Annotated[float, duration("10ms", "60s")] | None = Field(None, description="how long an answer may take")


_PROFILE = 'it stands in an [snmp.profile.NAME], and the source names that: profile = "NAME"'
_SOURCE = 'it belongs to the source: source = { url = "snmp://192.0.2.11", ... }'
_URL = 'it is part of the url: url = "snmp://192.0.2.11"'


class Source(Table):
    """`[[machine.source]]`: one way to hear a machine; `source = "snmp://192.0.2.11"` where a URL says all."""

    ELSEWHERE: ClassVar = {
        **dict.fromkeys(("community", "version", "user", "username", "password", "auth", "priv"), _PROFILE),
        **dict.fromkeys(("auth_password", "priv_password", "credential", "credentials"), _PROFILE),
        **dict.fromkeys(("host", "ip", "address", "port", "hostname", "protocol"), _URL),
        **dict.fromkeys(
            ("baud", "parity", "data_bits", "stop_bits", "handshake", "timeout"), "it stands in serial = { ... }"
        ),
    }

    url: Annotated[str, Text(SHAPES, _url)] = Field(description="where the machine answers")
    name: Annotated[str, identifier(48)] | None = Field(
        None, description='its name within the machine; the first is "main", every further one needs a name'
    )
    driver: Driver | None = Field(None, description="the driver's name; without it an SNMP machine is probed")
    profile: str | None = Field(
        None, description="the name of an [snmp.profile.NAME]; without it version 2c with public"
    )
    device: Annotated[int, Field(ge=1)] | None = Field(
        None, description="which printer row of the host (hrDeviceIndex), where there are several"
    )
    interval: Annotated[float, duration("100ms", "1h")] = Field(5.0, description="how often it is asked")
    counter: Counter = Field(Counter(), description="how finished documents are counted")
    serial: Serial = Field(Serial(), description="how a serial line is set")
    modbus_unit: Annotated[int, Field(ge=1, le=247)] | None = Field(
        None, description="the Modbus unit (slave) address, where it differs from what the driver says"
    )
    unit: Unit | None = Field(
        None, description="what the machine is called on its line, where its driver's requests name it: `{unit}`"
    )

    @property
    def address(self) -> Address:
        """The URL, taken apart."""
        return Address.parse(self.url)

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        scheme = self.address.scheme
        faults = []
        if scheme is not Scheme.SNMP:
            if self.profile is not None:
                faults.append(("profile", f"is for snmp:// only, not for {scheme.value}"))
            if self.driver is None and scheme is not Scheme.WALK:
                faults.append(
                    ("driver", f"is missing; only snmp:// machines can be probed, {scheme.value} needs a driver")
                )
        if self.serial != Serial() and scheme not in _SERIAL:
            faults.append(("serial", "is for serial://, tcp:// and rfc2217:// only"))
        faults += [*self._misnamed(scheme), *self._unreadable(info)]
        if faults:
            raise Misfit(*faults)
        return self

    def _misnamed(self, scheme: Scheme) -> Iterator[tuple[str, str]]:
        if self.modbus_unit is not None and scheme not in _SERIAL | {Scheme.MODBUS_TCP}:
            yield "modbus_unit", "is for Modbus only"
        if self.unit is not None and scheme not in _SERIAL:
            yield "unit", "is for serial://, tcp:// and rfc2217:// only"
        elif self.unit is not None and self.modbus_unit is not None:
            yield "unit", "and modbus_unit name the machine in two ways; Modbus drivers take modbus_unit"

    def _unreadable(self, info: ValidationInfo) -> list[tuple[str, str]]:
        if (
            self.address.scheme is Scheme.WALK
            and isinstance(info.context, Surroundings)
            and info.context.environ is not None
        ):
            try:
                check_readable(info.context.folder / self.address.path)
            except ValueError as error:
                return [("url", str(error))]
        return []

    def plan(self, folder: Path) -> plan.SourcePlan:
        """The source as plain data; a walk's file is taken from `folder`."""
        return plan.SourcePlan(
            name=self.name or "main",
            url=f"walk:{folder / self.address.path}" if self.address.scheme is Scheme.WALK else self.url,
            driver=self.driver,
            profile=self.profile,
            device=self.device,
            interval_s=self.interval,
            counter=plan.CounterChoice(self.counter.marker, self.counter.per_document),
            serial=plan.SerialChoice(
                baud=self.serial.baud,
                data_bits=self.serial.data_bits,
                parity=self.serial.parity,
                stop_bits=self.serial.stop_bits,
                handshake=self.serial.handshake,
                timeout_s=self.serial.timeout,
            ),
            modbus_unit=self.modbus_unit,
            unit=self.unit,
        )


def _as_list(value: Any) -> Any:
    """One source may be written as its URL or as one table."""
    if isinstance(value, str):
        return [{"url": value}]
    return [value] if isinstance(value, dict) else value


class Machine(Table):
    """`[[machine]]`: one machine. Further ones may stand in files of their own, `machines.d/*.toml`."""

    ELSEWHERE: ClassVar = {
        **dict.fromkeys(Source.ELSEWHERE, _SOURCE),
        **dict.fromkeys(
            ("url", "driver", "profile", "device", "interval", "counter", "serial", "modbus_unit", "unit"), _SOURCE
        ),
    }

    id: Annotated[str, identifier(48)] = Field(description="the machine's id in topics, alerts and commands")
    name: Name | None = Field(None, description="what people call it")
    kind: Annotated[MachineKind, AS_WORD] = Field(MachineKind.OTHER, description="what it is for")
    sources: Annotated[tuple[Source, ...], AS_LIST, NOT_EMPTY, BeforeValidator(_as_list)] = Field(
        alias="source", description="the ways in which it is heard; the first is the main one"
    )

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = ["main" if index == 0 and each.name is None else each.name for index, each in enumerate(self.sources)]
        if None in names:
            raise Misfit(("source", "every source after the first needs a name"))
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise Misfit(("source", f'two sources are named "{twice}"'))
        return self

    def plan(self, folder: Path) -> plan.MachinePlan:
        """The machine as plain data."""
        return plan.MachinePlan(self.id, self.kind, tuple(each.plan(folder) for each in self.sources), self.name)
