"""A driver begun from the walk of an SNMP machine: what it says of itself, and its vendor's objects to choose from."""

import json

from fleetmon.decode import walk_text
from fleetmon.decode.dialogue import Value, dotted, oid
from fleetmon.drafting.draft import Draft, capture
from fleetmon.drafting.from_transcript import HEAD
from fleetmon.errors import DriverError
from fleetmon.proof import Provenance

_PRIVATE = oid("1.3.6.1.4.1")
_SYS_DESCR, _SYS_OBJECT_ID = oid("1.3.6.1.2.1.1.1.0"), oid("1.3.6.1.2.1.1.2.0")
_MOST_OBJECTS = 80
_LONGEST = 60
_REST = """\

# Which machines it takes without being named. Without this, a source of the settings must say driver = "{name}".
# [match]
# sysobjectid = ["{object_id}"]
# sysdescr = ['{description}']

# What its vendor's own objects mean, beside the standard's, which need no word here. Take the # away and complete it.
# [faults.status]
# oid = "1.3.6.1.4.1...."
# [faults.status.codes]
# 0 = {{}}                              # nothing is wrong
# 14 = {{ reason = "media-jam", severity = "error", manual = "p. 41" }}      # the words: docs/vocabulary.md

# The vendor's objects in the walk:
"""


def draft(name: str, text: str, file: str, provenance: Provenance) -> Draft:
    """A driver of an SNMP machine. DriverError where the file holds no walk."""
    walk = heard(text, file)
    varbinds = walk_text.parse(text.encode(), file).varbinds
    said = {each: varbind.value for each, varbind in varbinds.items()}
    definition = HEAD.format(name=name, link="snmp") + _REST.format(
        name=name,
        object_id=_shown(said.get(_SYS_OBJECT_ID)),
        description=_shown(said.get(_SYS_DESCR)),
    )
    own = [each for each in sorted(said) if each[: len(_PRIVATE)] == _PRIVATE]
    lines = [f"#   {dotted(each)} = {_shown(said[each])}\n" for each in own[:_MOST_OBJECTS]]
    lines += [f"#   and {len(own) - _MOST_OBJECTS} more\n"] if len(own) > _MOST_OBJECTS else []
    definition += "".join(lines or ["#   none\n"])
    return Draft(name, definition, {"heard": capture("as it was heard", provenance, f"from {file}", walk)})


def heard(text: str, file: str) -> str:
    """The walk as it stands in a capture. DriverError where the file holds no walk."""
    walk_text.parse(text.encode(), file)
    if "'''" in text:
        raise DriverError(f"{file}: holds ''', which a capture cannot; take it out of the texts")
    return f"walk = '''\n{text.strip()}\n'''"


def _shown(value: Value) -> str:
    if isinstance(value, tuple):
        return dotted(value)
    if isinstance(value, bytes):
        said = value.decode("utf-8", "replace")
        plain = said.isprintable() and "\ufffd" not in said
        return json.dumps(said, ensure_ascii=False)[1:-1][:_LONGEST] if plain else value.hex(" ")[:_LONGEST]
    return "" if value is None else str(value)
