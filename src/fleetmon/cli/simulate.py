"""`fleetmon simulate`: an office of simulated machines, orders to it from another terminal, recordings served again.

`run` keeps a terminal to itself. Everything else is a short order to the office that runs, found without an address
when it is the only one of this user; what an office cannot do is answered with what it can.
"""

import asyncio
import ipaddress
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer
from rich.console import Console

from fleetmon.cli.called import called
from fleetmon.cli.exits import Exit, stop
from fleetmon.cli.safe_text import safe
from fleetmon.cli.virtual import virtual
from fleetmon.lab.stage import listing, orders, whereabouts
from fleetmon.simulators.bad_line import read_words
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.stories.moments import parse_span

if TYPE_CHECKING:
    from fleetmon.simulators.snmp_agent import TrapsTo

_LAST_PORT: Final = 65535

app = typer.Typer(
    help="An office of simulated machines, and what happens there.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Machine: TypeAlias = Annotated[str, typer.Argument(help="The machine's name; fleetmon simulate list shows them.")]
For: TypeAlias = Annotated[
    str | None, typer.Option("--for", metavar="SPAN", help='How long, in office time: "30s", "1h 30m". Else for good.')
]
Socket: TypeAlias = Annotated[
    Path | None, typer.Option("--socket", help="Which office, where several run; its path is shown when it starts.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print the answer as it came.")]


@app.command(short_help="Run an office until Ctrl-C.")
def run(
    office: Annotated[str | None, typer.Argument(help="One of fleetmon simulate offices, or a .toml file.")] = None,
    scenario: Annotated[str | None, typer.Option(help="A shipped scenario or a .toml file; it has an office.")] = None,
    clock_rate: Annotated[float, typer.Option(min=0.01, max=10_000, help="Office seconds in a second of ours.")] = 1.0,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same run.")] = None,
    start: Annotated[
        str | None, typer.Option(metavar="WHEN", help='"now", or the office\'s own time: "2026-03-02 08:00".')
    ] = None,
    settings: Annotated[Path | None, typer.Option(help="Write settings for a daemon that watches this office.")] = None,
    broker: Annotated[str, typer.Option(help="The broker in these settings.")] = "mqtt://127.0.0.1",
    truth: Annotated[Path | None, typer.Option(help="Write at the end what really happened, as JSON lines.")] = None,
    trap: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS:PORT", help="Send SNMP traps there; may be repeated.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address the machines listen on.")] = "127.0.0.1",
    port_base: Annotated[
        int, typer.Option(min=0, max=65000, help="The first machine's port, the next ones follow; 0 is any free ones.")
    ] = 0,
    on: Annotated[str, typer.Option(help="What carries serial machines: tcp, pty or rfc2217.")] = "tcp",
    socket: Annotated[Path | None, typer.Option(help="Where orders are taken; else in your own folder.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines on a terminal, too.")] = False,
    seconds: Annotated[float | None, typer.Option("--for", min=1, help="End after this many seconds of ours.")] = None,
    until_stdin_closes: Annotated[bool, typer.Option("--until-stdin-closes", hidden=True)] = False,
) -> None:
    """Run an office: all its machines on the wire, and the plant in this terminal until Ctrl-C."""
    from fleetmon.lab.stage import running
    from fleetmon.lab.stage.story import story
    from fleetmon.lab.stage.wiring import Wire, carrier

    wish = running.Wish(
        story=story(office, scenario, start, seed),
        command=called(),
        rate=clock_rate,
        wire=Wire(port_base, host, _traps(trap or []), carrier(on)),
        settings=settings,
        broker=broker,
        truth=truth,
        socket=socket,
        plain=plain,
        seconds=seconds,
        until_stdin_closes=until_stdin_closes,
    )
    asyncio.run(running.run(wish, Console(highlight=False)))


def _traps(texts: list[str]) -> "TrapsTo | None":
    from fleetmon.simulators.snmp_agent import TrapsTo

    addresses = []
    for text in texts:
        host, _, port = text.rpartition(":")
        try:
            ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            host = ""
        if not host or not port.isdecimal() or not 0 < int(port) <= _LAST_PORT:
            stop(f"--trap: {text!r} is not ADDRESS:PORT, as 127.0.0.1:1162", Exit.USAGE)
        addresses.append((host.strip("[]"), int(port)))
    return TrapsTo(tuple(addresses)) if addresses else None


app.command(short_help="Run an office in no time, without a wire.")(virtual)


@app.command()
def offices() -> None:
    """The offices and scenarios there are to run."""
    for line in listing.shipped_page():
        typer.echo(line)


@app.command(short_help="Raise a fault.")
def inject(
    machine: Machine,
    fault: Annotated[str, typer.Argument(help="One of its faults; fleetmon simulate list MACHINE shows them.")],
    lasting: For = None,
    socket: Socket = None,
    as_json: AsJson = False,
) -> None:
    """Raise a fault: `fleetmon simulate inject laminator-1 document-jam --for 30s`."""
    _tell(socket, as_json, {"machine": machine, "do": "raise", "fault": fault} | _seconds(lasting))


@app.command()
def clear(
    machine: Machine,
    fault: Annotated[str | None, typer.Argument(help="The fault; without it, all that were raised.")] = None,
    socket: Socket = None,
    as_json: AsJson = False,
) -> None:
    """Put a fault right, as somebody with a screwdriver would."""
    what: dict[str, object] = {"fault": fault} if fault else {}
    _tell(socket, as_json, {"machine": machine, "do": "clear"} | what)


@app.command(short_help="Fill supplies, or let them run out.")
def refill(
    machine: Machine,
    store: Annotated[str | None, typer.Argument(help="A supply, input or output; without it, all of them.")] = None,
    left: Annotated[float | None, typer.Option(min=0, help="Leave so much in it instead, in its own unit.")] = None,
    socket: Socket = None,
    as_json: AsJson = False,
) -> None:
    """Fill a supply or an input, empty an output; with --left, make it run low or out."""
    if left is not None and store is None:
        stop("--left needs the name of a store: fleetmon simulate refill MACHINE STORE --left 5", Exit.USAGE)
    what: dict[str, object] = {"store": store} if store else {}
    how: dict[str, object] = {"do": "refill"} if left is None else {"do": "level", "left": left}
    _tell(socket, as_json, {"machine": machine} | how | what)


@app.command(short_help="Let no new work come.")
def pause(
    line: Annotated[str, typer.Argument(help="A line; without it the whole office.")] = "",
    lasting: For = None,
    socket: Socket = None,
    as_json: AsJson = False,
) -> None:
    """Let no new work come: the machines run dry and idle, and nothing is wrong."""
    _tell(socket, as_json, {"machine": line, "do": "pause"} | _seconds(lasting))


@app.command()
def resume(
    line: Annotated[str, typer.Argument(help="A line; without it the whole office.")] = "",
    socket: Socket = None,
    as_json: AsJson = False,
) -> None:
    """Let work come again."""
    _tell(socket, as_json, {"machine": line, "do": "resume"})


@app.command(short_help="Spoil the line to a machine.")
def vice(
    machine: Annotated[str, typer.Argument(help="The machine whose line it is, or all.")],
    vices: Annotated[
        list[str],
        typer.Argument(
            metavar="VICE...", help="One of fleetmon simulate list, or more, each with its numbers; off mends it."
        ),
    ],
    lasting: For = None,
    socket: Socket = None,
    as_json: AsJson = False,
) -> None:
    """Spoil the line to a machine, not the machine: `fleetmon simulate vice printer-1 loss share=0.3 --for 1m`."""
    words = " ".join(vices)
    try:
        read_words(words)
    except BadInput as error:
        stop(str(error), Exit.USAGE)
    order: dict[str, object] = {"machine": machine, "do": "vice", "vice": words}
    _tell(socket, as_json, order | _seconds(lasting))


@app.command(short_help="Anything else that can happen.")
def order(
    who: Annotated[str, typer.Argument(help="A machine, a line, or office for all of it.")],
    do: Annotated[str, typer.Argument(help="hang, off, slow, absent, ...: fleetmon simulate list shows them.")],
    more: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="factor=1.2, store=...")] = None,
    lasting: For = None,
    socket: Socket = None,
    as_json: AsJson = False,
) -> None:
    """Anything else that can happen: `fleetmon simulate order laminator-1 hang --for 10m`."""
    pairs = [_pair(text) for text in more or []]
    name = "" if who == "office" else who
    _tell(socket, as_json, {"machine": name, "do": do} | dict(pairs) | _seconds(lasting))


@app.command(name="list", short_help="Machines, faults, stores, vices, orders there are to name.")
def list_(
    machine: Annotated[str | None, typer.Argument(help="Only this machine, with every fault it can have.")] = None,
    socket: Socket = None,
    as_json: AsJson = False,
) -> None:
    """What the running office can be told: machines, faults, stores, vices, orders."""
    told = orders.ask(whereabouts.choose(socket), {"ask": "list"})
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    try:
        for line in listing.page(told, machine):
            typer.echo(safe(line))
    except BadInput as error:
        stop(safe(str(error)), Exit.PROBLEM)


@app.command(short_help="Let a recorded machine answer again.")
def serve(
    file: Annotated[
        Path, typer.Argument(help="A recording of fleetmon record, a .snmprec file or the text of snmpwalk -On.")
    ],
    speed: Annotated[float, typer.Option(min=0.01, max=10_000, help="How much faster than recorded.")] = 1.0,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The UDP or TCP port; 0 is any free one.")] = 0,
    on: Annotated[
        str | None, typer.Option(metavar="OUTLET", help="For bytes: tcp, pty, pty:LINK or rfc2217; tcp if not given.")
    ] = None,
    seconds: Annotated[float | None, typer.Option("--for", min=1, help="End after this many seconds.")] = None,
) -> None:
    """Let a recorded machine answer again, on the wire; Ctrl-C ends it."""
    from fleetmon.lab.stage import serving

    wish = serving.Wish(file, speed, host, port, seconds, on)
    asyncio.run(serving.serve(wish, called(), Console(highlight=False, soft_wrap=True)))


def _tell(socket: Path | None, as_json: bool, words: dict[str, object]) -> None:
    told = orders.ask(whereabouts.choose(socket), words)
    if as_json:
        typer.echo(json.dumps(told))
    if not told.get("ok"):
        stop(safe(str(told.get("error"))), Exit.PROBLEM)
    if not as_json:
        typer.echo(safe(_stands(told)))


def _stands(told: dict[str, object]) -> str:
    """`laminator-1: stopped, upper-film-empty; 41 documents`, or only that it was done."""
    if "activity" not in told:
        return f"{told.get('machine') or 'office'}: done" + (f", {told['vice']}" if "vice" in told else "")
    faults = told.get("faults")
    named = f", {', '.join(map(str, faults))}" if isinstance(faults, list) and faults else ""
    does = told["activity"] if told.get("answers", True) else "does not answer"
    return f"{told.get('machine')}: {does}{named}; {told.get('documents')} documents"


def _seconds(lasting: str | None) -> dict[str, object]:
    if lasting is None:
        return {}
    try:
        return {"seconds": parse_span(lasting)}
    except ValueError as error:
        stop(f"--for: {error}", Exit.USAGE)


def _pair(text: str) -> tuple[str, object]:
    """`factor=1.2` -> ("factor", 1.2); `store=film` -> ("store", "film")."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        stop(f"{text!r} is not KEY=VALUE, as factor=1.5", Exit.USAGE)
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value
