"""The contract as JSON Schema (draft 2020-12), generated from the payload models and so never different from them."""

from fleetmon.model.messages import Json
from fleetmon.publish.contract import PAYLOADS
from fleetmon.publish.envelope import dataschema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def bundle() -> dict[str, Json]:
    """The schema of the `data` of every type, by type."""
    return {
        kind: {
            "$schema": DIALECT,
            "$id": dataschema(kind),
            **model.model_json_schema(by_alias=True, mode="serialization"),
        }
        for kind, model in PAYLOADS.items()
    }
