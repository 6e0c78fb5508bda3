"""`fleetmon probe` for machines on a line: asked with a driver, listened to, or the cable tried without a machine."""

import asyncio
import contextlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from pydantic import ValidationError

from fleetmon import sources
from fleetmon.catalog import Catalog
from fleetmon.cli import line_page, octet_words, pages
from fleetmon.cli.exits import Exit, stop
from fleetmon.clock import Clock
from fleetmon.definition import Definition as DriverDefinition
from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.definition.words import written
from fleetmon.errors import DriverError, LinkError
from fleetmon.links.base import LineLink
from fleetmon.links.opening import open_line
from fleetmon.links.serial.port import LineSettings
from fleetmon.links.serial.ports import Ports, port_at
from fleetmon.links.spoken_file import open_spoken
from fleetmon.model.address import Address, Scheme
from fleetmon.model.plan import SourcePlan
from fleetmon.model.words import State
from fleetmon.probing_line import Talk, talk

LINES = (Scheme.SERIAL, Scheme.TCP, Scheme.RFC2217, Scheme.MODBUS_TCP)
_PATTERN = b"fleetmon loopback 0123456789 \x55\xaa\x00\xff\r\n"
_LOOP_S = 3.0
MANUAL = "by_hand"
_UNIT_HINT = "; on the command line: --unit with what the machine is called there"
Definition = LineDefinition | ModbusDefinition


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a machine on a line is, and how its line is set where the driver does not know."""

    address: Address
    source: SourcePlan

    @property
    def tcp(self) -> bool:
        """Whether frames are those of Modbus TCP."""
        return self.address.scheme is Scheme.MODBUS_TCP


def ask(wanted: Wanted, definition: Definition) -> Talk:
    """One conversation; whatever happens is part of it. Stops where the file or the address cannot be used."""
    return asyncio.run(_ask(wanted, definition))


async def _ask(wanted: Wanted, definition: Definition) -> Talk:
    ports, clock = Ports(), Clock()
    unit, tcp = wanted.source.unit, wanted.tcp
    try:
        link: LineLink
        if wanted.address.scheme is Scheme.WALK:
            link = open_spoken(Path(wanted.address.path))
        else:
            link = open_line(wanted.address, sources.port_settings(definition, wanted.source), ports)
        return await talk(link, definition, clock.now(), lambda: clock.now().mono, unit, tcp)
    except DriverError as error:
        stop(f"{error}{'' if unit else _UNIT_HINT * ('unit' in str(error))}", Exit.USAGE)
    finally:
        ports.close()


def show(found: Talk, wanted: Wanted) -> None:
    """The page, or on standard error what is wrong, with exit 3."""
    out = pages.console()
    for line in line_page.exchanges(found, wanted.source.unit, wanted.tcp):
        out.print(line, markup=False)
    judge(found, wanted)
    if found.snapshot is None or found.definition.name == MANUAL:
        return
    pages.machine(out, found.snapshot, found.definition, "named by you")
    if not found.definition.state and found.snapshot.state is State.UNKNOWN:
        out.print(f"This driver reads no state, so it is never known: fleetmon drivers show {found.definition.name}")
    out.print("\nFor the settings file:\n")
    lines = [*pages.begun(found.snapshot, found.definition, wanted.source.url), *_settings(found, wanted)]
    out.print("\n".join(lines), markup=False)


def raw(found: Talk, wanted: Wanted) -> None:
    """The transcript."""
    typer.echo("\n".join(line_page.raw(found, wanted.source.url)))


def judge(found: Talk, wanted: Wanted) -> None:
    """Where there is no state, say why, and end with exit 3."""
    if found.failed is not None:
        stop(
            "\n".join(line_page.trouble(found, found.failed, wanted.source.unit, wanted.address.scheme)),
            Exit.UNDETERMINED,
        )


def _settings(found: Talk, wanted: Wanted) -> Iterator[str]:
    source = wanted.source
    yield f'driver = "{found.definition.name}"'
    if source.unit is not None:
        yield f"modbus_unit = {source.unit}" if found.definition.link == "modbus" else f'unit = "{source.unit}"'
    said = source.serial
    told = [("baud", said.baud), ("data_bits", said.data_bits), ("stop_bits", said.stop_bits)]
    pairs = [f"{key} = {value}" for key, value in told if value is not None]
    pairs += [f'{key} = "{value}"' for key, value in (("parity", said.parity), ("handshake", said.handshake)) if value]
    pairs += [f'timeout = "{said.timeout_s:g}s"'] if said.timeout_s else []
    if pairs:
        yield f"serial = {{ {', '.join(pairs)} }}"


@dataclass(frozen=True, slots=True)
class Manual:
    """One request that a person took from a manual."""

    ask: str
    framing: str
    protocol: str | None
    read_only: str | None


def definition(named: DriverDefinition | None, manual: Manual | None, address: Address, drivers: Catalog) -> Definition:
    """How to ask: as a driver says, or one request by hand, which passes the same test as a driver's. Stops without."""
    if manual is not None and named is not None:
        stop("either --driver or --ask: a driver has requests of its own", Exit.USAGE)
    if isinstance(named, LineDefinition | ModbusDefinition):
        return named
    if manual is None:
        stop(which(address, drivers), Exit.USAGE)
    try:
        return LineDefinition.model_validate(_by_hand(manual))
    except ValidationError as error:
        said = "\n".join(str(each.get("ctx", {}).get("error", each["msg"])) for each in error.errors())
        stop(re.sub(r"read\.answer(\.\w+)?: ", "", said).replace("read_only = ", "--read-only "), Exit.USAGE)
    except tomllib.TOMLDecodeError:
        stop(f"--framing {manual.framing}: is no table; write --framing '{{ end = \"<CR>\" }}'", Exit.USAGE)


def _by_hand(manual: Manual) -> dict[str, object]:
    """The definition that this one request would have, if it were a driver's."""
    framing = tomllib.loads(f"it = {manual.framing}")["it"] if manual.framing.startswith("{") else manual.framing
    return {
        "name": MANUAL,
        "title": "by hand",
        "kind": "other",
        "maturity": "experimental",
        "link": "serial",
        "protocol": manual.protocol,
        "line": {"framing": framing},
        "read": {"answer": {"ask": manual.ask, "read_only": manual.read_only, "reply": "(?s)(?P<answer>.*)"}},
    }


def which(address: Address, drivers: Catalog) -> str:
    """What to do without a driver: nobody can be asked on a line without knowing how."""
    kinds = ("modbus",) if address.scheme is Scheme.MODBUS_TCP else ("serial", "modbus")
    fitting = [each for each in drivers.definitions if each.link in kinds]
    width = max((len(each.name) for each in fitting), default=0)
    return "\n".join(
        [
            "A machine on a line does not say what it is: name its driver with --driver NAME. There are",
            *(f"  {each.name:<{width}}  {each.title} ({each.link}, {each.maturity})" for each in fitting),
            "If none of them is for your machine:",
            "  --listen              shows what it says by itself, without sending anything",
            "  --ask '<ENQ>' ...     sends one request of its manual",
            "  fleetmon drivers new  begins a driver from what it said: docs/write-a-driver.md",
        ]
    )


def without_asking(wanted: Wanted, named: DriverDefinition | None, seconds: float | None, *, listen: bool) -> None:
    """Listen, or try the cable; the line is set as the driver says if one is named."""
    if listen:
        hear(wanted, named, seconds)
    else:
        loopback(wanted, named)


def hear(wanted: Wanted, named: DriverDefinition | None, seconds: float | None) -> None:
    """Send nothing and show what comes, piece by piece, with the time since we began to listen."""
    with contextlib.suppress(KeyboardInterrupt):
        heard = asyncio.run(_listen(wanted, _set(wanted, named), seconds))
        if not heard:
            stop("nothing came", Exit.UNDETERMINED)


def _set(wanted: Wanted, named: DriverDefinition | None) -> LineSettings:
    """How the line is set, by the command line and the driver if one is named."""
    known = named if isinstance(named, LineDefinition | ModbusDefinition) else None
    return sources.port_settings(known, wanted.source).line


async def _listen(wanted: Wanted, settings: LineSettings, seconds: float | None) -> int:
    port, clock, heard = port_at(wanted.address), Clock(), 0
    try:
        await port.open(settings, _LOOP_S)
        began = clock.now()
        where = f"{wanted.source.url}{'' if port.is_network else f' at {settings}'}"
        typer.echo(f"listening to {where}, sending nothing; Ctrl-C ends it", err=True)
        async with asyncio.timeout(seconds):
            while came := await port.read():
                heard += len(came)
                typer.echo(f"{clock.now().since(began):8.3f} s  {written(came)}")
                for row in octet_words.dump(came):
                    typer.echo(f"{'':12}{row}")
            typer.echo("the other end hung up", err=True)
    except TimeoutError:
        pass
    except LinkError as error:
        stop("\n".join([str(error), *line_page.advice(error, wanted.address.scheme)]), Exit.UNDETERMINED)
    finally:
        port.close()
    return heard


def loopback(wanted: Wanted, named: DriverDefinition | None) -> None:
    """Send a pattern and expect it back: whether cable and adapter work, without any machine."""
    came = asyncio.run(_loopback(wanted, _set(wanted, named)))
    if came == _PATTERN:
        typer.echo(f"{len(came)} octets came back as they were sent: port, adapter and cable work")
        return
    if not came:
        stop(
            "nothing came back: is TX (pin 3 of a 9-pin plug) bridged to RX (pin 2) at the machine's end of the cable?",
            Exit.UNDETERMINED,
        )
    stop(
        "\n".join([f"{len(came)} of {len(_PATTERN)} octets came back:", *octet_words.dump(came)]),
        Exit.PROBLEM,
    )


async def _loopback(wanted: Wanted, settings: LineSettings) -> bytes:
    port, came = port_at(wanted.address), b""
    try:
        await port.open(settings, _LOOP_S)
        port.drain()
        async with asyncio.timeout(_LOOP_S):
            await port.write(_PATTERN)
            while len(came) < len(_PATTERN) and (octets := await port.read()):
                came += octets
    except TimeoutError:
        pass
    except LinkError as error:
        stop("\n".join([str(error), *line_page.advice(error, wanted.address.scheme)]), Exit.UNDETERMINED)
    finally:
        port.close()
    return came
