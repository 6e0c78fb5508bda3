"""What is remembered of each machine's pauses, one record a machine: without it every restart would begin anew with a
fixed limit for a week."""

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter

from fleetmon.assess.stalls.profile import Day, Profile
from fleetmon.model.messages import Record

PROFILE: Final = "profile"

_days: TypeAdapter[tuple[Day, ...]] = TypeAdapter(tuple[Day, ...])


def record(machine: str, profile: Profile) -> Record:
    """The record of one machine; its profile counts as unchanged from here on."""
    profile.changed = False
    return Record(PROFILE, machine, _days.dump_json(tuple(profile.days())))


def recall(records: Mapping[str, Mapping[str, bytes]]) -> dict[str, Profile]:
    """What an earlier run knew, by machine; an empty profile where it cannot be read."""
    return {machine: _read(body) for machine, body in records.get(PROFILE, {}).items()}


def forget(machine: str) -> Record:
    """The end of a machine's record."""
    return Record(PROFILE, machine, None)


def _read(body: bytes) -> Profile:
    try:
        return Profile(_days.validate_json(body))
    except ValueError:
        return Profile()
