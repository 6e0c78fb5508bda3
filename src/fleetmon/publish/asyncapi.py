"""The contract as an AsyncAPI 3.0 document with MQTT bindings 0.2.0: what a consumer's tools can read. Pure.

It is told from the site's side, as AsyncAPI wants it of an application: the site sends what is below `up/` and receives
what is below `down/`. Everything in it comes from the table of channels and from the payload models.
"""

from typing import Final

from pydantic.json_schema import models_json_schema

from fleetmon.model.messages import Json
from fleetmon.publish import schemas
from fleetmon.publish.channels import CHANNELS, PARAMETERS, SITE_ID, Channel
from fleetmon.publish.command_payloads import Verb
from fleetmon.publish.contract import PAYLOADS
from fleetmon.publish.envelope import CONTENT_TYPE, HARD_LIMIT
from fleetmon.publish.payloads.base import Payload
from fleetmon.publish.work import WorkTold

VERSION: Final = "1.0.0"
_BINDING: Final[dict[str, Json]] = {"bindingVersion": "0.2.0"}
_REPLY_EXPIRES_S: Final = 60
_DESCRIPTION: Final = (
    "What a fleetmon site tells about its machines, and what it may be asked. `event` is the truth: a durable stream"
    " without holes. All retained topics are views of it, told again after every connect; an empty payload says that"
    " there is nothing more to tell. Readers ignore members and types they do not know."
)
_LICENSE: Final[dict[str, Json]] = {"name": "Apache-2.0"}
_SAYS: Final = {
    "site": "the site's id, which is the common name of its certificate",
    "machine": "the machine's id in the site's settings",
    "line": "the line's id in the site's settings",
    "alert": "the alert: what it is about, the condition, and eight digits of its key",
    "client": "who asked: the last level of the response topic",
    "consumer": "who stores events, as named in the site's settings (`mqtt.ack`)",
    "verb": "what is asked",
}


def document() -> dict[str, Json]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "fleetmon", "version": VERSION, "description": _DESCRIPTION, "license": _LICENSE},
        "defaultContentType": CONTENT_TYPE,
        "servers": {"broker": _server()},
        "channels": {each.name: _channel(each) for each in CHANNELS},
        "operations": {_operation_name(each): _operation(each) for each in CHANNELS},
        "components": {
            "schemas": _schemas(),
            "messages": _messages(),
            "parameters": {name: _parameter(name) for name in ("site", *PARAMETERS)},
            "securitySchemes": {
                "certificate": {"type": "X509", "description": "its common name is the site's id"},
                "password": {"type": "userPassword"},
            },
        },
    }


def _server() -> dict[str, Json]:
    will: dict[str, Json] = {"topic": "fleetmon/v1/{site}/up/session", "qos": 1, "retain": True}
    return {
        "host": "{broker}",
        "protocol": "secure-mqtt",
        "protocolVersion": "5.0",
        "description": "Consumers may speak MQTT 3.1.1. The root of all topics, `fleetmon`, is a setting of the site.",
        "variables": {"broker": {"default": "broker.example:8883"}},
        "security": [_ref("securitySchemes", "certificate"), _ref("securitySchemes", "password")],
        "bindings": {
            "mqtt": {"cleanSession": False, "lastWill": will, "maximumPacketSize": HARD_LIMIT + 1024, **_BINDING}
        },
    }


def _channel(each: Channel) -> dict[str, Json]:
    return {
        "address": f"fleetmon/v1/{{site}}/{each.topic}",
        "title": each.topic,
        "summary": each.says,
        "messages": {name: _ref("messages", name) for name in _names(each)},
        "parameters": {name: _ref("parameters", name) for name in ("site", *each.parameters)},
    }


def _operation_name(each: Channel) -> str:
    return f"{'tell' if each.told else 'hear'}{each.name[0].upper()}{each.name[1:]}"


def _operation(each: Channel) -> dict[str, Json]:
    told: dict[str, Json] = {
        "action": "send" if each.told else "receive",
        "summary": each.says,
        "channel": {"$ref": f"#/channels/{each.name}"},
        "messages": [{"$ref": f"#/channels/{each.name}/messages/{_pointer(name)}"} for name in _names(each)],
        "bindings": {"mqtt": _delivery(each)},
    }
    if each.name == "command":
        told["reply"] = {"channel": {"$ref": "#/channels/reply"}}
    return told


def _delivery(each: Channel) -> dict[str, Json]:
    expires: dict[str, Json] = {"messageExpiryInterval": _REPLY_EXPIRES_S} if each.name == "reply" else {}
    return {"qos": each.qos, "retain": each.retain, **expires, **_BINDING}


def _names(each: Channel) -> tuple[str, ...]:
    """What the messages of a channel are called in the document."""
    if each.name == "command":
        return tuple(f"command.{verb}" for verb in Verb)
    return each.types or (("work",) if each.topic.startswith("down/work") else (each.name,))


def _messages() -> dict[str, Json]:
    told: dict[str, Json] = {kind: _message(kind, CONTENT_TYPE, _ref("schemas", kind)) for kind in PAYLOADS}
    asked: dict[str, Json] = {
        name: _message(name, "application/json", _ref("schemas", name))
        for each in CHANNELS
        if not each.told
        for name in _names(each)
    }
    return told | asked


def _message(name: str, content_type: str, payload: Json) -> dict[str, Json]:
    binding: dict[str, Json] = {"payloadFormatIndicator": 1, "contentType": content_type, **_BINDING}
    told: dict[str, Json] = {"name": name, "title": name, "contentType": content_type, "payload": payload}
    if name.startswith("command."):
        reply = f"^fleetmon/v1/{SITE_ID}/up/reply/{PARAMETERS['client']}$"
        binding["responseTopic"] = {"type": "string", "pattern": reply}
        binding["correlationData"] = {"type": "string", "maxLength": 1024}
        told["correlationId"] = {
            "location": "$message.payload#/id",
            "description": "the command's id, in the reply too",
        }
    return {**told, "bindings": {"mqtt": binding}}


def _schemas() -> dict[str, Json]:
    models: list[type[Payload]] = list(dict.fromkeys((*PAYLOADS.values(), schemas.Acknowledgement)))
    names, found = models_json_schema(
        [(model, "serialization") for model in models], by_alias=True, ref_template="#/components/schemas/{model}"
    )
    return {
        **{kind: schemas.message(kind, dict(names[model, "serialization"])) for kind, model in PAYLOADS.items()},
        "acknowledgement": dict(names[schemas.Acknowledgement, "serialization"]),
        **{f"command.{verb}": schemas.command(verb) for verb in Verb},
        "work": dict(WorkTold.model_json_schema()),
        **found["$defs"],
    }


def _parameter(name: str) -> dict[str, Json]:
    choice: dict[str, Json] = {"enum": [verb.value for verb in Verb]} if name == "verb" else {}
    return {"description": _SAYS[name], **choice}


def _ref(room: str, name: str) -> dict[str, Json]:
    return {"$ref": f"#/components/{room}/{_pointer(name)}"}


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
