"""A conversation on a line as a page: each request and reply in octets, what every field says, and what went wrong."""

from collections.abc import Iterator, Mapping

from fleetmon.cli import line_words, octet_words
from fleetmon.cli.safe_text import safe
from fleetmon.decode import lines
from fleetmon.definition import LineDefinition
from fleetmon.definition.words import compiled, written
from fleetmon.errors import LinkError
from fleetmon.links import transcript
from fleetmon.links.transcript import Turn
from fleetmon.model.address import Scheme
from fleetmon.model.words import Silence
from fleetmon.probing_line import Heard, Talk

_SHORT = 16
_UNSENT = (Silence.REFUSED, Silence.UNAUTHORISED)
TITLES: Mapping[Silence, str] = {
    Silence.TIMEOUT: "no answer",
    Silence.REFUSED: "nobody there",
    Silence.BUSY: "taken by somebody else",
    Silence.PORT_GONE: "the port is gone",
    Silence.UNAUTHORISED: "not allowed",
    Silence.GARBLED: "not understood",
}
"""What went wrong, in two words."""
_ON_SERIAL = (
    "must TX and RX cross (a null modem)? --loopback, with the machine unplugged, tells whether the cable works",
)
_ANOTHER = "is another client connected? Many device servers serve one at a time, and say nothing to the second"
_MODBUS: Mapping[Scheme, str] = {
    Scheme.TCP: "tcp:// carries Modbus RTU as it is on a serial line; a gateway mostly speaks Modbus TCP: modbus+tcp://",
    Scheme.MODBUS_TCP: "modbus+tcp:// is Modbus TCP; a device server that passes octets on carries Modbus RTU: tcp://",
}
_ADVICE: Mapping[Silence, tuple[str, ...]] = {
    Silence.TIMEOUT: (
        "is the machine switched on and ready, is this its port, and its unit where several share a line?",
        "is it the right driver? A machine that is asked in another's language says nothing",
        "do baud, data bits, parity and stop bits equal what its menu or its DIP switches say?",
        "does it say anything by itself? --listen shows it without sending",
    ),
    Silence.REFUSED: (
        "is the machine or the device server switched on, and is this its data port (not that of its setup)?",
    ),
    Silence.BUSY: (
        "who else has it: the office's own software, the daemon, a terminal? Most device servers serve one client",
        'if it must be shared: connect = "each-poll" in the driver leaves it to others between two polls',
    ),
    Silence.PORT_GONE: (
        "is the adapter plugged in? fleetmon scan --serial lists the ports that there are",
        "/dev/serial/by-id/... keeps its name when it is plugged in elsewhere",
    ),
    Silence.UNAUTHORISED: (
        "let this user in and log in again: sudo usermod -aG dialout $USER",
        "try it at once, as the service: sudo -u fleetmon fleetmon probe ...",
    ),
    Silence.GARBLED: (
        "octets that make no sense mean another baud rate, other data bits or parity than the machine's",
        "half an answer means too short a time: --timeout 5s",
    ),
}


def exchanges(talk: Talk, unit: str | None, tcp: bool) -> Iterator[str]:
    """Every exchange, in the order in which they were made."""
    names = _names(talk, unit, tcp)
    seen = set()
    for heard in talk.heard:
        name = names.get(_key(heard.ask.octets, tcp), "")
        yield f"{name or 'asked'}{', once more' if name in seen else ''}"
        seen.add(name)
        if heard.failed is None or heard.failed.why not in _UNSENT:
            yield from (f"  > {line}" for line in _said(heard.ask.octets))
        yield from (f"  < {line}" for line in _said(heard.came))
        yield f"    {_outcome(heard)}"
        if heard.answer is not None and name:
            yield from (f"    {line}" for line in _fields(talk, name, heard, unit, tcp))
        yield ""


def _said(data: bytes) -> Iterator[str]:
    """Octets as they are read best; in hexadecimal beside, where they are few."""
    if any(octet == 0 or octet > 127 for octet in data) and not octet_words.is_text(data):
        yield from octet_words.dump(data) if len(data) > _SHORT else (data.hex(" "),)
    elif len(data) <= _SHORT:
        yield from (f"{written(data):<32} {data.hex(' ')}" for _ in data[:1])
    else:
        yield from map(written, transcript.pieces(data))


def _outcome(heard: Heard) -> str:
    if heard.failed:
        return safe(str(heard.failed))
    if not heard.came:
        return "nothing came, which means something if other questions are answered"
    return f"{line_words.octets(len(heard.came))} in {line_words.duration(round(heard.took_s, 3))}"


def _names(talk: Talk, unit: str | None, tcp: bool) -> dict[bytes, str]:
    return {_key(named.ask.octets, tcp): named.name for named in lines.asks(talk.definition, unit, tcp=tcp)}


def _key(ask: bytes, tcp: bool) -> bytes:
    """A request without the number that it bears on Modbus TCP."""
    return ask[2:] if tcp else ask


def _fields(talk: Talk, name: str, heard: Heard, unit: str | None, tcp: bool) -> Iterator[str]:
    try:
        told = lines.described(talk.definition, name, heard.ask.octets, heard.came, unit=unit, tcp=tcp)
    except LinkError:  # which was said above
        return
    rows = [(each.field, f"{each.value}", each.at, each.meaning) for each in told]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for field, value, at, meaning in rows:
        yield safe(f"  {field:<{widths[0]}}  {value:<{widths[1]}}  {at:<{widths[2]}}  {meaning}").rstrip()


def trouble(talk: Talk, failed: LinkError, unit: str | None, scheme: Scheme) -> Iterator[str]:
    """Why there is no state, what was expected instead, and what to look at."""
    yield safe(f"{TITLES.get(failed.why, failed.why.value)}: {failed}")
    if failed.why is Silence.GARBLED and talk.heard:
        yield from _expected(talk, unit, scheme is Scheme.MODBUS_TCP)
        if talk.heard[-1].answer is not None:
            yield "  - the answer arrived whole, so the line works: it is the driver that does not know this answer"
            return
    yield from advice(failed, scheme, talk.definition.link)


def advice(failed: LinkError, scheme: Scheme, link: str = "") -> Iterator[str]:
    """What a person at the machine can look at; `link` is the driver's."""
    hints = list(_ADVICE.get(failed.why, ()))
    if failed.why is Silence.GARBLED and scheme is Scheme.MODBUS_TCP:
        hints = [_MODBUS[scheme]]
    if failed.why is Silence.TIMEOUT:
        hints += [] if scheme is Scheme.SERIAL else [_ANOTHER]
        hints += _ON_SERIAL if scheme in (Scheme.SERIAL, Scheme.RFC2217) else ()
        hints += [_MODBUS[scheme]] if link == "modbus" and scheme in _MODBUS else []
    yield from (f"  - {each}" for each in hints if scheme is not Scheme.WALK)


def _expected(talk: Talk, unit: str | None, tcp: bool) -> Iterator[str]:
    last, definition = talk.heard[-1], talk.definition
    if not isinstance(definition, LineDefinition):
        yield from octet_words.dump(last.came) if last.answer is None else ()
        return
    exchange = definition.read.get(_names(talk, unit, tcp).get(last.ask.octets, ""))
    if exchange is None:
        return
    if last.answer is None:
        yield from octet_words.dump(last.came)
        yield f"expected  {line_words.framing(exchange.framing or definition.line.framing)}"
        return
    patterns = exchange.reply if len(exchange.reply) > 1 else exchange.reply * len(last.answer.frames)
    for pattern, frame in zip(patterns, last.answer.frames, strict=False):
        if not compiled(pattern).fullmatch(frame.decode("latin-1")):
            yield from octet_words.side_by_side(pattern, frame)
            return


def raw(talk: Talk, url: str) -> Iterator[str]:
    """The conversation as a transcript."""
    yield f"# fleetmon probe {url} --driver {talk.definition.name}"
    for heard in talk.heard:
        yield f"# {line_words.duration(round(heard.took_s, 3))}{safe(f', {heard.failed}') if heard.failed else ''}"
        yield from transcript.write([Turn(heard.ask.octets, heard.came or None)])
