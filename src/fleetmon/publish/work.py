"""From a message below `down/work`, or the file in its place, to how much work waits, or to why it says nothing. Pure.

Whoever issues documents knows best whether a machine that makes nothing should; but a publisher that died goes on
saying what it said last, in a retained message or a file that nobody writes any more. So a word holds for a while and
no longer, and what is known of its age (`as_of`, the `time` of a CloudEvent, the file's own) counts against that. A
clock that runs ahead counts as now. It is read strictly, like a command: a member that we do not know changes what was
meant, and may be somebody's name. No value is ever repeated in a refusal.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from fleetmon.model.alert_words import Subject, SubjectKind
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At
from fleetmon.model.stimuli import Work
from fleetmon.publish.command_arguments import Arguments, Moment
from fleetmon.publish.command_payloads import Reason
from fleetmon.publish.said import moment, plain

MOST_WAITING: Final = 10_000_000
VALID_FOR_S: Final = 900.0
LEAST_VALID_S: Final = 30
MOST_VALID_S: Final = 86_400
LARGEST_BODY: Final = 4096
LARGEST_FILE: Final = 64 * 1024
_ID: Final = "[a-z0-9][a-z0-9-]{0,47}"
_TOPIC: Final = "work"
_MUST_BE: Final = {
    "waiting": f"a whole number from 0 to {MOST_WAITING}: documents ready to be made",
    "valid_for_s": f"seconds, from {LEAST_VALID_S} to {MOST_VALID_S}",
    "as_of": "a moment as 2026-11-22T14:15:00Z",
    "line": "the id of a line in the settings",
}


def _whole(value: object) -> object:
    """14.0 is a whole number in JSON; true is none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class WorkTold(Arguments):
    """`down/work`, `down/work/{line}`: how many documents are ready to be made at the site, or on the line."""

    waiting: Annotated[int, Field(strict=True, ge=0, le=MOST_WAITING), BeforeValidator(_whole)]
    valid_for_s: Annotated[
        float,
        Field(
            strict=True,
            allow_inf_nan=False,
            ge=LEAST_VALID_S,
            le=MOST_VALID_S,
            description="for so long it is believed if nobody says more",
        ),
    ] = VALID_FOR_S
    as_of: Annotated[Moment | None, Field(description="when it was so; its age counts against valid_for_s")] = None


class WorkInFile(WorkTold):
    """One of the words in a file: of a line, or of the site."""

    line: Annotated[str, Field(strict=True, pattern=f"^{_ID}$")] | None = None


@dataclass(frozen=True, slots=True)
class Unbelieved:
    """What was said of waiting work and does not count, and why not; `text` is for people."""

    reason: Reason
    text: str


Heard: TypeAlias = Work | Unbelieved
_Told = TypeVar("_Told", bound=WorkTold)


class _Refused(Exception):
    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(plain(text))
        self.reason = reason


def is_work(below: str) -> bool:
    """Whether a topic below the site's `down/` is one of waiting work."""
    return below == _TOPIC or below.startswith(f"{_TOPIC}/")


def told(below: str, payload: bytes, plan: FleetPlan, now: At) -> Heard:
    """What a message says at `now`. `below` is its topic below the site's `down/`: `work`, or `work/{line}`.

    An empty message, which takes a retained one away, says that nothing is known any more: it holds for 0 seconds.
    """
    try:
        scope = _scope(None if below == _TOPIC else below.removeprefix(f"{_TOPIC}/"), plan)
        if not payload:
            return Work(scope, 0, 0.0, now)
        if len(payload) > LARGEST_BODY:
            raise _Refused(Reason.TOO_LARGE, f"it has {len(payload)} bytes, at most {LARGEST_BODY} are read")
        return _work(scope, _checked(WorkTold, _data(_json(payload))), now, 0.0)
    except _Refused as refused:
        return Unbelieved(refused.reason, str(refused))


def written(content: bytes, age_s: float, plan: FleetPlan, now: At) -> tuple[Heard, ...]:
    """What a file of that age says: one word or a list of them, each judged by itself."""
    try:
        if len(content) > LARGEST_FILE:
            raise _Refused(Reason.TOO_LARGE, f"it has more than {LARGEST_FILE >> 10} KiB")
        said = _json(content)
        if not isinstance(said, dict | list):
            raise _Refused(Reason.MALFORMED, "it is neither a JSON object nor a list of such")
    except _Refused as refused:
        return (Unbelieved(refused.reason, str(refused)),)
    return tuple(_each(said if isinstance(said, list) else [said], age_s, plan, now))


def _each(said: list[object], age_s: float, plan: FleetPlan, now: At) -> Iterator[Heard]:
    for number, word in enumerate(said, 1):
        try:
            found = _checked(WorkInFile, _data(word))
            yield _work(_scope(found.line, plan), found, now, age_s)
        except _Refused as refused:
            place = f"word {number} of {len(said)}: " if len(said) > 1 else ""
            yield Unbelieved(refused.reason, place + str(refused))


def _scope(line: str | None, plan: FleetPlan) -> Subject:
    if line is None:
        return Subject(SubjectKind.SITE, plan.site)
    if all(line != each.id for each in plan.lines):
        known = ", ".join(each.id for each in plan.lines[:8]) or "none"
        raise _Refused(Reason.BAD_ARGUMENTS, f"no line is called {line[:48]}; lines here: {known}")
    return Subject(SubjectKind.LINE, line)


def _json(content: bytes) -> object:
    try:
        said: object = json.loads(content)
    except (ValueError, RecursionError):
        raise _Refused(Reason.MALFORMED, "it is no JSON, or only half of it") from None
    return said


def _data(said: object) -> Mapping[str, object]:
    """The word, bare or in a CloudEvent, whose `time` is as good as an `as_of`."""
    if isinstance(said, dict) and "specversion" in said:
        time, said = said.get("time"), said.get("data")
        if isinstance(said, dict) and time is not None:
            said = {"as_of": time, **said}
    if not isinstance(said, dict):
        raise _Refused(Reason.MALFORMED, 'it is no JSON object as {"waiting": 14}')
    return said


def _checked(kind: type[_Told], said: Mapping[str, object]) -> _Told:
    if not said.keys() <= kind.model_fields.keys():
        known = ", ".join(kind.model_fields)
        raise _Refused(Reason.BAD_ARGUMENTS, f"it has a member that nobody here knows; there are {known}")
    try:
        return kind.model_validate(said)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0])
    if first["type"] == "missing":
        raise _Refused(Reason.BAD_ARGUMENTS, f"{name} is missing: {_MUST_BE[name]}")
    raise _Refused(Reason.BAD_ARGUMENTS, f"{name} must be {_MUST_BE[name]}")


def _work(scope: Subject, said: WorkTold, now: At, age_s: float) -> Work:
    """What is left of its validity. Raises _Refused where nothing is."""
    as_of = None if said.as_of is None else moment(said.as_of)
    age_s = max(age_s, 0.0, 0.0 if as_of is None else now.utc - as_of)
    if age_s >= said.valid_for_s:
        text = f"by this computer's clock it is {age_s:.0f} s old, and it holds for {said.valid_for_s:g} s"
        raise _Refused(Reason.EXPIRED, text)
    return Work(scope, said.waiting, said.valid_for_s - age_s, now)
