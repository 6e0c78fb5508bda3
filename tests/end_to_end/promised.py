"""What a subscriber was promised, held against what it received: topics, envelopes, payloads, identities.

Every listener of every end-to-end test is judged by this when the test ends, so no test has to remember to.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from fleetmon.publish.channels import Channel, channel
from fleetmon.publish.schemas import messages


def broken(heard: Iterable[tuple[str, bool, str]], site: str, root: str = "fleetmon") -> list[str]:
    """Every broken promise in (topic, retained, payload), below the site's `up/`."""
    prefix, found, bodies = f"{root}/v1/{site}/", list[str](), dict[str, str]()
    for topic, retained, payload in dict.fromkeys(heard):
        below = topic.removeprefix(prefix)
        if below.startswith("down/"):
            continue  # written by tests, not by the site
        said = bodies.setdefault(_id(payload), payload) if payload else ""
        found += [f"{topic}: {fault}" for fault in _faults(below, retained, payload, site)]
        if said != payload:
            found.append(f"{topic}: two messages with one id: {said[:300]} and {payload[:300]}")
    return found


def _faults(below: str, retained: bool, payload: str, site: str) -> Iterator[str]:
    place = channel(below)
    if place is None:
        yield "no such topic in the contract"
        return
    if retained and not place.retain:
        yield "the broker kept what nobody may keep"
    if payload:
        yield from _message_faults(place, below, json.loads(payload), site)
    elif not place.retain:
        yield "only a retained topic may be emptied"


def _message_faults(place: Channel, below: str, message: dict[str, Any], site: str) -> Iterator[str]:
    kind = str(message.get("type"))
    if kind not in place.types:
        yield f"{kind} does not belong here"
        return
    if message.get("source") != f"urn:fleetmon:site:{site}":
        yield f"the source is {message.get('source')}"
    if "{machine}" in place.topic and message.get("subject") != below.rpartition("/")[2]:
        yield f"the subject is {message.get('subject')}"
    for error in _validator(kind).iter_errors(message):
        yield f"{error.json_path}: {error.message[:300]} in {json.dumps(message)[:2000]}"


def _id(payload: str) -> str:
    return str(json.loads(payload).get("id"))


@cache
def _validator(kind: str) -> Any:
    return Draft202012Validator(messages()[kind])
