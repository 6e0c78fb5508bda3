"""What a consumer says it has stored: `down/ack/{consumer}`, the only thing that lets an event be forgotten. Pure."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """All events of `stream` up to `upto` are committed at `consumer`."""

    consumer: str
    stream: str
    upto: int


def acknowledgement(topic: str, payload: bytes) -> Acknowledgement | None:
    """The acknowledgement in a message to `.../down/ack/{consumer}`; None for anything else that anybody sends.

    The body is `{"stream": "<uuid>", "upto": 123}`, bare or as the `data` of an envelope; `upto` may be text.
    """
    before, _, consumer = topic.rpartition("/")
    if not before.endswith("/down/ack"):
        return None
    try:
        body = json.loads(payload)
        body = body.get("data", body)
        stream, upto = body["stream"], int(body["upto"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return Acknowledgement(consumer, str(stream), upto) if upto >= 0 else None
