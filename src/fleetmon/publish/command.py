"""From a message below `down/cmd/` to a command, or to the reason why it is none. Pure.

Whoever may write there is trusted to ask, not to be well-behaved: bodies are bounded, texts lose what hides or reorders
them, and the topic of the reply, which the sender chooses, never leaves our own `up/reply/`. MQTT 5 carries that topic
and the correlation data in properties (section 4.10); the body may say the same, `reply` and `id`, for clients that
have no properties. Where both speak, the response topic says where, and the body says which id.

A command must say until when it is still wanted (`not_after`): the broker keeps it while the site is away, and a
`refresh` of yesterday helps nobody. Ids are remembered for 24 h, so nothing may be wanted for longer than that.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from fleetmon.model.report import At
from fleetmon.publish.command_arguments import Arguments
from fleetmon.publish.command_payloads import ARGUMENTS, Reason, Verb, Via
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.said import LONGEST_WORDS, moment, plain

REMEMBERED_S: Final = 24 * 3600.0
LARGEST_BODY: Final = 16 * 1024
LARGEST_CORRELATION: Final = 1024
LONGEST_TEXT: Final = 300

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}", re.ASCII)
_CLIENT: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}", re.ASCII)
_OURS: Final = frozenset({"id", "not_after", "who", "why", "reply"})  # what else a body says are arguments
_NOT_BEFORE: Final = 1_704_067_200.0  # 2024-01-01: no fleetmon ran earlier, so a clock that says so was never set
MUST_BE: Final = {
    "machine": 'the id of a machine, or "*" for all of them',
    "from": "a whole number from 1 to 2^63 - 1",
    "to": "a whole number from 1 to 2^63 - 1",
    "alert": "the id of an alert, or how it begins",
    "rev": "the number of the alert's last change that you saw",
    "comment": f"text of at most {LONGEST_WORDS} characters",
    "reason": f"text of 1 to {LONGEST_WORDS} characters: others will want to know",
    "until": "a moment as 2026-11-22T14:15:00Z",
    "for": 'a length of time as "45m" or "2h"',
    "scope": 'the id of a machine or line, as "lam1" or "machine:lam1", or "site"',
    "end": "true or false",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as it came; `verb` is the last level of its topic."""

    verb: str
    payload: bytes
    retained: bool = False
    response_topic: str | None = None
    correlation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who gets the reply: the client's level below `up/reply/`, and what it wants to see again."""

    client: str
    correlation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """Which command, of whom, and why; `who` None where that cannot be read."""

    id: str
    verb: str
    who: str | None
    why: str
    via: Via


@dataclass(frozen=True, slots=True)
class Command:
    """Something to be carried out, once, and not after that moment (seconds since 1970)."""

    heading: Heading
    arguments: Arguments
    not_after: float
    to: Addressee | None = None

    @property
    def verb(self) -> Verb:
        """What to do."""
        return Verb(self.heading.verb)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing to be carried out; without a `heading` nobody can tell which command it was."""

    reason: Reason
    text: str
    verb: str
    heading: Heading | None = None
    to: Addressee | None = None
    retained: bool = False


class _Refused(Exception):
    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(plain(text)[:LONGEST_TEXT])
        self.reason = reason


def read(asked: Asked, replies: str, now: At) -> Command | Refusal:
    """What a message asks. `replies` is the site's own topic `.../up/reply`, without a slash at its end."""
    verb, heading = plain(asked.verb)[:48], None
    to, elsewhere = _addressee(asked.response_topic, asked, replies)
    try:
        body = _body(asked)
        if asked.response_topic is None and body.get("reply") is not None:
            to, elsewhere = _addressee(f"{replies}/{body['reply']}", asked, replies)
        heading = _heading(verb, body, asked.correlation)
        if asked.retained:
            raise _Refused(Reason.RETAINED, "the message is retained; send it without that flag and with a new id")
        if elsewhere:
            raise _Refused(Reason.FOREIGN_REPLY_TOPIC, f"replies go to {replies}/CLIENT and nowhere else")
        _check_words(body)
        return _command(heading, _arguments(body), _not_after(body.get("not_after"), now), to)
    except _Refused as refused:
        return Refusal(refused.reason, str(refused), verb, heading, to, asked.retained)


def local(heading: Heading, arguments: Mapping[str, object], now: At) -> Command | Refusal:
    """A command that did not travel: it is wanted now, or not at all. Who `heading.who` is, the caller knows."""
    try:
        return _command(heading, dict(arguments), now.utc + REMEMBERED_S, None)
    except _Refused as refused:
        return Refusal(refused.reason, str(refused), heading.verb, heading)


def expired(not_after: float, now: At) -> str | None:
    """Why a command is not wanted any more, for people; None while it is."""
    if now.utc <= not_after:
        return None
    return f"not_after was {rfc3339(not_after)}, this site's clock says {rfc3339(now.utc)}"


def _body(asked: Asked) -> dict[str, object]:
    if len(asked.payload) > LARGEST_BODY:
        raise _Refused(Reason.TOO_LARGE, f"the body has {len(asked.payload)} bytes, at most {LARGEST_BODY} are read")
    if len(asked.correlation or b"") > LARGEST_CORRELATION:
        raise _Refused(Reason.TOO_LARGE, f"the correlation data has more than {LARGEST_CORRELATION} bytes")
    try:
        body = json.loads(asked.payload)
    except (ValueError, RecursionError):
        raise _Refused(Reason.MALFORMED, "the body is no JSON") from None
    if isinstance(body, dict) and "specversion" in body:
        body = body.get("data")
    if not isinstance(body, dict):
        raise _Refused(Reason.MALFORMED, "the body is no JSON object")
    return body


def _addressee(topic: str | None, asked: Asked, replies: str) -> tuple[Addressee | None, bool]:
    """Who is to be answered, and whether the reply was wanted where we do not write."""
    if topic is None:
        return None, False
    parent, _, client = topic.rpartition("/")
    if parent != replies or not _CLIENT.fullmatch(client):
        return None, True
    fits = len(asked.correlation or b"") <= LARGEST_CORRELATION
    return Addressee(client, asked.correlation if fits else None), False


def _heading(verb: str, body: Mapping[str, object], correlation: bytes | None) -> Heading:
    said = body.get("id", (correlation or b"").decode("ascii", "replace"))
    if not isinstance(said, str) or not _ID.fullmatch(said):
        raise _Refused(Reason.MALFORMED, "id must be 1 to 64 letters, digits or . _ : @ -, the first no sign")
    return Heading(said, verb, _words(body.get("who")) or None, _words(body.get("why")) or "", Via.MQTT)


def _words(said: object) -> str | None:
    words = plain(said) if isinstance(said, str) else None
    return words if words is not None and len(words) <= LONGEST_WORDS else None


def _check_words(body: Mapping[str, object]) -> None:
    if not _words(body.get("who")):
        raise _Refused(Reason.MALFORMED, f"who must be text of 1 to {LONGEST_WORDS} characters")
    if _words(body.get("why", "")) is None:
        raise _Refused(Reason.MALFORMED, f"why must be text of at most {LONGEST_WORDS} characters")


def _not_after(said: object, now: At) -> float:
    """Until when it is wanted: text as in RFC 3339."""
    not_after = moment(said) if isinstance(said, str) else None
    if not_after is None:
        raise _Refused(Reason.MALFORMED, "not_after must be a moment as 2026-11-22T14:15:00Z")
    if now.utc < _NOT_BEFORE:
        clock = rfc3339(now.utc)
        raise _Refused(Reason.CLOCK_NOT_SET, f"this site's clock says {clock}; nobody can tell if not_after has passed")
    if late := expired(not_after, now):
        raise _Refused(Reason.EXPIRED, late)
    if not_after > now.utc + REMEMBERED_S:
        clock = rfc3339(now.utc)
        raise _Refused(Reason.TOO_FAR_AHEAD, f"not_after is more than 24 h ahead of this site's clock, {clock}")
    return not_after


def _arguments(body: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in body.items() if key not in _OURS}


def _command(heading: Heading, said: Mapping[str, object], not_after: float, to: Addressee | None) -> Command:
    try:
        verb = Verb(heading.verb)
    except ValueError:
        raise _Refused(Reason.UNKNOWN_VERB, f"no such verb; there are {', '.join(Verb)}") from None
    try:
        arguments = ARGUMENTS[verb].model_validate(said)
    except ValidationError as wrong:
        raise _Refused(Reason.BAD_ARGUMENTS, _unfit(verb, wrong)) from None
    return Command(heading, arguments, not_after, to)


def _unfit(verb: Verb, wrong: ValidationError) -> str:
    """The first thing that is wrong with the arguments; no value is repeated."""
    first = wrong.errors(include_url=False, include_input=False)[0]
    name = ".".join(str(level)[:48] for level in first["loc"])
    # JSON can write half of a surrogate pair, and of a name with one in it nobody is told.
    no_text = first["type"] == "string_unicode" and not name
    if no_text or first["type"] == "extra_forbidden":
        name = "whose name is no text" if no_text else name
        known = [field.alias or each for each, field in ARGUMENTS[verb].model_fields.items()]
        return f"{verb} knows no argument {name}; it takes {' and '.join(known) or 'none'}"
    if first["type"] == "missing":
        return f"{name} is missing"
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    return f"{name} must be {MUST_BE[name]}"
