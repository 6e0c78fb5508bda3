"""The command line: thin commands over the rooms below, one file each.

Exit codes: 0 ok, 1 a problem was found, 2 wrong usage, 3 could not be determined, 78 bad settings at start, 130
interrupted.
"""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, NoReturn

import typer

import fleetmon
from fleetmon.cli import alone  # noqa: F401 - alone comes before all that log
from fleetmon.cli.exits import Exit, stop
from fleetmon.cli.lazily import Lazily
from fleetmon.cli.output import Output, OutputGone, guarded
from fleetmon.errors import FleetmonError

app = typer.Typer(
    name="fleetmon",
    cls=Lazily,
    help="Watches the machines that make passports, and tells what stopped them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fleetmon {fleetmon.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Watches the machines that make passports, and tells what stopped them."""


def main() -> None:
    """The entry point: errors of ours become one readable text and an exit code, never a traceback."""
    with _surroundings() if is_plugin(sys.argv[1:]) else nullcontext():
        _guarded()


def is_plugin(words: list[str]) -> bool:
    """Whether this command line is that of a monitoring plugin."""
    return "status" in words and "--nagios" in words


def _surroundings() -> AbstractContextManager[object]:
    from fleetmon.cli.plugin import Plugin  # brings the monitoring room, which the daemon shall not carry

    return Plugin()


def _guarded() -> None:
    output = guarded()
    try:
        _run(output)
    except OutputGone:
        _end(output)
    except BaseExceptionGroup as group:
        if group.split(OutputGone)[1] is not None:
            raise
        _end(output)
    except SystemExit:
        if output is not None and output.why:
            _end(output)
        raise


def _run(output: Output | None) -> None:
    try:
        app()
    except FleetmonError as error:
        stop(str(error), Exit.PROBLEM)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    finally:
        if output is not None:
            output.flush()


def _end(output: Output | None) -> NoReturn:
    """Nobody reads what we print: fine, if somebody left; a failure, if a disk is full."""
    if output is None or output.reader_left:
        sys.exit(Exit.OK)
    stop(f"the output cannot be written: {output.why and output.why.strerror}", Exit.PROBLEM)
