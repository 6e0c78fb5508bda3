"""Each command is imported when it is called: the daemon shall not carry what only draws pages for people."""

from difflib import get_close_matches
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

COMMANDS: Final = (
    "demo",
    "run",
    "check",
    "probe",
    "scan",
    "drivers",
    "status",
    "watch",
    "explain",
    "alerts",
    "ack",
    "shelve",
    "unshelve",
    "planned-stop",
    "simulate",
    "evaluate",
    "record",
    "replay",
    "schema",
)


class Lazily(TyperGroup):
    """The commands by name; the module of that name holds a function of that name, or an `app` of its own."""

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module = import_module(f"fleetmon.cli.{name}")
        app = getattr(module, "app", None) or _alone(cmd_name, getattr(module, name))
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called; where there is none, the ones of nearly that name are suggested."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean {' or '.join(near)}?" if near else ""))
        return super().resolve_command(ctx, args)


def _alone(name: str, function: Any) -> typer.Typer:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(name)(function)
    return app
