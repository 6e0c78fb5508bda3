"""The contract as JSON Schema (draft 2020-12), generated from the payload models and so never different from them.

A message is an envelope around `data`; the schema that its attribute `dataschema` names is that of `data` alone. What
a machine says may be too large for any broker: such a payload is abridged and says so, which every schema allows.
"""

from typing import Final

from pydantic import Field

from fleetmon.model.messages import Json
from fleetmon.publish.channels import EVENTS, ID
from fleetmon.publish.command_payloads import ARGUMENTS, Verb
from fleetmon.publish.contract import PAYLOADS
from fleetmon.publish.envelope import dataschema
from fleetmon.publish.payloads.base import Payload
from fleetmon.publish.work import WorkTold

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
UUID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TIME: Final[dict[str, Json]] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
}
_ABRIDGED: Final[dict[str, Json]] = {
    "title": "Abridged",
    "description": "The small members of a payload that was larger than any broker takes.",
    "type": "object",
    "required": ["truncated", "original_bytes"],
    "properties": {"truncated": {"const": True}, "original_bytes": {"type": "integer"}},
}


class Acknowledgement(Payload):
    """`down/ack/{consumer}`: all events of this stream up to `upto` are committed at the consumer."""

    stream: str
    upto: int = Field(ge=0)


def bundle() -> dict[str, Json]:
    """The schema of the `data` of every type, by type."""
    return {kind: {"$schema": DIALECT, **_data(kind)} for kind in PAYLOADS}


def messages() -> dict[str, Json]:
    """The schema of every whole message, by type: the envelope, and the `data` in it."""
    return {kind: {"$schema": DIALECT, "$id": _id(kind), **message(kind, _data(kind))} for kind in PAYLOADS}


def message(kind: str, data: Json) -> dict[str, Json]:
    """The schema of one whole message, given that of its `data`."""
    model, durable = PAYLOADS[kind], kind in EVENTS
    numbered = rf"^{UUID}:\d+$" if durable else rf"^{UUID}:view:.+$"
    required = ["specversion", "id", "source", "type", "time", "recordedtime", "dataschema", "stream"]
    required += ["seq"] if durable else []
    required += ["subject"] if "machine" in model.model_fields else []
    return {
        "title": kind,
        "description": model.__doc__ and model.__doc__.partition("\n")[0],
        "type": "object",
        "required": [*required, "bootid", "monons", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": _text(numbered, "unique; what was told twice has the same one"),
            "source": _text(r"^urn:fleetmon:site:[a-z0-9][a-z0-9-]{1,31}$", "the site"),
            "type": {"const": kind},
            "subject": _text(f"^{ID}$", "the machine, where it is about one"),
            "time": {**TIME, "description": "when it was observed"},
            "recordedtime": {**TIME, "description": "when it was committed at the site"},
            "dataschema": {"const": dataschema(kind)},
            "stream": _text(f"^{UUID}$", "the numbering this belongs to; a new one begins at 1"),
            **({"seq": _text(r"^[1-9]\d*$", "its number in the stream; there are no holes")} if durable else {}),
            "bootid": {"type": "string", "description": "the boot of the computer to which `monons` belongs"},
            "monons": _text(r"^-?\d+$", "nanoseconds since that boot, which nobody sets"),
            "data": {"anyOf": [data, _ABRIDGED]},
        },
    }


def command(verb: Verb) -> dict[str, Json]:
    """The schema of the body of `down/cmd/{verb}`."""
    arguments = ARGUMENTS[verb].model_json_schema(by_alias=True)
    return {
        "title": f"Command {verb}",
        "description": ARGUMENTS[verb].__doc__,
        "type": "object",
        "required": ["id", "not_after", "who", *arguments.get("required", [])],
        "properties": {
            "id": _text("^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$", "the same id is carried out once in 24 h"),
            "not_after": {
                "type": "string",
                "format": "date-time",
                "description": "until when it is wanted, at most 24 h ahead",
            },
            "who": {"type": "string", "minLength": 1, "maxLength": 200},
            "why": {"type": "string", "maxLength": 200},
            "reply": _text(f"^{ID}$", "the client below up/reply/, where there is no response topic"),
            **arguments.get("properties", {}),
        },
        "additionalProperties": False,
    }


def files() -> dict[str, Json]:
    """All schemas by the name of their file: whole messages, commands, acknowledgements, words of waiting work."""
    asked = {f"command.{verb}": {"$schema": DIALECT, **command(verb)} for verb in Verb}
    confirmed = {"acknowledgement": {"$schema": DIALECT, **Acknowledgement.model_json_schema()}}
    work = {"work": {"$schema": DIALECT, **WorkTold.model_json_schema()}}
    return {f"{name}.json": schema for name, schema in (messages() | asked | confirmed | work).items()}


def _data(kind: str) -> dict[str, Json]:
    return {"$id": dataschema(kind), **PAYLOADS[kind].model_json_schema(by_alias=True, mode="serialization")}


def _id(kind: str) -> str:
    return dataschema(kind).replace(":schema:", ":message:")


def _text(pattern: str, says: str) -> dict[str, Json]:
    return {"type": "string", "pattern": pattern, "description": says}
