"""`fleetmon schema`: the contract for machines: a JSON Schema for every type of message."""

import json
from typing import Annotated

import typer

from fleetmon.cli.exits import Exit, stop
from fleetmon.publish.contract import PAYLOADS
from fleetmon.publish.schemas import bundle
from fleetmon.toml_problems import did_you_mean


def schema(
    kind: Annotated[
        str | None, typer.Argument(help="One type, as fleetmon.state.v1; all of them if not given.")
    ] = None,
) -> None:
    """Print the JSON Schema of what is published: of the member `data` of each message, by its type."""
    if kind is not None and kind not in PAYLOADS:
        stop(f"no message has the type {kind!r}{did_you_mean(kind, PAYLOADS)}", Exit.USAGE)
    schemas = bundle()
    typer.echo(json.dumps(schemas[kind] if kind else schemas, indent=2))
