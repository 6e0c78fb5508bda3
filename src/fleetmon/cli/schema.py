"""`fleetmon schema`: the contract for machines: the JSON Schemas of all messages, or an AsyncAPI document."""

import json
from pathlib import Path
from typing import Annotated

import typer

from fleetmon.cli.exits import Exit, stop
from fleetmon.model.messages import Json
from fleetmon.publish import asyncapi, schemas
from fleetmon.publish.contract import PAYLOADS
from fleetmon.toml_problems import did_you_mean


def schema(
    kind: Annotated[
        str | None, typer.Argument(help="One type, as fleetmon.state.v1; all of them if not given.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--asyncapi", help="The AsyncAPI document: topics, messages, bindings.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write files into this folder instead of printing.")
    ] = None,
) -> None:
    """Print the JSON Schema of every message that is published or heard, or describe all topics for AsyncAPI tools."""
    if kind is not None and (whole or folder):
        stop("one type is printed; --asyncapi and --output are about all of them", Exit.USAGE)
    if kind is not None and kind not in PAYLOADS:
        stop(f"no message has the type {kind!r}{did_you_mean(kind, PAYLOADS)}", Exit.USAGE)
    if folder is not None:
        _write(folder, {"asyncapi.json": asyncapi.document()} if whole else schemas.files())
    elif whole:
        typer.echo(_text(asyncapi.document()), nl=False)
    else:
        found = schemas.messages()
        typer.echo(_text(found[kind] if kind else found), nl=False)


def _write(folder: Path, files: dict[str, Json]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(_text(content), encoding="utf-8")
    except OSError as refused:
        stop(f"{folder}: {refused.strerror}", Exit.PROBLEM)
    typer.echo(f"{len(files)} {'file' if len(files) == 1 else 'files'} written to {folder}")


def _text(content: Json) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
