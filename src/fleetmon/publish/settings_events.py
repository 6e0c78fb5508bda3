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
    """Which machines are new, set otherwise, or watched no more; nothing if there is none.

    All are named, in as many events as that takes: what is not named, a reader of events alone would never learn.
    """
    most = max(map(len, (added, altered, removed)))
    return tuple(_changed(added, altered, removed, first, at) for first in range(0, most, NAMED_AT_MOST))


def _changed(added: Sequence[str], altered: Sequence[str], removed: Sequence[str], first: int, at: At) -> Event:
    page = slice(first, first + NAMED_AT_MOST)
    told = p.SettingsChanged(
        added=list(added[page]),
        changed=list(altered[page]),
        removed=list(removed[page]),
        added_count=len(added[page]),
        changed_count=len(altered[page]),
        removed_count=len(removed[page]),
    )
    return Event(EventClass.AUDIT, SETTINGS_CHANGED, None, at, dump(told))


def refused(problems: str, at: At) -> Event:
    """Settings that could not be used."""
    return Event(EventClass.AUDIT, SETTINGS_REFUSED, None, at, dump(p.SettingsRefused(problems=problems[:_TEXT_KEPT])))
