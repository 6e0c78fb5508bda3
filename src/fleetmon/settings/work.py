"""Where an issuing system without MQTT writes how much work waits."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from fleetmon.settings.values import Table, Text


def _absolute(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or "\0" in text:
        raise ValueError('must be an absolute path, "/var/lib/issuing/waiting.json"')
    return path


class Work(Table):
    """`[work]`: how much work waits, where the issuing system does not tell it over MQTT ([work.md](work.md))."""

    file: Annotated[Path, Text("an absolute path", _absolute)] | None = Field(
        None, description="the file in which it is written; read again within 10 s when it changed"
    )
