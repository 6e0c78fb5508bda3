"""The durable events about settings that were read again: applied, or refused. Pure."""

from collections.abc import Sequence
from typing import Final

from fleetmon.model.messages import Event, EventClass
from fleetmon.model.report import At
from fleetmon.publish import payloads as p
from fleetmon.publish.contract import SETTINGS_CHANGED, SETTINGS_REFUSED, dump
from fleetmon.publish.payloads.settings import NAMED_AT_MOST

_TEXT_KEPT: Final = 4000


def changed(added: Sequence[str], altered: Sequence[str], removed: Sequence[str], at: At) -> tuple[Event, ...]:
    """Which machines are new, set otherwise, or watched no more; nothing if there is none."""
    if not (added or altered or removed):
        return ()
    told = p.SettingsChanged(
        added=list(added[:NAMED_AT_MOST]),
        changed=list(altered[:NAMED_AT_MOST]),
        removed=list(removed[:NAMED_AT_MOST]),
        added_count=len(added),
        changed_count=len(altered),
        removed_count=len(removed),
    )
    return (Event(EventClass.AUDIT, SETTINGS_CHANGED, None, at, dump(told)),)


def refused(problems: str, at: At) -> Event:
    """Settings that could not be used."""
    return Event(EventClass.AUDIT, SETTINGS_REFUSED, None, at, dump(p.SettingsRefused(problems=problems[:_TEXT_KEPT])))
