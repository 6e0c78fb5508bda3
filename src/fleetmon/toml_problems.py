"""What is wrong in a TOML file, said so that the reader can mend it: place, key, fault, hint.

Pydantic knows what it expected; this module knows where the value stands and how people mistype. Every line reads
``file:line: key: what is wrong; what is allowed``. A value is repeated only where it must be one of a few words: a
secret pasted in the wrong place must not reach a log by way of an error message.
"""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fleetmon.toml_lines import Path

Locate = Callable[[Path], tuple[str, int]]

_NEAR = 0.65  # nearer than "community" is to "counter": a wrong suggestion costs more than none


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in one file; `str()` of it is the line people read."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        said = f"{self.key + ': ' if self.key else ''}{self.text}"
        # a key may hold a newline or worse, and this is one line for a terminal
        return f"{self.file}:{self.line}: " + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in said)


class Misfit(ValueError):
    """Raised by a model's own checks: (key, what is wrong) for each key of the table that does not fit the others.

    A key may lie deeper, "line.baud"; it is a path where its names may hold dots.
    """

    def __init__(self, *faults: tuple[str | Path, str]) -> None:
        self.faults = [(tuple(key.split(".")) if isinstance(key, str) else key, text) for key, text in faults]
        super().__init__("; ".join(f"{'.'.join(map(str, key))}: {text}" for key, text in self.faults))


def problem(locate: Locate, path: Path, text: str) -> Problem:
    """A fault found by other means than pydantic, put in its place."""
    file, line = locate(path)
    return Problem(file, line, ".".join(part for part in path if isinstance(part, str)), text)


def problems(error: ValidationError, model: type[BaseModel], data: object, locate: Locate) -> list[Problem]:
    """One Problem per fault, in the order of the file. `data` is what was validated, `locate` places a path in it."""
    found = []
    for detail in error.errors(include_url=False):
        if detail["type"] == "default_factory_not_called":
            continue  # because of a fault that is told already
        place, cause = detail["loc"], detail.get("ctx", {}).get("error")
        if isinstance(cause, Misfit):
            keys = ((_path_in(data, (*place, *key), keep_last=True), text) for key, text in cause.faults)
            found += [problem(locate, path, text) for path, text in keys]
        else:
            path = _path_in(data, place, keep_last=detail["type"] == "missing")
            found.append(problem(locate, path, _say(detail, model)))
    return sorted(dict.fromkeys(found), key=lambda each: (each.file, each.line))


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """`; did you mean "X"?` where one is close, else `; allowed here: ...` where there are few enough to read."""
    words = list(dict.fromkeys(allowed))
    begun = [each for each in words if word and each.startswith(word)]
    if close := begun or difflib.get_close_matches(word, words, n=1, cutoff=_NEAR):
        return f'; did you mean "{close[0]}"?'
    return f"; allowed here: {', '.join(words)}" if 0 < len(words) <= 24 else ""


def _path_in(data: object, steps: Iterable[int | str], *, keep_last: bool) -> Path:
    """A location without steps that the file does not have: the names of union members, which pydantic adds, and what
    a model adds that lets a table be written more shortly. The last step may be a key that is missing."""
    path: Path = ()
    wanted = tuple(steps)
    for place, step in enumerate(wanted, start=1):
        inside = step in data if isinstance(data, dict) else isinstance(data, list) and step in range(len(data))
        if inside:
            path, data = (*path, step), data[step]  # type: ignore[index]  # just looked
        elif place == len(wanted) and keep_last:
            path = (*path, step)
    return path


_KINDS = {
    "string": "must be text in quotes",
    "int": "must be a whole number, without quotes",
    "float": "must be a number, without quotes",
    "finite_number": "must be a number with an end",
    "bool": "must be true or false, without quotes",
    "list": "must be a list: [ ... ]",
    "tuple": "must be a list: [ ... ]",
    "dict": "must be a table",
    "model": "must be a table",
    "model_attributes": "must be a table",
    "date": "must be a date, without quotes: 2026-03-20",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "must be at least {}"),
    "greater_than": ("gt", "must be more than {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "less_than": ("lt", "must be less than {}"),
    "too_short": ("min_length", "needs at least {} of them"),
    "too_long": ("max_length", "may hold at most {} of them"),
    "string_too_short": ("min_length", "must have at least {} characters"),
    "string_too_long": ("max_length", "must have at most {} characters"),
    "string_pattern_mismatch": ("pattern", "must match {}"),
}


def _say(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind, context, last = detail["type"], detail.get("ctx", {}), str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        return f'unknown key "{last}"' + _instead(last, _models_at(model, detail["loc"][:-1]))
    if kind == "missing":
        return "is missing"
    if kind in {"enum", "literal_error"}:
        allowed = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
        value = detail["input"]
        word = value if isinstance(value, str) else ""
        return f"{_short(value)} is not allowed" + did_you_mean(word, allowed)
    if kind in _BOUNDS:
        name, text = _BOUNDS[kind]
        return text.format(context[name])
    if kind.removesuffix("_type") in _KINDS:
        return _KINDS[kind.removesuffix("_type")]
    if "error" in context:
        return str(context["error"])
    return detail["msg"]


def _short(value: object) -> str:
    return f'"{value[:40]}"' if isinstance(value, str) else "this kind of value"


def _instead(key: str, models: list[type[BaseModel]]) -> str:
    """What to write instead of a key nobody knows: where a model says so in ELSEWHERE, else the nearest of its keys."""
    for each in models:
        if hint := getattr(each, "ELSEWHERE", {}).get(key):
            return f"; {hint}"
    return did_you_mean(key, [field.alias or name for each in models for name, field in each.model_fields.items()])


def _models_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[type[BaseModel]]:
    """The tables that may stand at an error's location, found by walking the models' annotations along it."""
    here: list[Any] = [model]
    for step in location:
        # a step that leads nowhere is the name of a union's member, which is a step on the spot
        here = [below for annotation in here for below in _below(annotation, step)] or here
    return [each for annotation in here for each in _models(annotation)]


def members(annotation: Any) -> list[Any]:
    """The types a union offers, without what Annotated adds to them."""
    if get_origin(annotation) is Annotated:
        return members(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return [member for argument in get_args(annotation) for member in members(argument)]
    return [annotation]


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [each for each in members(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]


def _below(annotation: Any, step: int | str) -> list[Any]:
    found: list[Any] = []
    for member in members(annotation):
        arguments = get_args(member)
        if get_origin(member) in {list, tuple} and isinstance(step, int):
            found.append(arguments[0])
        elif get_origin(member) is dict:
            found.append(arguments[1])
    for each in _models(annotation):
        found += [field.annotation for name, field in each.model_fields.items() if step in {name, field.alias}]
    return found
