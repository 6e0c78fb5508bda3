"""Renders docs/driver-language.md from the models, so that the reference of the language and what is accepted agree.

`python -m fleetmon.definition.page > docs/driver-language.md` writes it anew; a test keeps the committed page equal.
Forms and defaults come from the models, meanings from `page_words`: a new key without words fails with its name.
"""

import sys
from collections.abc import Iterator
from enum import StrEnum
from textwrap import fill
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fleetmon.definition import snmp_objects, words
from fleetmon.definition.framing import NAMED
from fleetmon.definition.page_words import FORMS, OPENING, SAID, SECTIONS, Section
from fleetmon.definition.queries import PROTOCOLS
from fleetmon.definition.words import written
from fleetmon.toml_problems import members

_FORMS: Final = (
    (words.Picker, "a regular expression with `(?P<value>...)`"),
    (words.Pattern, "a regular expression"),
    (words.Octets, "octets"),
    (words.OidText, "an OID"),
    (words.Reason, "a [reason](vocabulary.md)"),
    (words.Seconds, "a duration"),
    (words.Word, "a word"),
    (snmp_objects.Column, 'the number of a column, or `"index"`'),
    (snmp_objects.Said, "text or a number"),
)
"""What to call the forms that only their validator tells, the narrower first."""
_PATTERNS: Final = {"^[a-z]": "a word", "^0x": 'a mask, `"0x04"`', "^(/": "a JSON Pointer"}
_PLAIN: Final = {
    str: "text", int: "a whole number", float: "a number", bool: "`true` or `false`", bytes: "octets"
}  # fmt: skip


def render() -> str:
    """The whole page, in Markdown."""
    return "\n".join([OPENING, *(part for section in SECTIONS for part in _section(section))])


def tables(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every table below a model, in the order in which keys name them."""
    for field in model.model_fields.values():
        for below in _models((field.annotation, field.metadata)):
            yield below
            yield from tables(below)


def _section(section: Section) -> Iterator[str]:
    yield f"{'#' * section.depth} {section.heading}\n"
    if section.text:
        yield f"{_flowing(section.text)}\n"
    if section.extra == "framings":
        yield _named_framings()
    if section.extra == "protocols":
        yield _protocols()
    if section.model is not None:
        yield _table(section.model, section.keys)


def _flowing(text: str) -> str:
    """Paragraphs filled to the width of a page; what is indented (code) or begins a list stays as it is."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(
        each
        if each.startswith(("    ", "- ", "|", "```"))
        else fill(" ".join(each.split()), 120, break_on_hyphens=False)
        for each in paragraphs
    )


def _table(model: type[BaseModel], keys: tuple[str, ...]) -> str:
    named = {field.alias or name: field for name, field in model.model_fields.items()}
    rows = [
        f"| `{key}` | {_form(model, key, named[key])} | {_default(named[key])} | {said(model, key)} |"
        for key in keys or tuple(named)
    ]
    return "\n".join(["| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows, ""])


def said(model: type[BaseModel], key: str) -> str:
    """What a key means: by the model that has it or one it derives from; KeyError names a key without words."""
    for each in model.__mro__:
        if found := SAID.get(f"{each.__name__}.{key}"):
            return found
    raise KeyError(f"{model.__name__}.{key} has no words in fleetmon/definition/page_words.py")


def _form(model: type[BaseModel], key: str, field: FieldInfo) -> str:
    own = next((found for each in model.__mro__ if (found := FORMS.get(f"{each.__name__}.{key}"))), None)
    return own or _described(field.annotation, tuple(field.metadata)).replace("|", "\\|")


def _described(annotation: Any, marks: tuple[Any, ...] = ()) -> str:
    for alias, form in _FORMS:
        if _own_mark(alias) in marks:
            return form + _limits(marks)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _described(arguments[0], (*arguments[1:], *marks))
    if origin in {Union, UnionType}:
        return " or ".join(dict.fromkeys(_described(each) for each in arguments if each is not type(None)))
    if origin is Literal:
        return ", ".join(f'`"{each}"`' if isinstance(each, str) else f"`{each}`" for each in arguments)
    if origin is tuple:
        return f"a list of: {_described(arguments[0])}"
    if origin is dict:
        return f"a table: {_described(arguments[0])} = {_described(arguments[1])}"
    return _described_type(annotation, marks)


def _own_mark(alias: Any) -> Any:
    """The validator that makes a form what it is: the last one of its alias."""
    return [mark for mark in get_args(alias)[1:] if hasattr(mark, "func")][-1]


def _described_type(kind: type, marks: tuple[Any, ...]) -> str:
    if issubclass(kind, BaseModel):
        return SAID.get(kind.__name__, "a table")
    if issubclass(kind, StrEnum):
        return f"[{SAID[kind.__name__]}](vocabulary.md)" if kind.__name__ in SAID else _members(kind)
    patterns = [mark.pattern for mark in _flat(marks) if getattr(mark, "pattern", None)]
    for begin, form in _PATTERNS.items():
        if any(pattern.startswith(begin) for pattern in patterns):
            return form
    return _PLAIN.get(kind, f"a {kind.__name__}") + _limits(marks)


def _members(kind: type[StrEnum]) -> str:
    return ", ".join(f'`"{each.value}"`' for each in kind)


def _limits(marks: tuple[Any, ...]) -> str:
    limits = {key: getattr(mark, key) for mark in _flat(marks) for key in ("ge", "gt", "le") if hasattr(mark, key)}
    spelt = {"ge": "at least", "gt": "more than", "le": "at most"}
    return "".join(f", {spelt[key]} {limit}" for key, limit in limits.items())


def _flat(marks: tuple[Any, ...]) -> list[Any]:
    """Inside Annotated a FieldInfo holds its limits as metadata of its own."""
    return [part for mark in marks for part in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default_factory_takes_validated_data:
        return "the usual one"
    value = field.get_default(call_default_factory=True)
    if value in (None, (), {}, b"") or isinstance(value, BaseModel):
        return "-"
    if isinstance(value, bytes):
        return f'`"{written(value)}"`'
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if _own_mark(words.Seconds) in field.metadata:
        return f'`"{value:g}s"`'
    return f'`"{value}"`' if isinstance(value, str) else f"`{value:g}`"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, tuple | list):
        for each in annotation:
            yield from _models(each)
        return
    for member in members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield member
        for argument in get_args(member):
            yield from _models(argument)


def _named_framings() -> str:
    rows = [f"| `{name}` | {_written_out(table)} |" for name, table in NAMED.items()]
    return "\n".join(["| name | stands for |", "| --- | --- |", *rows, ""])


def _written_out(table: object) -> str:
    def value(each: object) -> str:
        if isinstance(each, dict):
            return "{ " + ", ".join(f"{key} = {value(item)}" for key, item in each.items()) + " }"
        if isinstance(each, list):
            return "[" + ", ".join(map(value, each)) + "]"
        return str(each).lower() if isinstance(each, bool) else f'"{each}"'.replace('"""', "'\"'")

    return f"`{value(table)}`"


def _protocols() -> str:
    rows = [f"| `{name}` | {'<br>'.join(f'`{_cell(each)}`' for each in asks)} |" for name, asks in PROTOCOLS.items()]
    return "\n".join(["| protocol | requests, as regular expressions |", "| --- | --- |", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(render())
