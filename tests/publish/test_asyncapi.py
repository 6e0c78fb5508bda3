"""The published contract: one table of topics, one AsyncAPI document, one schema for each message, none out of date."""

import copy
import json
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from tests.assess.timeline import at

from fleetmon.commands.commands import REPLY_EXPIRES_S
from fleetmon.publish import asyncapi, schemas
from fleetmon.publish.acknowledgement import acknowledgement
from fleetmon.publish.channels import CHANNELS, EVENTS, channel
from fleetmon.publish.command import Asked, Command, read
from fleetmon.publish.command_payloads import Verb
from fleetmon.publish.contract import PAYLOADS

OFFICIAL = json.loads((Path(__file__).parent / "asyncapi" / "3.0.0.json").read_text(encoding="utf-8"))
DOCUMENT: dict[str, Any] = asyncapi.document()
DOCS = Path(__file__).parents[2] / "docs"
AGAIN = "the contract has changed: run `make schemas` and look at the difference"


def judged(document: dict[str, Any]) -> list[str]:
    """What the official schema of AsyncAPI 3.0.0, bindings included, has against a document."""
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft7Validator(OFFICIAL).iter_errors(document)]


def references(node: object) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref" and isinstance(value, str))
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(inner)


def found(reference: str) -> Any:
    """What a `$ref` of our document points at. Raises KeyError."""
    levels = [level.replace("~1", "/").replace("~0", "~") for level in reference.removeprefix("#/").split("/")]
    return reduce(lambda node, level: node[level], levels, DOCUMENT)


def test_the_official_schema_accepts_the_document() -> None:
    """AsyncAPI 3.0.0 with MQTT bindings 0.2.0, judged by those who wrote it."""
    assert judged(DOCUMENT) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("operations", "tellState", "bindings", "mqtt", "qos"), 3),
        (("operations", "tellState", "bindings", "mqtt", "retained"), True),
        (("operations", "tellState", "action"), "shout"),
        (("channels", "state", "address"), 7),
        (("components", "schemas", "State", "type"), "text"),
        (("asyncapi",), "2.6.0"),
    ],
)
def test_the_official_schema_would_say_no(path: tuple[str, ...], value: object) -> None:
    """The judge is awake: one wrong word anywhere, in the bindings and in the schemas too, is refused."""
    broken = copy.deepcopy(DOCUMENT)
    reduce(lambda node, level: node[level], path[:-1], broken)[path[-1]] = value
    assert judged(broken)


def test_every_reference_leads_somewhere() -> None:
    """No dangling `$ref`: messages, schemas, parameters and channels are all there."""
    for reference in set(references(DOCUMENT)):
        assert found(reference) is not None, reference


def test_every_type_stands_in_one_channel() -> None:
    """Whatever has a payload has a topic, and only one."""
    placed = [kind for each in CHANNELS for kind in each.types]
    assert sorted(placed) == sorted(PAYLOADS)


@pytest.mark.parametrize("each", CHANNELS, ids=lambda each: each.name)
def test_the_document_says_how_a_topic_is_delivered(each: Any) -> None:
    """QoS and retain as in the table; sent below up/, received below down/; every type of the channel named."""
    (operation,) = [o for o in DOCUMENT["operations"].values() if o["channel"]["$ref"] == f"#/channels/{each.name}"]
    delivery = operation["bindings"]["mqtt"]
    assert (delivery["qos"], delivery["retain"]) == (each.qos, each.retain)
    assert operation["action"] == ("send" if each.topic.startswith("up/") else "receive")
    assert DOCUMENT["channels"][each.name]["address"] == "fleetmon/v1/{site}/" + each.topic
    assert set(each.types) <= set(DOCUMENT["channels"][each.name]["messages"])


def test_a_command_says_where_its_reply_goes() -> None:
    """Response topic and correlation data are in the bindings, the reply's channel and its expiry in the operations."""
    assert DOCUMENT["operations"]["hearCommand"]["reply"] == {"channel": {"$ref": "#/channels/reply"}}
    binding = DOCUMENT["components"]["messages"]["command.refresh"]["bindings"]["mqtt"]
    assert {"responseTopic", "correlationData"} <= set(binding)
    assert DOCUMENT["operations"]["tellReply"]["bindings"]["mqtt"]["messageExpiryInterval"] == REPLY_EXPIRES_S


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("up/session", "session"),
        ("up/inventory", "inventory"),
        ("up/inventory/prn-03", "machineInventory"),
        ("up/state/prn1", "state"),
        ("up/line/line-2", "line"),
        (f"up/alert/{'m' * 48}-stopped-unexplained-0123abcd", "alert"),
        ("up/kpi", "kpi"),
        ("up/event", "event"),
        ("up/reply/hq", "reply"),
        ("down/ack/hq", "acknowledgement"),
        ("down/cmd/refresh", "command"),
        ("down/work", "siteWork"),
        ("down/work/line-2", "lineWork"),
    ],
)
def test_a_topic_finds_its_channel(topic: str, name: str) -> None:
    """Fixed topics and those with an id."""
    place = channel(topic)
    assert place is not None
    assert place.name == name


@pytest.mark.parametrize(
    "topic",
    ["up/state", "up/state/", "up/state/PRN1", "up/state/a/b", "up/state/-a", "up/events", "down/cmd/reboot", ""],
)
def test_other_topics_have_none(topic: str) -> None:
    """No id, another id than the settings allow, too many levels, a verb that does not exist."""
    assert channel(topic) is None


@pytest.mark.parametrize("name", schemas.files())
def test_every_schema_is_one(name: str) -> None:
    """Each exported schema is valid draft 2020-12, with all its references."""
    schema: Any = schemas.files()[name]
    Draft202012Validator.check_schema(schema)
    assert schema["description"]


def test_an_event_must_have_its_number_and_a_view_none() -> None:
    """`seq` and the id of the stream are required of what is durable; a state needs the machine as its subject."""
    messages: Any = schemas.messages()
    assert {kind for kind, schema in messages.items() if "seq" in schema["required"]} == set(EVENTS)
    assert "subject" in messages["fleetmon.state.v1"]["required"]
    assert "subject" not in messages["fleetmon.gap.v1"]["required"]


@pytest.mark.parametrize("body", ['{"stream": "s", "upto": 0}', '{"stream": "s", "upto": 9007199254740993}'])
def test_an_acknowledgement_as_described_is_understood(body: str) -> None:
    """What fits the schema is read as it was meant, beyond the exact integers of JavaScript too."""
    Draft202012Validator(schemas.files()["acknowledgement.json"]).validate(json.loads(body))
    said = acknowledgement("fleetmon/v1/lab/down/ack/hq", body.encode())
    assert said is not None
    assert said.upto == json.loads(body)["upto"]


def asked(verb: Verb) -> dict[str, object]:
    """A command as somebody would write it who has only the schema."""
    arguments: dict[Verb, dict[str, object]] = {
        Verb.REFRESH: {"machine": "*"},
        Verb.REPLAY: {"from": 1, "to": 7},
        Verb.ACK: {"alert": "7f3a", "comment": "seen", "rev": 3},
        Verb.SHELVE: {"alert": "7f3a", "for": "2h", "reason": "a broken sensor"},
        Verb.UNSHELVE: {"alert": "7f3a"},
        Verb.PLANNED_STOP: {"scope": "line:line1", "until": "2026-05-28T22:30:00Z", "reason": "service"},
    }
    told = {"id": "night-1", "not_after": "2026-05-28T20:30:00Z", "who": "night shift", "why": "idle?", "reply": "desk"}
    return {**told, **arguments.get(verb, {})}


@pytest.mark.parametrize("verb", list(Verb))
def test_a_command_as_described_is_understood(verb: Verb) -> None:
    """What fits the schema is a command to the site; without a required member or with one too many it is neither."""
    judge, body = Draft202012Validator(schemas.command(verb)), asked(verb)
    required: Any = schemas.command(verb)["required"]
    broken = [{**body, "colour": "red"}, *({key: body[key] for key in body if key != missing} for missing in required)]
    for said, fits in ((body, True), *((each, False) for each in broken)):
        heard = read(Asked(verb.value, json.dumps(said).encode()), "fleetmon/v1/lab/up/reply", at(0))
        assert isinstance(heard, Command) is fits, heard
        assert judge.is_valid(said) is fits


def test_the_documents_are_those_of_the_code() -> None:
    """docs/schemas and docs/asyncapi.json are what `fleetmon schema` writes today, without a file too many."""
    written = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (DOCS / "schemas").glob("*")}
    assert written == schemas.files(), AGAIN
    assert json.loads((DOCS / "asyncapi.json").read_text(encoding="utf-8")) == DOCUMENT, AGAIN
