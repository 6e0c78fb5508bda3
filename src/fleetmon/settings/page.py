"""Renders docs/settings.md from the models, so that page and program cannot disagree.

`python -m fleetmon.settings.page > docs/settings.md` writes it anew; a test keeps the committed page equal. Each table
opens its docstring with its own heading; each key brings its meaning, its form and its default.
"""

import sys
from collections.abc import Iterator
from enum import StrEnum
from textwrap import fill
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fleetmon.assess.alerting.rules import RULES
from fleetmon.model.alerts import Condition, Rule
from fleetmon.model.durations import duration_text
from fleetmon.settings import AlertRule, Settings
from fleetmon.toml_problems import members

_OPENING = """\
# Settings

This page is generated from the models in `src/fleetmon/settings/`; change it there and write it anew with
`python -m fleetmon.settings.page > docs/settings.md`.

A site is described in one file, `/etc/fleetmon/fleetmon.toml`. [fleetmon.minimal.toml](../config/fleetmon.minimal.toml)
is the least it must hold, [fleetmon.example.toml](../config/fleetmon.example.toml) a whole office. Beside it may stand

- `machines.d/*.toml`: further `[[machine]]` and `[[line]]` tables, read in the order of their names. Nothing else may
  stand there, so a machine is added or removed with one file and nothing else changes.
- `drivers/`: drivers of your own.

`fleetmon check` reads all of it and names everything that is wrong, each with file, line, key and what to write
instead. Unknown keys are errors. Relative paths start from the folder of `fleetmon.toml`.

## How values are written

- **Durations** carry their unit: `"250ms"`, `"5s"`, `"10m"`, `"2h"`, `"7d"`, `"8w"`.
- **Sizes** as well: `"64KiB"`, `"512MiB"`, `"2GiB"`.
- **Secrets** never stand in the settings, only where they are found:

  | reference | is |
  | --- | --- |
  | `{ credential = "name" }` | a systemd credential, [eight are prepared](install.md); the safest |
  | `{ file = "path" }` | a text file, closed to others (mode 640 or 600), owned by root or the daemon's user |
  | `{ env = "NAME" }` | an environment variable |

  Exactly one of the three is given. One newline at the end is not part of the secret. The community `public` is no
  secret and may be written as it is. No URL may carry a user or a password.
- **Days** are `mon tue wed thu fri sat sun`; a range may run over the end of the week: `sun-thu`, `sat-mon`.
- **Periods of the day** are local time; `"22:00-06:00"` ends on the next day, `"00:00-24:00"` is a whole day.

A dash in the column *default* means that the key may be left out; *required* that it may not.
"""

_PLAIN = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def render() -> str:
    """The whole page, in Markdown."""
    sections = [_section(model) + _APPENDED.get(model, "") for model in tables(Settings)]
    return "\n".join([_OPENING, *sections])


def tables(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every table below a model, each once, in the order in which keys name them."""
    yield from dict.fromkeys(_below(model))


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        for below in _models(field.annotation):
            yield below
            yield from _below(below)


def _section(model: type[BaseModel]) -> str:
    heading, _, meaning = " ".join((model.__doc__ or "").split()).partition(": ")
    rows = [
        f"| `{field.alias or name}` | {_form(field)} | {_default(field)} | {field.description} |"
        for name, field in model.model_fields.items()
    ]
    text = fill(meaning[0].upper() + meaning[1:], 120, break_on_hyphens=False)
    return "\n".join(
        [f"## {heading}\n", f"{text}\n", "| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows, ""]
    )


def _form(field: FieldInfo) -> str:
    return _described(field.annotation, tuple(field.metadata)).replace("|", "\\|")


def _described(annotation: Any, marks: tuple[Any, ...] = ()) -> str:
    if said := next((mark.says for mark in marks if hasattr(mark, "says")), None):
        return str(said)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _described(arguments[0], tuple(arguments[1:]))
    if origin in {Union, UnionType}:
        return " or ".join(_described(each) for each in arguments if each is not type(None))
    if origin is Literal:
        return ", ".join(f'`"{each}"`' if isinstance(each, str) else f"`{each}`" for each in arguments)
    if origin is tuple:
        return f"a list of: {_described(arguments[0])}"
    if origin is dict:
        return f"a table: {_described(arguments[0])} = {_described(arguments[1])}"
    return _described_type(annotation, marks)


def _described_type(kind: type, marks: tuple[Any, ...]) -> str:
    if issubclass(kind, BaseModel):
        return "a table, " + " ".join((kind.__doc__ or "").split()).partition(": ")[0]
    if issubclass(kind, StrEnum):
        return ", ".join(f'`"{each}"`' for each in kind)
    limits = {key: getattr(mark, key) for mark in _flat(marks) for key in ("ge", "gt", "le") if hasattr(mark, key)}
    words = {"ge": "at least", "gt": "more than", "le": "at most"}
    return ", ".join([_PLAIN.get(kind, f"a {kind.__name__}"), *(f"{words[key]} {limits[key]}" for key in limits)])


def _flat(marks: tuple[Any, ...]) -> list[Any]:
    """Inside Annotated a FieldInfo holds its limits as metadata of its own."""
    return [part for mark in marks for part in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required():
        return "required"
    write = next((mark.write for mark in field.metadata if hasattr(mark, "write")), None)
    if write:
        return f'`"{write(value)}"`'
    if value in (None, (), {}) or isinstance(value, BaseModel):
        return "-"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    for member in members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield member
        for argument in get_args(member):
            yield from _models(argument)


def _rules() -> str:
    """Every condition with its shipped rule, in the words of the settings."""
    head = [
        "\nThe shipped rules:\n",
        "| condition | `priority` | `raise_after` | `clear_after` | `proof` | `latch` | `always` | `audience` |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *(_rule(name, rule) for name, rule in RULES.items()), ""])


def _rule(name: Condition, rule: Rule) -> str:
    delays = [f"`{duration_text(each)}`" for each in (rule.raise_after_s, rule.clear_after_s)]
    marks = ["yes" if each else "" for each in (rule.latch, rule.always)]
    cells = [f"`{name}`", rule.priority.name if rule.priority else "none", *delays, rule.proof, *marks]
    return f"| {' | '.join([*cells, ', '.join(rule.audience)])} |"


_APPENDED: dict[type[BaseModel], str] = {AlertRule: _rules()}


if __name__ == "__main__":
    sys.stdout.write(render())
