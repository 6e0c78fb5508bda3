"""Who a machine says it is: the standard objects first, then what the driver names.

sysDescr is often the network card, a slogan or a nickname, so it counts only through a driver's patterns. The serial
number and the model are trimmed: devices pad both.
"""

from functools import lru_cache

from fleetmon.decode.declared import written
from fleetmon.decode.objects import arcs, text
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.printer_mib.heard import Heard
from fleetmon.definition import Maker, SnmpDefinition, compiled
from fleetmon.model.oid import Oid
from fleetmon.model.report import Identity

_ENTERPRISES: Oid = (1, 3, 6, 1, 4, 1)
_IEEE1284_MODEL = r"(?i)(?:^|;)\s*(?:MDL|MODEL)\s*:\s*(?P<value>[^;]+)"


def identity(heard: Heard, definition: SnmpDefinition) -> Identity:
    """Maker, model, serial, firmware and the machine's own name, each None if nothing tells it."""
    rules, general = definition.identity, heard.row(mib.GENERAL)
    descr = text(heard.get(mib.SYS_DESCR))
    name = text(general.get(mib.PRINTER_NAME))
    described = text(heard.row(mib.HR_DEVICE).get(mib.HR_DEVICE_DESCR))
    return Identity(
        maker=_maker(descr, enterprise(heard), definition.makers) or _maker(described, None, definition.makers),
        model=described
        or _object(heard, rules.model_objects)
        or _picked(_object(heard, rules.ieee1284_objects), (_IEEE1284_MODEL,))
        or _picked(descr, rules.model_sysdescr)
        or name,
        serial=text(general.get(mib.SERIAL_NUMBER))
        or _object(heard, rules.serial_objects)
        or _picked(descr, rules.serial_sysdescr),
        firmware=_object(heard, rules.firmware_objects) or _picked(descr, rules.firmware_sysdescr),
        name=name or _object(heard, rules.name_objects) or text(heard.get(mib.SYS_NAME)),
    )


def enterprise(heard: Heard) -> int | None:
    """The private enterprise number in sysObjectID, if it has one."""
    object_id = arcs(heard.get(mib.SYS_OBJECT_ID))
    inside = object_id is not None and object_id[:6] == _ENTERPRISES and len(object_id) > 6
    return object_id[6] if object_id and inside else None


def _maker(descr: str | None, number: int | None, makers: tuple[Maker, ...]) -> str | None:
    """The first maker whose number and pattern both fit; one that gives only a pattern fits any number."""
    fitting = _fitting(descr, tuple([maker.sysdescr for maker in makers]))
    for maker, by_text in zip(makers, fitting, strict=True):
        if by_text and (not maker.enterprises or number in maker.enterprises):
            return maker.name
    return None


@lru_cache(maxsize=64)  # a site has few models, and a working machine is read every minute
def _fitting(descr: str | None, patterns: tuple[str | None, ...]) -> tuple[bool, ...]:
    """Which patterns a description fits; no pattern fits everything."""
    return tuple(
        pattern is None or (descr is not None and compiled(pattern).search(descr) is not None) for pattern in patterns
    )


def _object(heard: Heard, oids: tuple[Oid, ...]) -> str | None:
    return next((words for oid in oids if (words := written(heard.get(oid), None))), None)


def _picked(words: str | None, patterns: tuple[str, ...]) -> str | None:
    for pattern in patterns:
        match = compiled(pattern).search(words) if words else None
        if match is not None:
            return str(match.group("value")).strip() or None
    return None
