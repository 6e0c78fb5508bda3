"""How a line is set and how its frames look, said as a manual would say it."""

from functools import singledispatch

from fleetmon.definition import LineDefinition, ModbusDefinition
from fleetmon.definition.framing import AnyFraming, Check, Delimited, Fixed, LengthPrefixed, UntilClose, UntilQuiet
from fleetmon.definition.words import written
from fleetmon.model.plan import Handshake, Parity

_OF = {"content": "the content", "start": "the start mark", "end": "the end mark"}
_FORM = {"binary": "", "hex": " in hexadecimal digits", "HEX": " in hexadecimal digits", "decimal": " in digits"}


def duration(seconds: float) -> str:
    """`250 ms`, `2 s`."""
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"


def line(definition: LineDefinition | ModbusDefinition) -> str:
    """The settings of the serial line and how long an answer may take."""
    said = definition.line
    parity = "no parity" if said.parity is Parity.NONE else f"{said.parity.value} parity"
    shake = "" if said.handshake is Handshake.NONE else f", handshake {said.handshake.value}"
    stop = "1 stop bit" if said.stop_bits == 1 else "2 stop bits"
    pause = f", {duration(said.pause)} between requests" if said.pause else ""
    keep = {"keep": "", "each-poll": ", connected for each poll", "each-request": ", connected for each request"}
    return (
        f"{said.baud} baud, {said.data_bits} data bits, {parity}, {stop}{shake}; "
        f"an answer may take {duration(said.timeout)}{pause}{keep[said.connect]}"
    )


@singledispatch
def framing(frame: AnyFraming) -> str:
    """How a frame is told from what stands around it."""
    raise TypeError(f"no words for {type(frame).__name__}")


@framing.register
def _(frame: Delimited) -> str:
    end = " or ".join(map(_mark, frame.end))
    begun = f"from {_mark(frame.start)} to {end}" if frame.start else f"everything up to {end}"
    after = f", then {_mark(frame.after)}" if frame.after else ""
    escape = f"; the octet after {_mark(frame.escape)} is content" if frame.escape else ""
    return f"{begun}{check(frame.check)}{after}{escape}{'; empty ones do not count' if frame.skip_empty else ''}"


@framing.register
def _(frame: Fixed) -> str:
    start = f", beginning with {_mark(frame.start)}" if frame.start else ""
    return f"{octets(frame.length)}{start}{check(frame.check)}"


@framing.register
def _(frame: LengthPrefixed) -> str:
    counted = {"content": "of the content", "rest": "of all that follows", "frame": "of the whole frame"}
    start = f"{_mark(frame.start)}, then " if frame.start else ""
    before = f"{octets(frame.before)} and " if frame.before else ""
    order = ", least significant first" if frame.order == "little" and frame.form == "binary" else ""
    size = octets(frame.size) if frame.form == "binary" else f"{frame.size} characters ({frame.form})"
    end = f", then {_mark(frame.end)}" if frame.end else ""
    add = f" {frame.add:+d}" if frame.add else ""
    return f"{start}{before}the length {counted[frame.counts]}{add} in {size}{order}{check(frame.check)}{end}"


@framing.register
def _(frame: UntilClose) -> str:
    return "everything until the machine closes the connection"


@framing.register
def _(frame: UntilQuiet) -> str:
    return f"everything until nothing came for {duration(frame.quiet)}"


def check(rule: Check | None) -> str:
    """What proves a frame, as the end of a sentence."""
    if rule is None:
        return ""
    name = rule.kind if rule.kind.startswith("crc") or rule.kind == "xor" else f"{rule.bits} bit {rule.kind}"
    covered = " and ".join(_OF[part] for part in rule.of.split("+"))
    place = "before the end mark" if rule.place == "before-end" else "then"
    return f", {place} the {name} of {covered}{_FORM[rule.form]}"


def _mark(data: bytes) -> str:
    """Octets as a definition writes them, with blanks at either end that can be seen."""
    text = written(data)
    inner = text.strip(" ")
    head = len(text) - len(text.lstrip(" "))
    return "<SP>" * head + inner + "<SP>" * (len(text) - head - len(inner))


def octets(count: int) -> str:
    """`1 octet`, `12 octets`."""
    return f"{count} octet{'' if count == 1 else 's'}"
