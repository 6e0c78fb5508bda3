"""What people see in the terminal: a machine explained, an exchange in raw form, a `[[machine]]` to paste."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fleetmon import vocabulary
from fleetmon.assess.fleet import Snapshot
from fleetmon.cli.safe_text import safe
from fleetmon.decode.dialogue import Exchange, Get, Varbind
from fleetmon.definition import Definition
from fleetmon.links.opening import Community, Credentials
from fleetmon.model.oid import dotted
from fleetmon.model.report import Level
from fleetmon.model.words import MachineKind, Quality, Severity, State, SupplyKind
from fleetmon.probing import Probe
from fleetmon.publish.envelope import rfc3339

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.REPORT: "cyan"}
_LEVELS = {Quality.SOME: "some left", Quality.UNLIMITED: "no limit", Quality.UNKNOWN: "not known"}


@dataclass(frozen=True, slots=True)
class MachineText:
    """What the settings of a probed machine need beside its driver."""

    url: str
    profile: str | None
    credentials: Credentials
    device: int | None


def console() -> Console:
    """A console that writes plain text when it is not a terminal, and breaks no line there."""
    out = Console(highlight=False, soft_wrap=True)
    return out


def show(found: Probe, snapshot: Snapshot, text: MachineText) -> None:
    """The human page of a probe."""
    out = console()
    machine(out, snapshot, found.definition, found.why)
    out.print("\nFor the settings file:\n")
    out.print(settings(found, snapshot, text), markup=False)


def machine(out: Console, snapshot: Snapshot, definition: Definition | None, why: str) -> None:
    """Who a machine is, how it is, and what it has left."""
    _who(out, snapshot, definition, why)
    _state(out, snapshot)
    report = snapshot.reports()[0]
    _levels(out, "Supplies", [(s.part, s.kind.value, s.description, s.colour, s.level) for s in report.supplies])
    _levels(out, "Inputs", [(slot.part, "", slot.description, None, slot.level) for slot in report.inputs])
    for line in report.console:
        _say(out, f"Console    {line}")


def unclear(found: Probe) -> str:
    """Why a machine that answers is not understood."""
    rows = [f"  device = {row.device}: {row.description or 'no description'}" for row in found.printers]
    hint = "\n".join(["", "printers of this agent, choose one with --device N:", *rows]) if len(rows) > 1 else ""
    named = "" if found.definition else "\nIf it is one all the same, name the driver: --driver snmp_printer"
    return f"{found.why}{hint if found.definition else named}"


def raw(exchanges: Iterable[Exchange]) -> str:
    """The exchange as snmprec, each request in a comment: `walk:FILE` reads it."""
    lines: list[str] = []
    for exchange in exchanges:
        request = exchange.request
        asked = " ".join(map(dotted, request.oids)) if isinstance(request, Get) else dotted(request.root)
        lines.append(f"# {type(request).__name__.lower()} {asked}: {len(exchange.reply)} values")
        lines.extend(map(_record, exchange.reply))
    return "\n".join(lines)


def settings(found: Probe, snapshot: Snapshot, text: MachineText) -> str:
    """A `[[machine]]` to paste, with the profile it needs where none exists yet."""
    definition = found.definition
    profile, lines = profile_of(text.profile, text.credentials)
    lines += begun(snapshot, definition, text.url)
    lines += [f'profile = "{profile}"'] if profile else []
    lines += [f'driver = "{definition.name}"'] if definition else []
    lines += [f"device = {text.device}"] if text.device is not None else []
    return "\n".join(lines)


def profile_of(named: str | None, credentials: Credentials) -> tuple[str | None, list[str]]:
    """The name of the profile that holds the credentials, and its lines where none is named and one is needed."""
    if named or credentials == Community():
        return named, []
    return "office", _profile("office", credentials)


def begun(snapshot: Snapshot, definition: Definition | None, url: str, taken: set[str] | None = None) -> list[str]:
    """The first lines of a `[[machine]]`, up to its URL; its id is none of those `taken`, and is one of them then."""
    taken = set() if taken is None else taken
    slug = _slug(snapshot.identity.model or (definition.name if definition else "machine-1"))
    name = next(each for each in (slug, *(f"{slug}-{n}" for n in range(2, 10_000))) if each not in taken)
    taken.add(name)
    return [
        "[[machine]]",
        f'id = "{name}"',
        f'kind = "{_purpose(definition, snapshot)}"',
        "[[machine.source]]",
        f'url = "{url}"',
    ]


def _purpose(definition: Definition | None, snapshot: Snapshot) -> str:
    """What the machine is for: what consumes laminate laminates, whatever its driver is for in general."""
    supplies = [supply.kind for report in snapshot.reports() for supply in report.supplies]
    if SupplyKind.LAMINATE in supplies:
        return MachineKind.LAMINATOR.value
    return definition.kind.value if definition else MachineKind.OTHER.value


def _who(out: Console, snapshot: Snapshot, definition: Definition | None, why: str) -> None:
    identity = snapshot.identity
    maker = identity.maker or ""
    if identity.model is None:
        words = [f"a machine{f' of {maker}' if maker else ''} that does not say its model"]
    else:
        words = [identity.model] if identity.model.lower().startswith(maker.lower()) else [maker, identity.model]
    facts = [("serial", identity.serial), ("firmware", identity.firmware), ("name", identity.name)]
    _say(out, " ".join(words), "bold")
    for word, value in facts:
        if value:
            _say(out, f"{word:<10} {value}")
    if definition:
        _say(out, f"{'driver':<10} {definition.name} ({definition.maturity}): {why}")


def _state(out: Console, snapshot: Snapshot) -> None:
    report = snapshot.reports()[0]
    top = vocabulary.headline(standing.fault for standing in snapshot.faults)
    silent = "it does not say why" if snapshot.state is State.STOPPED else ""
    why = top.reason if top else silent
    out.print(f"{'state':<10} {snapshot.state.value}{', asleep' if snapshot.asleep else ''}{f': {why}' if why else ''}")
    if snapshot.produced:
        total, unit = snapshot.produced.published
        out.print(f"{'produced':<10} {total} {unit.value if unit else ''}".rstrip())
    if report.jobs is not None:
        out.print(f"{'waiting':<10} {report.jobs} in the machine")
    if report.uptime_s is not None:
        out.print(f"{'uptime':<10} {report.uptime_s / 86400:.1f} days")
    for standing in snapshot.faults:
        fault = standing.fault
        since = f", since {rfc3339(standing.device_since)}" if standing.device_since is not None else ""
        where = f" at {fault.part}" if fault.part else ""
        words = f": {fault.text}" if fault.text else ""
        codes = ", ".join(fault.codes)
        line = f"{'fault':<10} {fault.severity.value}: {fault.reason}{where}{words} (said as {codes}{since})"
        _say(out, line, _COLOURS[fault.severity])
    for notice in report.notices:
        _say(out, f"{'notice':<10} {notice.keyword}{f': {notice.text}' if notice.text else ''} ({notice.code})")


def _say(out: Console, line: str, style: str | None = None) -> None:
    """A line that may hold what a machine said: it stays a line."""
    out.print(safe(line), style=style, markup=False)


def _levels(out: Console, title: str, rows: list[tuple[str, str, str | None, str | None, Level]]) -> None:
    if not rows:
        return
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for head in ("part", "kind", "description", "colour", "level"):
        table.add_column(head, overflow="fold")
    for part, kind, description, colour, level in rows:
        table.add_row(*(Text(safe(each)) for each in (part, kind, description or "", colour or "", _level(level))))
    out.print(table)


def _level(level: Level) -> str:
    if level.percent is not None:
        return f"{level.percent:g} %"
    if level.level is not None:
        return f"{level.level} {level.unit.value if level.unit else ''}".rstrip()
    return _LEVELS[level.quality]


def _profile(name: str, credentials: Credentials) -> list[str]:
    if isinstance(credentials, Community):
        version = "1" if credentials.only_v1 else "2c"
        file = 'community = { file = "/etc/fleetmon/community" }    # holds the community, mode 0600'
        return [f"[snmp.profile.{name}]", f'version = "{version}"', file, ""]
    lines = [f"[snmp.profile.{name}]", 'version = "3"', f'user = "{credentials.user}"']
    if credentials.auth_protocol:
        lines += [f'auth = "{credentials.auth_protocol}"', 'auth_password = { file = "/etc/fleetmon/snmp-auth" }']
    if credentials.priv_protocol:
        lines += [f'priv = "{credentials.priv_protocol}"', 'priv_password = { file = "/etc/fleetmon/snmp-priv" }']
    return [*lines, ""]


def _record(varbind: Varbind) -> str:
    value = varbind.value
    if isinstance(value, bytes):
        return f"{dotted(varbind.oid)}|{varbind.tag}x|{value.hex()}"
    shown = dotted(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return f"{dotted(varbind.oid)}|{varbind.tag}|{shown}"


def _slug(model: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")[:48].strip("-") or "machine-1"
